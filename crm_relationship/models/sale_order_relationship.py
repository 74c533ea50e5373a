from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.days import local_day
from .sale_order_relationship_sql import record

ORDER_KINDS = [("first", "First"), ("repeat", "Repeat")]
# What an order remembers of its customer.
RECORDED = (
    "relationship_confirmed_stage_id",
    "relationship_confirmed_segment_id",
    "relationship_ordinal",
    "relationship_order_kind",
)


class SaleOrder(models.Model):
    """Remembers who the customer was when the order was confirmed.

    It is written with the state that confirms the order, and by nothing else: no user
    changes it. Nor does another confirmation, but for one thing: if another order has
    got the number meanwhile, for this one was cancelled then, it is counted anew. Orders
    of before the add-on get their number only, see ``relationship.order.history``.

    Nobody waits for another to confirm: two orders of a customer that are confirmed at
    the same moment get the same number, and keep it.
    """

    _inherit = "sale.order"  # pylint: disable=consider-merging-classes-inherited

    relationship_confirmed_stage_id = fields.Many2one(
        "relationship.stage",
        string="Stage at Order",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        groups="crm_relationship.group_relationship_user",
        help="Where the customer stood in the funnel just before this order.",
    )
    relationship_confirmed_segment_id = fields.Many2one(
        "relationship.segment",
        string="Segment at Order",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        groups="crm_relationship.group_relationship_user",
        help="The segment of the customer just before this order.",
    )
    relationship_ordinal = fields.Integer(
        string="Nth Order",
        readonly=True,
        copy=False,
        aggregator=None,
        groups="crm_relationship.group_relationship_user",
        help="1 is the first order that the customer has confirmed in the company; "
        "orders of all contacts of the customer count. The number is that of the day "
        "of confirmation and stays, whatever is cancelled or merged later: another "
        "order can have the same. An order that is cancelled and confirmed again "
        "gets the next number if another confirmed order has its own by then.",
    )
    relationship_order_kind = fields.Selection(
        ORDER_KINDS,
        string="First or Repeat",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="crm_relationship.group_relationship_user",
        help="Whether it was the first order of the customer when it was confirmed.",
    )

    # The highest number of a contact, and whether one is missing.
    _relationship_ordinal_idx = models.Index(
        "(partner_id, company_id, relationship_ordinal) WHERE state = 'sale'"
    )

    # What the background job has left to number: none, most of the time.
    _relationship_unnumbered_idx = models.Index(
        "(id) WHERE state = 'sale' AND relationship_ordinal IS NULL"
    )

    @api.model
    def _create(self, data_list):
        """Record of orders that come into being as confirmed, e.g. imported ones, what
        was so on their day. Of nobody's making: neither values nor defaults count."""
        confirmed = []
        for position, data in enumerate(data_list):
            values = data["stored"]
            for name in RECORDED:
                values.pop(name, None)
            # Without the other two there will be no order, and Odoo says why.
            if values.get("state") == "sale" and (
                values.get("partner_id") and values.get("company_id")
            ):
                moment = fields.Datetime.to_datetime(values.get("date_order"))
                confirmed.append((moment or fields.Datetime.now(), position))
        rows = [
            self._prepare_recorded_row(position, moment, data_list[position]["stored"])
            for moment, position in sorted(confirmed)
        ]
        for position, values in self._get_recorded(rows).items():
            data_list[position]["stored"].update(values)
        return super()._create(data_list)

    @api.model
    def _prepare_recorded_row(self, position, moment, values):
        company = self.env["res.company"].browse(values["company_id"]).sudo()
        day = local_day(moment, company._relationship_tz())
        return position, None, values["partner_id"], company.id, day

    def write(self, vals):
        if not vals.keys().isdisjoint(RECORDED):
            raise UserError(
                self.env._(
                    "What was recorded of the customer when an order was confirmed "
                    "can't be changed."
                )
            )
        if vals.get("state") != "sale":
            return super().write(vals)
        # Before the order itself counts.
        recorded = self._get_recorded(
            [
                (
                    order_id,
                    order_id,
                    vals.get("partner_id") or None,
                    vals.get("company_id") or None,
                    None,
                )
                for order_id in sorted(self.ids)
            ]
        )
        result = super().write(vals)
        self._record(recorded)
        return result

    def _record(self, recorded):
        """Have values written with the state itself, by the same statement, past the
        rights of whoever confirms and past what else a change would set off.

        :param recorded: {order id: values}
        """
        for order_id, values in recorded.items():
            order = self.browse(order_id)
            for name, value in values.items():
                self._fields[name].write(order, value)
        self.browse(recorded).modified(RECORDED)

    @api.model
    def _get_recorded(self, rows) -> dict[int, dict]:
        """What to record of orders that are being confirmed; one query.

        :param rows: see ``sale_order_relationship_sql.record``
        :return: {position: values}; without those that are confirmed already
        """
        if not rows:
            return {}
        # What was changed in this transaction: places, contacts, other orders.
        self.env["relationship.profile"].flush_model(["stage_id", "segment_id"])
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.flush_model(["state", "partner_id", "company_id", *RECORDED])
        self.env.cr.execute(record(rows))
        return {
            position: {
                "relationship_confirmed_stage_id": stage_id,
                "relationship_confirmed_segment_id": segment_id,
                "relationship_ordinal": ordinal,
                "relationship_order_kind": "first" if ordinal == 1 else "repeat",
            }
            for position, stage_id, segment_id, ordinal in self.env.cr.fetchall()
        }
