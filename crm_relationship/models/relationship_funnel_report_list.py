from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.periods import Period, end_of_month, get_periods

CUSTOMERS = "crm_relationship.relationship_profile_action_value"
MOVES = "crm_relationship.relationship_stage_move_action"
# Figure: whose domain lists it, and in which action.
LISTS = {
    "count": ("count", CUSTOMERS),
    "value": ("count", CUSTOMERS),
    "present": ("present", CUSTOMERS),
    "came": ("came", CUSTOMERS),
    "went_up": ("went_up", CUSTOMERS),
    "went_down": ("went_down", CUSTOMERS),
    "cohort": ("cohort", CUSTOMERS),
    "days": ("days", MOVES),
    "flow": ("flow", MOVES),
}


class RelationshipFunnelReportList(models.AbstractModel):
    """Whom the figures of ``relationship.funnel.report`` count, as domains: bounded,
    however many customers there are. A part of it."""

    _name = "relationship.funnel.report.list"
    _description = "Lists behind Funnel Reports"

    @api.model
    @api.readonly
    def get_action(self, figure, domain=None, period=None, **of_what) -> dict:
        """Open whom a figure counts: a list of as many rows.

        :param figure: a name of `get_funnel`, ``days`` for the moves that its days are
            of, ``flow`` or ``cohort``
        :param of_what: ``stage_id``, and ``before`` for the period before; for a flow
            ``from_stage_id`` and ``to_stage_id``; for a cohort its ``first`` month and,
            of several, the ``last``, and a ``month`` in which they bought, as 2026-06
        :raise UserError: there is no such figure or period
        """
        if figure not in LISTS:
            raise UserError(self.env._("There is no list of “%s”.", figure))
        now, before = self._get_periods(period)
        if of_what.pop("before", False):
            now = before
        name, action = LISTS[figure]
        listed = getattr(self, f"_get_{name}_domain")(domain, now, **of_what)
        action = self.env["ir.actions.act_window"]._for_xml_id(action)
        # Neither its name in the address nor its default filters are those of the list.
        action.pop("path", None)
        return action | {"domain": list(listed), "context": {}}

    def _get_periods(self, period) -> tuple[Period, Period]:
        period = period or {"key": "last_12_months"}
        try:
            return get_periods(
                period["key"],
                self.env.company._relationship_today(),
                fields.Date.to_date(period.get("since")),
                fields.Date.to_date(period.get("until")),
            )
        except (KeyError, ValueError, OverflowError) as error:
            raise UserError(
                self.env._("A period needs a first day and a last day after it.")
            ) from error

    def _get_profile_domain(self, domain) -> Domain:
        """The customers of the reports. That they are active is said, for a list may
        show others too."""
        domain = Domain(domain or [])
        if not any(leaf.field_expr == "active" for leaf in domain.iter_conditions()):
            domain &= Domain("active", "=", True)
        return domain & Domain("company_id", "=", self.env.company.id)

    def _get_move_domain(self, domain, period) -> Domain:
        """Their moves in a period."""
        return (
            Domain("company_id", "=", self.env.company.id)
            & Domain("profile_id", "any", self._get_profile_domain(domain))
            & Domain("counts", "=", True)
            & Domain("date", ">=", period.since)
            & Domain("date", "<=", period.until)
        )

    def _get_count_domain(self, domain, period, stage_id) -> Domain:
        return self._get_profile_domain(domain) & self._get_as_of_domain(
            period.until, stage_id
        )

    def _get_present_domain(self, domain, period, stage_id) -> Domain:
        start = fields.Date.subtract(period.since, days=1)
        return self._get_profile_domain(domain) & (
            self._get_as_of_domain(start, stage_id)
            | self._get_moved_domain(period, to_stage_id=stage_id)
        )

    def _get_came_domain(self, domain, period, stage_id) -> Domain:
        return self._get_profile_domain(domain) & self._get_moved_domain(
            period, to_stage_id=stage_id
        )

    def _get_went_up_domain(self, domain, period, stage_id) -> Domain:
        return self._get_profile_domain(domain) & self._get_moved_domain(
            period, from_stage_id=stage_id, direction="up"
        )

    def _get_went_down_domain(self, domain, period, stage_id) -> Domain:
        return self._get_profile_domain(domain) & self._get_moved_domain(
            period, from_stage_id=stage_id, direction="down"
        )

    def _get_as_of_domain(self, day, stage_id) -> Domain:
        return Domain("stage_as_of", "=", f"{day}/{stage_id}")

    def _get_moved_domain(self, period, **values) -> Domain:
        """Customers with a move in the period of these values."""
        moves = Domain("date", ">=", period.since) & Domain("date", "<=", period.until)
        for name, value in values.items():
            moves &= Domain(name, "=", value)
        return Domain("move_ids", "any", moves)

    def _get_days_domain(self, domain, period, stage_id) -> Domain:
        return (
            self._get_move_domain(domain, period)
            & Domain("from_stage_id", "=", stage_id)
            & Domain("direction", "=", "up")
        )

    def _get_flow_domain(self, domain, period, from_stage_id, to_stage_id) -> Domain:
        return (
            self._get_move_domain(domain, period)
            & Domain("from_stage_id", "=", from_stage_id or False)
            & Domain("to_stage_id", "=", to_stage_id or False)
        )

    def _get_cohort_domain(self, domain, period, first, last=None, month=None):
        """Customers whose first order was in these months, who bought in a month."""
        first, last = (self._to_month(item) for item in (first, last or first))
        customers = (
            self._get_profile_domain(domain)
            & Domain("first_order_date", ">=", max(first, period.since))
            & Domain("first_order_date", "<=", min(end_of_month(last), period.until))
        )
        if month:
            customers &= Domain("order_month", "=", month)
        return customers

    def _to_month(self, month) -> date:
        if isinstance(month, date):
            return month
        return self.env["relationship.profile"]._parse_month(month)
