from odoo.tools import SQL

from ..tools.customers import Customers
from .common import RelationshipCase


def mean(frequency, value):
    """Of two scores, a half rounded up."""
    return (frequency + value + 1) // 2


class SegmentCase(RelationshipCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Segment = cls.env["relationship.segment"]
        cls.SegmentMove = cls.env["relationship.segment.move"]
        cls.Snapshot = cls.env["relationship.segment.snapshot"]
        cls.dormant = cls._ref("dormant")
        cls.champions = cls._ref("champions")
        cls.loyal = cls._ref("loyal")
        cls.risk = cls._ref("risk")

    @classmethod
    def _ref(cls, name):
        return cls.env.ref(f"crm_relationship.segment_{name}")

    def _create_scored(self, *scores, **values):
        """The profile of a customer who bought, with scores of our choice."""
        customer = self._create_customer()
        self._create_order(customer, 10)
        profile = self._get_profile(customer)
        self._score(profile, *scores, **values)
        return profile

    def _score(self, profiles, recency, frequency, value, as_of=None, **values):
        """As a refresh does it on a day."""
        values |= {
            "recency_score": recency,
            "frequency_score": frequency,
            "value_score": value,
            "fv_score": mean(frequency, value) if frequency else None,
        }
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE relationship_profile SET %s WHERE id = ANY(%s)",
                SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(name), figure)
                    for name, figure in values.items()
                ),
                profiles.ids,
            )
        )
        self.env.invalidate_all()
        self._segment(profiles, as_of)

    def _segment(self, profiles, as_of=None):
        scope = self.Profile._get_scope(
            self.company, Customers(ids=tuple(profiles.partner_id.ids)), as_of
        )
        self.env.flush_all()
        moved = self.Profile._place_kind(
            self.company, scope, self.env["relationship.segment"]
        )
        self.Profile._forget_cache()
        return moved
