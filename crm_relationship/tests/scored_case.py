from odoo.tools import SQL

from .common import RelationshipCase


class ScoredCase(RelationshipCase):
    """Customers with the scores and figures of our choice, as a refresh writes them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Counts are those of the test's own customers.
        cls.env.cr.execute("UPDATE relationship_profile SET active = FALSE")
        cls.env.invalidate_all()

    @classmethod
    def _create_valued(cls, name, user=None, **figures):
        """The profile of a customer with these figures."""
        [profile] = cls._create_profiles([name], user)
        if figures:
            cls._set(profile, **figures)
        return profile

    @classmethod
    def _create_profiles(cls, names, user=None):
        customers = cls.env["res.partner"].create(
            [
                {
                    "name": name,
                    "is_company": True,
                    "user_id": (user or cls.salesman).id,
                }
                for name in names
            ]
        )
        cls.env.flush_all()
        cls.Profile._refresh(cls.company, customers.ids)
        return cls.Profile.search(
            [
                ("partner_id", "in", customers.ids),
                ("company_id", "=", cls.company.id),
            ]
        )

    @classmethod
    def _set(cls, profiles, **figures):
        cls.env.flush_all()
        cls.env.cr.execute(
            SQL(
                "UPDATE relationship_profile SET %s WHERE id = ANY(%s)",
                SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(name), figure)
                    for name, figure in figures.items()
                ),
                profiles.ids,
            )
        )
        cls.env.invalidate_all()
