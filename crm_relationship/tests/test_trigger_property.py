from calendar import isleap
from datetime import date, timedelta
from random import Random

from odoo.tests import tagged

from .trigger_case import TriggerCase

SEED = 7
CUSTOMERS = 6
SPAN = 120


@tagged("post_install", "-at_install", "crm_relationship")
class TestTriggerProperty(TriggerCase):
    """Random histories, against plain Python, walked through day by day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dice = Random(SEED)
        cls.customers = [cls._create_customer(f"C{n}") for n in range(CUSTOMERS)]
        for customer in cls.customers:
            cls._create_order(customer, SPAN + 200)

    def _check(self, rule, holds):
        """Compare each day, and on some of them what a run would find.

        :param holds: function of a day: {(customer's id, occurrence)}
        """
        self._refresh_changed()
        ids = {customer.id for customer in self.customers}
        spells = {}
        for ago in range(SPAN, -1, -1):
            day = self._days_ago(ago)
            expected = holds(day)
            found = {
                one for one in rule._get_held(self.company, day, None) if one[0] in ids
            }
            self.assertEqual(found, expected, (rule.trigger, day))
            for one in found:
                spells.setdefault(one, []).append(ago)
            if ago % 20 == 0:
                items = [i for i in rule.evaluate(day).items if i.partner_id in ids]
                pairs = [(item.partner_id, item.occurrence) for item in items]
                self.assertEqual(len(pairs), len(set(pairs)))
                self.assertEqual(set(pairs), expected, (rule.trigger, day))
        self.assertGreater(len(spells), 3)
        for agos in spells.values():  # no break, and no coming back
            self.assertEqual(agos[0] - agos[-1] + 1, len(agos))

    def test_silence(self):
        contacts = {customer.id: set() for customer in self.customers}
        for customer in self.customers[1:]:
            for ago in self.dice.sample(range(SPAN), self.dice.randint(2, 6)):
                self._contact(customer, ago)
                contacts[customer.id].add(self._days_ago(ago))
        ordered = self._days_ago(SPAN + 200)

        def holds(as_of):
            for customer_id, days in contacts.items():
                last = max((day for day in days if day <= as_of), default=None)
                if (as_of - (last or ordered)).days >= 15:
                    yield customer_id, str(last or "never")

        rule = self._create_rule("silence", trigger_days=15)
        self._check(rule, lambda as_of: set(holds(as_of)))

    def test_key_dates(self):
        noted = []
        kinship = self.env.ref("crm_relationship.kinship_child")
        for customer in self.customers:
            for number in range(5):
                kept = self._days_ago(self.dice.randrange(SPAN))
                day, month = kept.day, kept.month
                if number == 0:
                    day, month = 29, 2
                born = self.dice.choice([0, kept.year, kept.year - 1, 2000])
                if day == 29 and month == 2 and born and not isleap(born):
                    born = 2000
                if born and date(born, month, day) > self.today:
                    born = 0
                row = self.env["relationship.key.date"].create(
                    {
                        "partner_id": customer.id,
                        "kinship_id": kinship.id,
                        "name": f"Child {number}",
                        "day": day,
                        "month": f"{month:02}",
                        "year": born,
                    }
                )
                noted.append((customer.id, row.id, day, month, born))

        def holds(as_of):
            for customer_id, row_id, day, month, born in noted:
                for year in range(as_of.year - 1, as_of.year + 2):
                    leap = (month, day) != (2, 29) or isleap(year)
                    kept = date(year, month, day if leap else 28)
                    due = kept - timedelta(9)
                    if due <= as_of <= due + timedelta(5) and (not born or year > born):
                        yield customer_id, f"{row_id}/{year}"

        rule = self._create_rule("key_date", trigger_days=9, late_days=5)
        self._check(rule, lambda as_of: set(holds(as_of)))

    def test_complaints(self):
        cases = []
        stage = self.env.ref("crm_relationship.case_stage_resolved")
        for customer in self.customers:
            for _number in range(5):
                opened = self.dice.randrange(1, SPAN)
                closed = self.dice.choice([None, self.dice.randrange(opened)])
                case = self.env["relationship.case"].create(
                    {
                        "name": "Crushed",
                        "kind": "complaint",
                        "partner_id": customer.id,
                        "date_open": f"{self._days_ago(opened)} 12:00:00",
                    }
                )
                if closed is not None:
                    self._resolve(case, stage, closed)
                    closed = self._days_ago(closed)
                cases.append((customer.id, case.id, self._days_ago(opened), closed))

        def is_due(day, as_of):
            return day + timedelta(4) <= as_of <= day + timedelta(12)

        def is_open(as_of):
            for customer_id, case_id, opened, closed in cases:
                if is_due(opened, as_of) and not (closed and closed <= as_of):
                    yield customer_id, f"open/{case_id}"

        def is_resolved(as_of):
            for customer_id, case_id, _opened, closed in cases:
                if closed and is_due(closed, as_of):
                    yield customer_id, f"resolved/{case_id}/{closed}"

        values = {"trigger_days": 4, "late_days": 8}
        rule = self._create_rule("complaint", **values)
        self._check(rule, lambda as_of: set(is_open(as_of)))
        rule = self._create_rule("complaint", complaint_when="resolved", **values)
        self._check(rule, lambda as_of: set(is_resolved(as_of)))

    def _resolve(self, case, stage, ago):
        case.write(
            {
                "resolution": "<p>A new box.</p>",
                "cause_id": self.env.ref("crm_relationship.case_cause_damaged").id,
                "stage_id": stage.id,
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE relationship_case SET date_closed = %s WHERE id = %s",
            [f"{self._days_ago(ago)} 12:00:00", case.id],
        )
        self.env.invalidate_all()
