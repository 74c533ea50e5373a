from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.orm.models import NO_ACCESS
from odoo.tools import format_datetime

from .relationship_interaction_customer import NO_CONTACT_KINDS
from .relationship_interaction_log import MANUAL

DIRECTIONS = [
    ("in", "Incoming"),
    ("out", "Outgoing"),
    ("both", "Mutual"),
]
KINDS = [
    ("message", "Message"),
    ("mailing", "Mass Mailing"),
    ("call", "Call"),
    ("meeting", "Meeting"),
    ("visit", "Visit"),
    ("task", "Task Done"),
    ("lead", "Lead"),
    ("opportunity", "Opportunity"),
    ("won", "Opportunity Won"),
    ("lost", "Opportunity Lost"),
    ("quotation", "Quotation Sent"),
    ("order", "Order Confirmed"),
    ("cancellation", "Order Cancelled"),
    ("invoice", "Invoice"),
    ("payment", "Invoice Paid"),
    ("credit_note", "Credit Note"),
    ("delivery", "Delivery"),
    ("rating", "Rating"),
    ("case", "Case"),
    ("other", "Other"),
]
OUTCOMES = [
    ("reached", "Reached"),
    ("interested", "Interested"),
    ("not_interested", "Not Interested"),
    ("message_left", "Message Left"),
    ("no_answer", "No Answer"),
    ("on_time", "On Time"),
    ("late", "Late"),
]
SENTIMENTS = [
    ("positive", "Positive"),
    ("neutral", "Neutral"),
    ("negative", "Negative"),
]
PREVIEW_LENGTH = 200


