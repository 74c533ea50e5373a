from odoo import api, fields, models

# Types of Odoo, and of whoever has others of the same category.
CHANNELS = {
    "mail.mail_activity_data_call": "phone",
    "mail.mail_activity_data_email": "email",
    "mail.mail_activity_data_meeting": "meeting",
}
CATEGORIES = {"phonecall": "phone", "meeting": "meeting"}


class MailActivityType(models.Model):
    _inherit = "mail.activity.type"

    relationship_channel_id = fields.Many2one(
        "relationship.channel",
        string="Contact By",
        index="btree_not_null",
        ondelete="set null",
        help="An activity of this type that is done is a contact with the customer by "
        "this channel. Empty: it is none; it is told in the history if somebody says "
        "what came of it.",
    )
    relationship_cost = fields.Float(
        string="Cost of One",
        company_dependent=True,
        digits="Product Price",
        groups="crm_relationship.group_relationship_user",
        help="What such an activity costs the company, in its currency: the time of "
        "who does it, and what is given away. The proof of retention rules counts it.",
    )

    @api.model
    def _relate_channels(self):
        """Say of the types that everybody has by which channel they are done, unless
        somebody has said so."""
        types = self.with_context(active_test=False).search(
            [("relationship_channel_id", "=", False)]
        )
        codes = {
            self.env.ref(xmlid, raise_if_not_found=False): code
            for xmlid, code in CHANNELS.items()
        }
        for activity_type in types:
            code = codes.get(activity_type) or CATEGORIES.get(activity_type.category)
            if code:
                activity_type.relationship_channel_id = self.env[
                    "relationship.capture.activity"
                ]._get_channel_id(code)
