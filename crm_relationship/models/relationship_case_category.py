from odoo import fields, models

KINDS = [
    ("complaint", "Complaint"),
    ("suggestion", "Suggestion"),
    ("compliment", "Compliment"),
    ("question", "Question"),
]
SEVERITIES = [
    ("low", "Low"),
    ("normal", "Normal"),
    ("high", "High"),
    ("critical", "Critical"),
]


class RelationshipCaseCategory(models.Model):
    """What cases are about; knows how severe they usually are and who takes them."""

    _name = "relationship.case.category"
    _description = "Case Category"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: every company uses the category."
    )
    severity = fields.Selection(
        SEVERITIES, string="Usual Severity", help="Empty: normal."
    )
    team_id = fields.Many2one(
        "relationship.case.team",
        string="Team That Takes Them",
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
        help="Empty: the first team.",
    )
