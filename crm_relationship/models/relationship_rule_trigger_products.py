from odoo import api, fields, models
from odoo.tools import SQL, format_date

from .relationship_rule_trigger_sql import (
    orders_of_days,
    product_reorders,
    products_bought_once,
    products_due_for_service,
)


class RelationshipRuleTriggerProducts(models.AbstractModel):
    """Triggers about what customers buy: ``reorder``, ``single``, ``service``,
    ``after_order``. A part of ``relationship.rule``."""

    _name = "relationship.rule.trigger.products"
    _description = "Rule Trigger about Purchases"

    reorder_factor = fields.Float(
        string="Times the Interval of the Product",
        default=1.0,
        digits=(16, 2),
        help="1: on the day on which the customer usually buys the product again.",
    )
    order_which = fields.Selection(
        [("first", "The first order"), ("every", "Every order")],
        string="After",
        required=True,
        default="first",
    )

    _reorder_factor_valid = models.Constraint(
        "CHECK (reorder_factor > 0 AND reorder_factor <= 100)",
        "The multiple of the interval is positive, and 100 at most.",
    )

    @api.model
    def _get_trigger_fields(self):
        return [*super()._get_trigger_fields(), "reorder_factor", "order_which"]

    def _join_product(self, query, due) -> tuple[SQL, dict[str, SQL]]:
        """The occurrence is the last purchase of a product that is ``due``: its id and
        the day of it.

        :param due: SQL of rows with partner_id, product_id, last_date
        """
        query.add_join(
            "JOIN",
            "due",
            SQL("(%s)", due),
            SQL("due.partner_id = relationship_profile.partner_id"),
        )
        return SQL("due.product_id || '/' || due.last_date"), {
            "product_id": SQL("due.product_id"),
            "product_date": SQL("due.last_date"),
        }

    def _get_products(self):
        """Ids of the products to look at; None: all."""
        return self.trigger_product_ids.ids or None

    # Reorder
    def _add_trigger_reorder(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        """The mean interval of this customer and product is over."""
        interval = SQL(
            "((habit.last_date - habit.first_date)::numeric"
            " / NULLIF(habit.order_day_count - 1, 0))"
        )
        day = SQL(
            "(habit.last_date + CEIL(%s * %s)::int)", self.reorder_factor, interval
        )
        key, evidence = self._join_product(
            query,
            product_reorders(
                self._get_trigger_scope(as_of),
                self.min_order_days,
                interval,
                self._is_due(day, as_of),
                self._get_products(),
            ),
        )
        return key, evidence | {
            "product_interval": SQL("due.interval"),
            "product_days": SQL("%s - due.last_date", as_of),
        }

    def _say_trigger_reorder(self) -> str:
        if self.reorder_factor == 1:
            return self.env._(
                "a product is due that a customer bought on at least %s days",
                self.min_order_days,
            )
        return self.env._(
            "%(factor)s times the interval is over at which a customer buys a product, "
            "bought on at least %(order_days)s days",
            factor=self.env["relationship.profile"]._describe_number(
                self.reorder_factor
            ),
            order_days=self.min_order_days,
        )

    @api.model
    def _describe_trigger_reorder(self, evidence) -> str:
        Profile = self.env["relationship.profile"]
        return self.env._(
            "“%(product)s” is due: last bought %(when)s; usually every %(usually)s.",
            product=self._name_product(evidence),
            when=self._say_days_ago(evidence["product_days"]),
            usually=Profile._describe_days(evidence["product_interval"]),
        )

    # Bought once
    def _add_trigger_single(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        day = SQL("(habit.last_date + %s)", self.trigger_days)
        return self._join_product(
            query,
            products_bought_once(
                self._get_trigger_scope(as_of),
                self._is_due(day, as_of),
                self._get_products(),
            ),
        )

    def _say_trigger_single(self) -> str:
        return self.env._(
            "a customer bought a product once and not again within %s",
            self._say_days(self.trigger_days),
        )

    @api.model
    def _describe_trigger_single(self, evidence) -> str:
        return self.env._(
            "Bought “%(product)s” once, on %(day)s, and not again.",
            product=self._name_product(evidence),
            day=format_date(self.env, evidence["product_date"]),
        )

    # Service
    def _add_trigger_service(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        day = SQL("(habit.last_date + template.relationship_service_days)")
        self.env["product.template"].flush_model(["relationship_service_days"])
        return self._join_product(
            query,
            products_due_for_service(
                self._get_trigger_scope(as_of),
                self._is_due(day, as_of),
                self._get_products(),
            ),
        )

    def _say_trigger_service(self) -> str:
        return self.env._("a product that a customer bought is due for service")

    @api.model
    def _describe_trigger_service(self, evidence) -> str:
        return self.env._(
            "“%(product)s”, bought on %(day)s, is due for service.",
            product=self._name_product(evidence),
            day=format_date(self.env, evidence["product_date"]),
        )

    @api.model
    def _name_product(self, evidence) -> str:
        return self._name_record(
            "product.product",
            evidence["product_id"],
            self.env._("a product that is gone"),
        )

    # Some days after an order
    def _add_trigger_after_order(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        """After the first order: once in the life of a customer. After every one: the
        occurrence is the order, or the invoice where that is what counts."""
        if self.order_which == "first":
            first = SQL("relationship_profile.first_order_date")
            day = SQL("(%s + %s)", first, self.trigger_days)
            query.add_where(self._is_due(day, as_of))
            return SQL("'first'"), {"ordered_date": first}
        scope = self._get_trigger_scope(as_of)
        query.add_join(
            "JOIN",
            "bought",
            SQL(
                "(%s)",
                orders_of_days(scope, *self._get_due_days(as_of), self.trigger_days),
            ),
            SQL("bought.partner_id = relationship_profile.partner_id"),
        )
        return SQL("bought.key"), {
            "ordered_date": SQL("bought.day"),
            "ordered_name": SQL("bought.name"),
        }

    def _say_trigger_after_order(self) -> str:
        if self.order_which == "first":
            return self.env._(
                "a first order was %s ago", self._say_days(self.trigger_days)
            )
        return self.env._("an order was %s ago", self._say_days(self.trigger_days))

    @api.model
    def _describe_trigger_after_order(self, evidence) -> str:
        day = format_date(self.env, evidence["ordered_date"])
        if name := evidence.get("ordered_name"):
            return self.env._("Ordered on %(day)s: %(order)s.", day=day, order=name)
        return self.env._("First order on %s.", day)
