from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    relationship_service_days = fields.Integer(
        string="Service Every (Days)",
        help="So many days after a customer bought it, the product is due for service: "
        "a retention rule can tell them in time. 0: no service.",
    )

    _relationship_service_days_valid = models.Constraint(
        "CHECK (relationship_service_days BETWEEN 0 AND 36600)",
        "The service interval is between none and a hundred years.",
    )
