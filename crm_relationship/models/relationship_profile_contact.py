from odoo import api, fields, models


class RelationshipProfileContact(models.AbstractModel):
    """When, by whom and how the customer was in touch with us. A part of
    ``relationship.profile``.
    """

    _name = "relationship.profile.contact"
    _description = "Contact with a Customer"

    last_interaction_date = fields.Date(
        string="Last Contact",
        readonly=True,
        help="The latest contact on any channel, by anyone. Documents that the "
        "customer merely received do not count, nor do calls that nobody answered.",
    )
    days_since_interaction = fields.Integer(
        string="Days without Contact", readonly=True, aggregator="avg"
    )
    last_in_date = fields.Date(string="Last Heard from Them", readonly=True)
    last_in_channel_id = fields.Many2one(
        "relationship.channel",
        string="Heard Through",
        readonly=True,
        index="btree_not_null",
    )
    last_in_user_id = fields.Many2one(
        "res.users", string="Heard By", readonly=True, index="btree_not_null"
    )
    last_out_date = fields.Date(string="Last Reached Out", readonly=True)
    last_out_channel_id = fields.Many2one(
        "relationship.channel",
        string="Reached Out Through",
        readonly=True,
        index="btree_not_null",
    )
    last_out_user_id = fields.Many2one(
        "res.users", string="Reached Out By", readonly=True, index="btree_not_null"
    )
    interaction_count_90 = fields.Integer(
        string="Contacts in 90 Days", readonly=True, aggregator="sum"
    )
    answerable_count = fields.Integer(
        string="Contacts to Answer",
        readonly=True,
        aggregator="sum",
        help="What the customer said in the last year and what was due for an answer.",
    )
    answered_share = fields.Float(
        string="Answered",
        readonly=True,
        aggregator="avg",
        help="Share of these that were answered: by talking at once, or within seven "
        "days.",
    )
    rating_count = fields.Integer(string="Ratings", readonly=True, aggregator="sum")
    rating_mean = fields.Float(
        string="Satisfaction",
        readonly=True,
        aggregator="avg",
        help="Mean of the customer's ratings, 1 to 5.",
    )
    open_case_count = fields.Integer(
        string="Open Cases", readonly=True, aggregator="sum"
    )
    open_complaint_count = fields.Integer(
        string="Open Complaints", readonly=True, aggregator="sum"
    )
    contact_habit = fields.Char(
        string="Contact",
        compute="_compute_contact_habit",
        help="When there was contact, and whether the customer gets an answer.",
    )

    @api.depends("last_interaction_date", "interaction_count_90", "answered_share")
    @api.depends_context("lang")
    def _compute_contact_habit(self):
        for profile in self:
            profile.contact_habit = profile._describe_contact()

    def _describe_contact(self):
        """E.g. "Last contact 12 days ago; 3 contacts in 90 days; 80% of 5 answered"."""
        self.ensure_one()
        if not self.last_interaction_date:
            return self.env._("No contact yet")
        parts = [self._say_last_contact()]
        if self.interaction_count_90 > 1:
            parts.append(
                self.env._("%s contacts in 90 days", self.interaction_count_90)
            )
        if self.answerable_count:
            parts.append(
                self.env._(
                    "%(share)s%% of %(count)s answered",
                    share=self._percent(self.answered_share),
                    count=self.answerable_count,
                )
            )
        return "; ".join(parts)

    def _say_last_contact(self) -> str:
        days = self.days_since_interaction
        if not days:
            return self.env._("Last contact today")
        if days == 1:
            return self.env._("Last contact yesterday")
        return self.env._("Last contact %s days ago", days)
