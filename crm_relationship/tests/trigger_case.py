from datetime import timedelta

from odoo import Command

from .common import RelationshipCase


class TriggerCase(RelationshipCase):
    """Rules of all triggers, and what they look for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rule = cls.env["relationship.rule"]
        cls.rule.active = False  # the shipped one

    @classmethod
    def _create_rule(cls, trigger, **values):
        return cls.Rule.create(
            {
                "state": "on",
                "name": f"Rule about {trigger}",
                "trigger": trigger,
                "action_kind": "activity",
                "daily_capacity": 0,
            }
            | values
        )

    @classmethod
    def _create_product(cls, name="Pralines", **values):
        return cls.env["product.product"].create(
            {"name": name, "list_price": 5, "taxes_id": False} | values
        )

    @classmethod
    def _buy(cls, partner, day, product, **values):
        """An order of one product; see `_create_order`."""
        line = {"product_id": product.id, "product_uom_qty": 1, "price_unit": 5}
        return cls._create_order(
            partner, day, order_line=[Command.create(line | {"tax_ids": False})]
        )

    def _create_prospect(self, **values):
        customer = self._create_customer(**values)
        self._refresh_changed()
        return customer

    def _contact(self, partner, day, **values):
        """A real contact, so many days ago."""
        interaction = self.env["relationship.interaction"].create(
            {
                "partner_id": partner.id,
                "channel_id": self.env.ref("crm_relationship.channel_phone").id,
                "direction": "both",
                "kind": "call",
                "date": f"{self._days_ago(day)} 12:00:00",
            }
            | values
        )
        return interaction

    def _get_keys(self, rule, partner, ago=0):
        """The occurrences as of so many days ago, negative for days to come."""
        self._refresh_changed()
        day = self.today - timedelta(ago)
        items = rule.evaluate(day if ago else None).items
        return [item.occurrence for item in items if item.partner_id == partner.id]

    def _get_days(self, rule, partner, days):
        """On which of the days, counted from today into the past, it holds."""
        return [ago for ago in days if self._get_keys(rule, partner, ago)]

    def _get_reason(self, rule, partner):
        """What is said about the customer's only occurrence of today."""
        self._refresh_changed()
        [item] = [
            item for item in rule.evaluate().items if item.partner_id == partner.id
        ]
        return self.Touch._describe(item.evidence)

    def _act_twice(self, rule, partner):
        """Run twice; the touches of the customer."""
        self._refresh_changed()
        for _again in range(2):
            rule._run()
        return self.Touch.search(
            [("partner_id", "=", partner.id), ("rule_id", "=", rule.id)]
        )
