from odoo import api, models
from odoo.fields import Domain

from .relationship_interaction_log import MANUAL


class RelationshipInteractionAnswer(models.AbstractModel):
    """Whoever calls the customer back answers its cases. A part of
    ``relationship.interaction``.
    """

    _name = "relationship.interaction.answer"
    _description = "Answers to Cases"

    @api.model_create_multi
    def create(self, vals_list):
        interactions = super().create(vals_list)
        interactions._answer_cases()
        return interactions

    def _answer_cases(self):
        """The first answer to the open cases of customers whom somebody has reached;
        one query."""
        reached = self.filtered(lambda interaction: interaction._is_answer())
        if not reached:
            return
        cases = reached._get_open_cases([("date_first_answer", "=", False)])
        for case in cases:
            dates = [
                interaction.date
                for interaction in reached
                if interaction.customer_id == case.customer_id
                and interaction.company_id == case.company_id
                and interaction.date >= case.date_open
            ]
            if dates:
                case.date_first_answer = min(dates)

    def _take_answers_back(self):
        """Before an interaction that was logged by mistake goes."""
        dates = self.filtered(lambda row: row._is_answer()).mapped("date")
        if dates:
            cases = self._get_open_cases([("date_first_answer", "in", dates)])
            cases.date_first_answer = False

    def _is_answer(self) -> bool:
        self.ensure_one()
        return bool(
            self.source == MANUAL
            and self.is_contact
            and self.customer_id
            and self.direction in ("out", "both")
            and self.outcome != "no_answer"
        )

    def _get_open_cases(self, domain):
        # That the customer was answered is true of each case, whoever may see it.
        return (
            self.env["relationship.case"]
            .sudo()
            .search(
                Domain(domain)
                & Domain("customer_id", "in", self.customer_id.ids)
                & Domain("company_id", "in", self.company_id.ids)
                & Domain("is_closed", "=", False)
            )
        )
