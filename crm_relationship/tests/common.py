from datetime import date, datetime, time, timedelta

from odoo import Command, fields
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import SQL

from ..models.relationship_profile_facts import FACT_COLUMNS


class RelationshipCase(TransactionCase):
    """One company, two salespeople, one product, no customers but the test's own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context=dict(cls.env.context, tracking_disable=True, mail_create_nolog=True)
        )
        cls.company = cls.env.company
        cls.company.relationship_tz = "UTC"
        cls.company.resource_calendar_id = False  # deadlines count all days
        cls.Profile = cls.env["relationship.profile"]
        cls.Queue = cls.env["relationship.profile.queue"]
        cls.Stage = cls.env["relationship.stage"]
        cls.Move = cls.env["relationship.stage.move"]
        cls.Touch = cls.env["relationship.touch"]
        cls.rule = cls.env.ref("crm_relationship.rule_rhythm")
        cls.rule.write({"daily_capacity": 0, "contact_days": 0, "cooldown_days": 0})
        cls._lift_limits()
        cls.product = cls.env["product.product"].create(
            {"name": "Truffles", "list_price": 10, "taxes_id": False}
        )
        cls.leader = cls._create_user("leader")
        cls.team = cls.env["crm.team"].create(
            {"name": "Counter", "user_id": cls.leader.id, "company_id": False}
        )
        cls.salesman = cls._create_user("ana")
        cls.other_salesman = cls._create_user("bruno")
        cls.manager = cls._create_user(
            "manager",
            "sales_team.group_sale_manager,crm_relationship.group_relationship_manager",
        )
        cls.team.member_ids = cls.salesman
        cls.today = cls.company._relationship_today()

    @classmethod
    def _lift_limits(cls):
        """Rules act at once, on any day; each test sets the limit that it is about."""
        for name in ("contact_days", "cooldown_days"):
            cls.env["ir.default"].set("relationship.rule", name, 0)
        unlimited = {"relationship_quiet_days": False, "relationship_touch_cap": 0}
        for name, value in unlimited.items():
            cls.env["ir.default"].set("res.company", name, value)
        cls.env["res.company"].search([]).write(unlimited)

    @classmethod
    def _create_user(cls, login, groups="sales_team.group_sale_salesman", **values):
        return new_test_user(cls.env, f"relationship_{login}", groups=groups, **values)

    @classmethod
    def _create_customer(cls, name="Café Central", **values):
        return cls.env["res.partner"].create(
            {"name": name, "is_company": True, "user_id": cls.salesman.id} | values
        )

    @classmethod
    def _create_order(cls, partner, day=0, amount=100.0, state="sale", **values):
        """A sales order.

        :param day: a date, a datetime, or a number of days before today
        """
        if isinstance(day, int):
            day = cls.today - timedelta(days=day)
        if not isinstance(day, datetime):
            day = datetime.combine(day, time(12))
        order = cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "product_uom_qty": 1,
                            "price_unit": amount,
                            "tax_ids": False,
                        }
                    )
                ],
            }
            | values
        )
        order.write({"state": state, "date_order": day})
        return order

    @classmethod
    def _create_history(cls, partner, days, **values):
        """Confirmed orders so many days ago."""
        return [cls._create_order(partner, day, **values) for day in days]

    def _refresh_changed(self):
        """What happens after a commit."""
        self._capture_changed()
        while self.Queue._refresh_queued():
            pass

    def _capture_changed(self):
        """What happens first after a commit."""
        self.env.cr.flush()
        while self.Queue._capture_queued():
            pass
        self.env.cr.flush()

    def _get_profile(self, partner, company=None):
        self._refresh_changed()
        return self.Profile.with_context(active_test=False).search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", (company or self.company).id),
            ]
        )

    def _snapshot(self, columns=(*FACT_COLUMNS, "stage_id")):
        """All profiles as plain values, by customer and company."""
        self.env.flush_all()
        names = map(SQL.identifier, ("partner_id", "company_id", *columns))
        rows = self.env.execute_query(
            SQL("SELECT %s FROM relationship_profile", SQL(", ").join(names))
        )
        return {row[:2]: row[2:] for row in rows}

    def _days_ago(self, days) -> date:
        return fields.Date.subtract(self.today, days=days)

    def _get_excluded(self, rule) -> dict:
        """What the form says of the customers for whom a rule would not act now."""
        preview = rule.with_user(self.manager).get_preview()
        return {row["outcome"]: row["count"] for row in preview["excluded"]}

    def _get_activities(self, partner):
        return self.env["mail.activity"].search(
            [("res_model", "=", "res.partner"), ("res_id", "=", partner.id)]
        )
