from random import Random

from odoo.tools import SQL

from .trigger_case import TriggerCase
from .year_history import FIRST, TIMES, TZ, YEAR, day_of, draw_days, moment_of

SEED = 7
CUSTOMERS = 24
# Every day is asked for by the statement that looks back, and every so many days by
# the one that acts, too, which knows all about the customers.
WHOLE = 30
# What the statements of triggers read.
TABLES = (
    "res_partner",
    "sale_order",
    "sale_order_line",
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "relationship_profile",
    "relationship_profile_product",
    "relationship_interaction",
    "relationship_case",
    "relationship_key_date",
    "relationship_consent",
    "relationship_stage_move",
    "relationship_segment_move",
)


class YearCase(TriggerCase):
    """A random history of a year, and its days compared with plain Python."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.relationship_tz = TZ
        cls.dice = Random(SEED)
        cls.customers = [cls._create_customer(f"C{n}") for n in range(CUSTOMERS)]
        # Who is archived at the end, and who acts through a contact.
        cls.gone = cls.customers[0]
        cls.contacts = {
            customer: cls._create_customer(
                "Ana", is_company=False, parent_id=customer.id
            )
            for customer in cls.customers[1:4]
        }

    @classmethod
    def _draw_contact(cls, customer):
        """Whose name is on a document: the customer, or its contact."""
        return cls.dice.choice([customer, cls.contacts.get(customer, customer)])

    @classmethod
    def _draw_moment(cls, day):
        return moment_of(day, cls.dice.choice(TIMES))

    @classmethod
    def _draw_contacts(cls, customers, edges, most):
        """Contacts of customers, beside mailings, which are none; {id: days}."""
        phone = cls.env.ref("crm_relationship.channel_phone")
        values, talked = [], {}
        for customer in customers:
            days = talked[customer.id] = []
            for day in draw_days(cls.dice, edges, most=most):
                kind = cls.dice.choice(["call", "call", "other", "mailing"])
                moment = cls._draw_moment(day)
                if kind != "mailing":
                    days.append(day_of(moment))
                values.append(
                    {
                        "partner_id": cls._draw_contact(customer).id,
                        "channel_id": phone.id,
                        "direction": cls.dice.choice(["in", "out", "both"]),
                        "kind": kind,
                        "date": moment,
                    }
                )
        cls.env["relationship.interaction"].create(values)
        return talked

    def _archive(self):
        self.gone.active = False
        self._refresh_changed()
        self._count_rows()

    def _count_rows(self):
        """As PostgreSQL does by itself, once somebody commits: it plans badly for rows
        that it has not counted."""
        self.Profile._flush_sources()
        self.env.flush_all()
        tables = SQL(", ").join(map(SQL.identifier, TABLES))
        self.env.cr.execute(SQL("ANALYZE %s", tables))

    def _walk(self, rule, holds, least=40, days=YEAR):
        """Compare each day; at least so many occurrences are to be found.

        :param holds: function of a day: (customer's id, occurrence) pairs
        :return: {(customer's id, occurrence): days on which it held}
        """
        self._count_rows()
        spells = {}
        for number, day in enumerate(days):
            expected = self._expect(holds, day)
            found = self._get_own(rule._get_held(self.company, day, None))
            self.assertEqual(found, expected, (rule.trigger, day))
            if number % WHOLE == 0:
                self.assertEqual(self._get_acted(rule, day), expected, (day, "acted"))
            for one in found:
                spells.setdefault(one, []).append(day)
        self.assertGreaterEqual(len(spells), least)
        began = [held for held in spells.values() if held[0] > FIRST]
        self.assertTrue(began, "It begins to hold within the year")
        return spells

    def _expect(self, holds, day):
        expected = list(holds(day))
        self.assertEqual(len(expected), len(set(expected)), "A name is that of one")
        return {one for one in expected if one[0] != self.gone.id}

    def _get_own(self, pairs):
        ids = {customer.id for customer in self.customers} - {self.gone.id}
        return {one for one in pairs if one[0] in ids}

    def _get_acted(self, rule, day):
        """By the statement of a run."""
        found, _already = rule._get_occurrences(self.company, day)
        pairs = [(item.partner_id, item.key) for item in found]
        self.assertEqual(len(pairs), len(set(pairs)))
        self.assertNotIn(self.gone.id, dict(pairs))
        return self._get_own(pairs)

    def assertUnbroken(self, spells):
        """Once over, an occurrence does not come back: who looks seldom misses those
        alone that began and ended in between."""
        for days in spells.values():
            self.assertEqual((days[-1] - days[0]).days + 1, len(days))
