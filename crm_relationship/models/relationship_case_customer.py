from odoo import api, models

# Columns of a case that a profile is computed from.
FACT_FIELDS = {
    "company_id",
    "customer_id",
    "date_closed",
    "date_open",
    "is_closed",
    "kind",
}
# Columns that an interaction is captured from.
TOLD_FIELDS = {"channel_id", "name", "partner_id"}


class RelationshipCaseCustomer(models.AbstractModel):
    """Tells the profile of a customer about its cases. A part of
    ``relationship.case``.
    """

    _name = "relationship.case.customer"
    _description = "Customer of a Case"

    @api.model_create_multi
    def create(self, vals_list):
        cases = super().create(vals_list)
        cases._note_customers()
        self._note_interactions(cases.ids)
        return cases

    def _write_multi(self, vals_list):
        """Every change of a stored column passes here, recomputed ones included."""
        changed = self.browse(
            case.id
            for case, vals in zip(self, vals_list, strict=True)
            if not FACT_FIELDS.isdisjoint(vals)
        )
        if changed:
            self.env["relationship.profile.queue"]._note_stored_customers(
                changed, "customer_id"
            )
            changed._note_customers()
        self._note_interactions(
            case.id
            for case, vals in zip(self, vals_list, strict=True)
            if not TOLD_FIELDS.isdisjoint(vals)
        )
        return super()._write_multi(vals_list)

    def unlink(self):
        self.env["relationship.profile.queue"]._note_stored_customers(
            self, "customer_id"
        )
        return super().unlink()

    @api.model
    def _note_interactions(self, ids):
        self.env["relationship.capture"]._note("relationship.capture.case", list(ids))

    def _note_customers(self):
        self.env["relationship.profile.queue"]._note_customers(
            (case.customer_id.id, case.company_id.id)
            # Whose case it is, whoever works on it.
            for case in self.sudo()
            if case.customer_id
        )
