from odoo import api, fields, models

SEQUENCE = "relationship.case"


class RelationshipCaseNumber(models.AbstractModel):
    """Every company counts its cases. A part of ``relationship.case``."""

    _name = "relationship.case.number"
    _description = "Number of a Case"

    number = fields.Char(readonly=True, copy=False)

    def write(self, vals):
        """A case that goes to another company is counted there."""
        company = self.env["res.company"].browse(vals.get("company_id") or ())
        moving = self.browse()
        if company and "number" not in vals:
            moving = self.filtered(lambda case: case.company_id != company)
        for case in moving:
            before = case.number, case.company_id.sudo().name
            number = self._get_next_number(company)
            super(RelationshipCaseNumber, case).write(vals | {"number": number})
            case._note_number(*before)
        return super(RelationshipCaseNumber, self - moving).write(vals)

    def _note_number(self, number, company_name):
        """Whoever quotes the old number is to be understood."""
        self._message_log(
            body=self.env._(
                "Was %(number)s at %(company)s.", number=number, company=company_name
            )
        )

    @api.model
    def _get_next_number(self, company):
        # Counting on is no change of configuration.
        Sequence = self.env["ir.sequence"].sudo().with_company(company)
        number = Sequence.next_by_code(SEQUENCE)
        if not number:
            company._create_relationship_case_sequences()
            number = Sequence.next_by_code(SEQUENCE)
        return number
