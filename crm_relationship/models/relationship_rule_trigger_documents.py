from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date

from .relationship_rule_trigger_sql import (
    open_complaints,
    overdue_invoices,
    resolved_complaints,
    sent_quotations,
)


class RelationshipRuleTriggerDocuments(models.AbstractModel):
    """Triggers about what is open with a customer: ``quotation``, ``complaint``,
    ``overdue``. A part of ``relationship.rule``."""

    _name = "relationship.rule.trigger.documents"
    _description = "Rule Trigger about Documents"

    complaint_when = fields.Selection(
        [("open", "Still open"), ("resolved", "Resolved")],
        string="Complaint",
        required=True,
        default="open",
        help="Open: so many days after it came in. Resolved: so many days after that, "
        "to ask whether all is well.",
    )

    @api.model
    def _get_trigger_fields(self):
        return [*super()._get_trigger_fields(), "complaint_when"]

    # Quotation
    def _add_trigger_quotation(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        """Sent, not decided, and no contact since for so many days. The occurrence is
        the quotation: who was asked about it is not asked again after every call."""
        query.add_join(
            "JOIN",
            "quotation",
            SQL("(%s)", sent_quotations(self._get_trigger_scope(as_of))),
            SQL("quotation.partner_id = relationship_profile.partner_id"),
        )
        silent = SQL(
            "GREATEST(quotation.day, relationship_profile.last_interaction_date)"
        )
        query.add_where(
            self._is_due(SQL("(%s + %s)", silent, self.trigger_days), as_of)
        )
        return SQL("quotation.id::text"), {
            "quotation_name": SQL("quotation.name"),
            "quotation_date": SQL("quotation.day"),
            "quotation_days": SQL("%s - %s", as_of, silent),
        }

    def _say_trigger_quotation(self) -> str:
        return self.env._(
            "a quotation was sent and there has been no contact with the customer for "
            "%s",
            self._say_days(self.trigger_days),
        )

    @api.model
    def _describe_trigger_quotation(self, evidence) -> str:
        return self.env._(
            "Quotation %(name)s, sent on %(day)s, is open; no contact for %(days)s.",
            name=evidence["quotation_name"],
            day=format_date(self.env, evidence["quotation_date"]),
            days=self._say_days(evidence["quotation_days"]),
        )

    # Complaint
    def _add_trigger_complaint(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        """The occurrence is the case, and if it is about the resolution, the day of
        that: a complaint may have to be resolved twice."""
        scope = self._get_trigger_scope(as_of)
        is_open = self.complaint_when == "open"
        complaints = open_complaints(scope) if is_open else resolved_complaints(scope)
        query.add_join(
            "JOIN",
            "complaint",
            SQL("(%s)", complaints),
            SQL("complaint.partner_id = relationship_profile.partner_id"),
        )
        day = SQL("complaint.day")
        query.add_where(self._is_due(SQL("(%s + %s)", day, self.trigger_days), as_of))
        key = SQL("'resolved/' || complaint.id || '/' || complaint.day")
        return SQL("'open/' || complaint.id") if is_open else key, {
            "complaint_number": SQL("complaint.number"),
            "complaint_when": SQL("%s::text", self.complaint_when),
            "complaint_date": day,
            "complaint_days": SQL("%s - complaint.day", as_of),
        }

    def _say_trigger_complaint(self) -> str:
        if self.complaint_when == "open":
            return self.env._(
                "a complaint has been open for %s", self._say_days(self.trigger_days)
            )
        return self.env._(
            "a complaint was resolved %s ago", self._say_days(self.trigger_days)
        )

    @api.model
    def _describe_trigger_complaint(self, evidence) -> str:
        """What it is about is for those who see the case."""
        names = {
            "number": evidence["complaint_number"],
            "day": format_date(self.env, evidence["complaint_date"]),
        }
        if evidence["complaint_when"] == "resolved":
            return self.env._("Complaint %(number)s was resolved on %(day)s.", **names)
        return self.env._("Complaint %(number)s has been open since %(day)s.", **names)

    # Overdue invoice
    def _add_trigger_overdue(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        """The occurrence is the invoice and the day on which it, or a part, was due."""
        day = SQL("(due.day + %s)", self.trigger_days)
        query.add_join(
            "JOIN",
            "overdue",
            SQL(
                "(%s)",
                overdue_invoices(
                    self._get_trigger_scope(as_of), self._is_due(day, as_of)
                ),
            ),
            SQL("overdue.partner_id = relationship_profile.partner_id"),
        )
        return SQL("overdue.id || '/' || overdue.due_date"), {
            "invoice_name": SQL("overdue.name"),
            "invoice_due_date": SQL("overdue.due_date"),
            "invoice_days": SQL("%s - overdue.due_date", as_of),
            "invoice_amount": SQL("overdue.amount"),
            "invoice_currency_id": SQL("overdue.currency_id"),
        }

    def _say_trigger_overdue(self) -> str:
        return self.env._(
            "an invoice has been overdue for %s", self._say_days(self.trigger_days)
        )

    @api.model
    def _describe_trigger_overdue(self, evidence) -> str:
        currency = self.env["res.currency"].browse(evidence["invoice_currency_id"])
        return self.env._(
            "Invoice %(name)s has been overdue for %(days)s: %(amount)s are open.",
            name=evidence["invoice_name"],
            days=self._say_days(evidence["invoice_days"]),
            amount=format_amount(
                self.env, float(evidence["invoice_amount"]), currency.sudo()
            ),
        )
