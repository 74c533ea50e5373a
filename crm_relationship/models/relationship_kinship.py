from odoo import fields, models


class RelationshipKinship(models.Model):
    """Whose yearly date it is: the contact's own, a child's, the company's ..."""

    _name = "relationship.kinship"
    _description = "Kind of Key Date"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        help="A short name for imports and rules; stays the same in all languages.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: used by every company."
    )
    kind = fields.Selection(
        [("person", "Person"), ("company", "Company")],
        string="Date Of",
        required=True,
        default="person",
        help="A person has a year of birth and turns so many years old; a company has "
        "a founding year, and so many years to celebrate.",
    )
    is_own = fields.Boolean(
        string="Of the Contact Itself",
        help="The name is that of the contact, and a contact has one such date. After "
        "a merge of contacts two on different days both stay: archive the wrong one.",
    )
    icon = fields.Char(
        default="fa-birthday-cake",
        help="Name of a Font Awesome icon, for example fa-birthday-cake.",
    )
    color = fields.Integer()
    lead_days = fields.Integer(
        string="Days of Notice",
        default=7,
        help="So many days before the date it is time to prepare something.",
    )

    _lead_days_in_a_year = models.Constraint(
        "CHECK (lead_days BETWEEN 0 AND 365)",
        "The days of notice are between 0 and 365.",
    )
