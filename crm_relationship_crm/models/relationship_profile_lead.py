from odoo import fields, models


class RelationshipProfileLead(models.AbstractModel):
    """What leads and opportunities say of a customer. A part of
    ``relationship.profile``.
    """

    _name = "relationship.profile.lead"
    _description = "Leads of a Customer"

    currency_id = fields.Many2one("res.currency")
    lead_count = fields.Integer(
        string="Open Leads", readonly=True, help="Leads that are no opportunity yet."
    )
    opportunity_count = fields.Integer(string="Open Opportunities", readonly=True)
    expected_revenue = fields.Monetary(
        string="Expected from Opportunities",
        readonly=True,
        help="Expected revenue of the open opportunities, in company currency.",
    )
    opportunity_won_count = fields.Integer(string="Opportunities Won", readonly=True)
    lead_lost_count = fields.Integer(
        string="Leads Lost",
        readonly=True,
        help="Leads and opportunities that were lost.",
    )
    first_lead_date = fields.Date(string="First Lead", readonly=True)
    last_lead_date = fields.Date(string="Last Lead", readonly=True)
    last_lead_won_date = fields.Date(string="Last Opportunity Won", readonly=True)
    last_lead_lost_date = fields.Date(string="Last Lead Lost", readonly=True)
    lead_lost_reason_id = fields.Many2one(
        "crm.lost.reason",
        string="Why Lost",
        readonly=True,
        index="btree_not_null",
        help="The reason given for the last lead or opportunity that was lost.",
    )