class RelationshipInteraction(models.Model):
    """One fact of contact between the company and a customer: when, who, which way,
    which channel, what about.

    It holds a preview of its source document and a link, never the body. The stored
    texts (``raw_*``) are for the code; users read ``subject``, ``preview`` and
    ``amount``, which say nothing of a document that they may not read.

    Captured rows are written by set-based SQL only (``relationship.capture``).
    """

    _name = "relationship.interaction"
    _inherit = [
        "relationship.contact.mixin",
        "relationship.interaction.customer",
        "relationship.interaction.external",
        "relationship.interaction.guard",
        "relationship.interaction.mask",
        "relationship.interaction.timeline",
        "relationship.interaction.next",
        "relationship.interaction.answer",
        "relationship.interaction.log",
        "relationship.interaction.match",
        "relationship.interaction.retention",
        "relationship.interaction.review",
    ]
    _description = "Interaction"
    _order = "date desc, id desc"
    _rec_name = "subject"
    _check_company_auto = True

    date = fields.Datetime(required=True, default=fields.Datetime.now)
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        index=True,
        check_company=True,
        ondelete="cascade",
        help="Empty: nobody was found for the address; see Interactions to Match.",
    )
    customer_id = fields.Many2one(
        "res.partner",
        readonly=True,
        copy=False,
        ondelete="cascade",
        help="The commercial entity of the contact.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    channel_id = fields.Many2one(
        "relationship.channel",
        required=True,
        check_company=True,
        ondelete="restrict",
    )
    channel_icon = fields.Selection(related="channel_id.icon")
    channel_color = fields.Integer(related="channel_id.color")
    direction = fields.Selection(DIRECTIONS, required=True, default="out")
    kind = fields.Selection(KINDS, required=True, default="other")
    user_id = fields.Many2one(
        "res.users",
        string="By",
        default=lambda self: self.env.user,
        ondelete="set null",
        help="Who of the company took part.",
    )
    duration = fields.Float(help="In hours.")
    outcome = fields.Selection(OUTCOMES)
    sentiment = fields.Selection(SENTIMENTS)
    rating = fields.Float(
        readonly=True,
        copy=False,
        aggregator="avg",
        help="1 to 5, if the customer rated something.",
    )
    is_contact = fields.Boolean(
        string="Real Contact",
        readonly=True,
        copy=False,
        help="Whether somebody was in touch with the customer: it decides on the days "
        "without contact.",
    )
    source = fields.Char(
        readonly=True,
        required=True,
        copy=False,
        default=MANUAL,
        export_string_translation=False,
        help="What the interaction was captured from; “manual” if it was logged.",
    )
    res_model = fields.Char(
        string="Document Model",
        readonly=True,
        copy=False,
        export_string_translation=False,
    )
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", readonly=True, copy=False
    )
    external_id = fields.Char(
        string="External ID",
        readonly=True,
        copy=False,
        help="What the other system calls the event; it is taken once per channel.",
    )
    external_address = fields.Char(
        string="Address",
        readonly=True,
        copy=False,
        help="Phone number, e-mail address or reference that the other system gave.",
    )
    dedup_key = fields.Char(
        readonly=True, copy=False, groups=NO_ACCESS, export_string_translation=False
    )
    raw_subject = fields.Char(
        copy=False, groups=NO_ACCESS, export_string_translation=False
    )
    raw_preview = fields.Char(
        copy=False, groups=NO_ACCESS, export_string_translation=False
    )
    raw_amount = fields.Float(
        copy=False, groups=NO_ACCESS, export_string_translation=False
    )

    # Also the paging of the timeline: by customer, newest first.
    _customer_idx = models.Index("(customer_id, company_id, date DESC, id DESC)")
    _date_idx = models.Index("(company_id, date DESC, id DESC)")
    _user_idx = models.Index("(user_id, date DESC, id DESC) WHERE user_id IS NOT NULL")
    _document_idx = models.Index("(res_model, res_id)")
    _contact_idx = models.Index(
        "(customer_id, company_id, date)"
        " INCLUDE (id, direction, channel_id, user_id, outcome) WHERE is_contact"
    )
    _rating_idx = models.Index(
        "(customer_id, company_id, date) INCLUDE (rating) WHERE rating > 0"
    )
    _dedup_key_uniq = models.UniqueIndex("(dedup_key) WHERE dedup_key IS NOT NULL")
    _unmatched_idx = models.Index("(company_id, date) WHERE partner_id IS NULL")

    @api.depends("subject", "kind", "channel_id")
    @api.depends_context("uid", "su", "lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for interaction in self:
            interaction.display_name = (
                interaction.subject
                or kinds.get(interaction.kind)
                or interaction.channel_id.name
            )

    @api.constrains("date")
    def _check_date(self):
        """:raise ValidationError: something is said to happen tomorrow or later"""
        limit = fields.Datetime.add(fields.Datetime.now(), days=1)
        for interaction in self:
            if interaction.date > limit:
                raise ValidationError(
                    self.env._(
                        "An interaction is something that has happened; %s is in the "
                        "future. Plan an activity instead.",
                        format_datetime(self.env, interaction.date),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        # With what the context says, which is checked like the rest.
        vals_list = [self._add_missing_default_values(vals) for vals in vals_list]
        if not self.env.su:
            self._check_only_manual(vals_list)
        vals_list = [vals | self._prepare_derived_vals(vals) for vals in vals_list]
        interactions = super().create(vals_list)
        interactions._note_customers()
        return interactions

    def write(self, vals):
        if not self.env.su:
            self._check_may_write(vals)
        before = self._get_customer_pairs()
        if {"partner_id", "channel_id", "kind"} & vals.keys():
            for interaction in self:
                super(RelationshipInteraction, interaction).write(
                    vals | interaction._prepare_derived_vals(vals)
                )
        else:
            super().write(vals)
        self.env["relationship.profile.queue"]._note_customers(
            before | self._get_customer_pairs()
        )
        return True

    def unlink(self):
        self._note_customers()
        return super().unlink()

    def action_open_document(self):
        """Open what the interaction was captured from, or the interaction itself.

        :raise AccessError: the user may not read the document
        """
        self.ensure_one()
        document = self._get_document()
        if not document:
            return self._get_records_action()
        document.check_access("read")
        return document._get_records_action()

    def _get_document(self):
        """The source document, or None where there is none any more."""
        self.ensure_one()
        if not self.res_id or self.res_model not in self.env:
            return None
        return self.env[self.res_model].browse(self.res_id).exists() or None

    def _prepare_derived_vals(self, vals) -> dict:
        """What follows from the contact, the channel and the kind."""
        derived = {}
        if "partner_id" in vals:
            # Whose contact it is, is no secret.
            partner = self.env["res.partner"].sudo().browse(vals["partner_id"] or ())
            derived["customer_id"] = partner.commercial_partner_id.id
        channel = self.env["relationship.channel"].browse(
            vals.get("channel_id") or self.channel_id.id
        )
        kind = vals.get("kind") or self.kind or "other"
        derived["is_contact"] = channel.is_contact and kind not in NO_CONTACT_KINDS
        return derived
