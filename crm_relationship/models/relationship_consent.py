from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

PURPOSES = [
    ("offers", "Offers"),
    ("service", "Service"),
    ("research", "Research"),
]
STATES = [
    ("granted", "Granted"),
    ("withdrawn", "Withdrawn"),
    ("declined", "Declined"),
    ("not_asked", "Not asked"),
]
SOURCES = [
    ("phone", "Phone"),
    ("in_person", "In person"),
    ("email", "E-mail"),
    ("web_form", "Web form"),
    ("paper", "Paper"),
    ("import", "Import"),
    ("other", "Other"),
]


class RelationshipConsent(models.Model):
    """The ledger of consent: what a person said, for a purpose and a channel.

    Append-only: the latest row by date, then by id, says how things stand, and a
    correction is a new row. There is no constraint on the person, so that Odoo's merge
    keeps every row; of two merged people the latest statement counts.
    """

    _name = "relationship.consent"
    _inherit = ["relationship.contact.mixin"]
    _description = "Consent"
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        readonly=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    purpose = fields.Selection(PURPOSES, required=True, readonly=True)
    channel_id = fields.Many2one(
        "relationship.channel",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    state = fields.Selection(STATES, required=True, readonly=True)
    date = fields.Datetime(
        required=True,
        readonly=True,
        default=fields.Datetime.now,
        copy=False,
        help="When the person said so. The day it was entered is kept beside it.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Recorded By",
        readonly=True,
        index="btree_not_null",
        copy=False,
        default=lambda self: self.env.uid != SUPERUSER_ID and self.env.uid,
        help="Empty: the system.",
    )
    source = fields.Selection(SOURCES, required=True, readonly=True, default="phone")
    proof = fields.Text(
        readonly=True, help="What exactly was said or signed, and where it is kept."
    )
    undone_id = fields.Many2one(
        "relationship.consent",
        string="Takes Back",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        help="The entry that was a slip and that this one undoes.",
    )
    merged_partner_ref = fields.Integer(
        string="Merged Person",
        readonly=True,
        copy=False,
        help="Database id of the person the row was written for, where that one was "
        "merged into this.",
    )
    is_current = fields.Boolean(
        string="Current",
        compute="_compute_is_current",
        search="_search_is_current",
        help="Nothing later was said for the same purpose and channel.",
    )

    _partner_idx = models.Index(
        "(partner_id, company_id, purpose, channel_id, date DESC, id DESC)"
    )
    _current_idx = models.Index(
        "(company_id, purpose, channel_id, partner_id, date DESC, id DESC)"
        " INCLUDE (state)"
    )

    @api.depends("partner_id", "company_id", "purpose", "channel_id", "date")
    def _compute_is_current(self):
        current = set(self.search([("id", "in", self.ids), ("is_current", "=", True)]))
        for row in self:
            row.is_current = row in current

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        is_latest = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                """
                NOT EXISTS (
                    SELECT FROM relationship_consent later
                     WHERE later.partner_id = %(row)s.partner_id
                       AND later.company_id = %(row)s.company_id
                       AND later.purpose = %(row)s.purpose
                       AND later.channel_id = %(row)s.channel_id
                       AND (later.date, later.id) > (%(row)s.date, %(row)s.id)
                )
                """,
                row=SQL.identifier(alias),
            )
        )
        return is_latest if True in value else ~is_latest

    @api.constrains("date")
    def _check_date(self):
        """A statement of tomorrow would outweigh all that is said until then.

        :raise ValidationError: a date is in the future
        """
        now = fields.Datetime.now()
        if any(row.date > now for row in self):
            raise ValidationError(self.env._("A consent can't be dated in the future."))

    @api.model_create_multi
    def create(self, vals_list):
        """Enter statements. Who enters them is not the client's to say, nor that one
        undoes another.

        :raise ValidationError: a user enters ``not_asked``
        """
        if not self.env.su:
            own = {
                "user_id": self.env.uid,
                "merged_partner_ref": 0,
                "undone_id": False,
            }
            vals_list = [vals | own for vals in vals_list]
        rows = super().create(vals_list)
        if not self.env.su:
            self._check_answers(rows.mapped("state"))
        self.env["relationship.profile.queue"]._note_customers(
            (row.partner_id.id, row.company_id.id) for row in rows
        )
        refusals = rows.filtered(lambda row: row.state in ("withdrawn", "declined"))
        self.env["relationship.touch"]._cancel_waiting(
            refusals and refusals.filtered("is_current")
        )
        return rows

    @api.model
    def _check_answers(self, states):
        """:raise ValidationError: one of the states is none that a person can say"""
        if "not_asked" in states:
            raise ValidationError(
                self.env._(
                    "“Not asked” is no answer: it would hide what was said before."
                )
            )

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()

    def _get_summary(self) -> str:
        """``Offers by “Phone”: withdrawn``."""
        self.ensure_one()

        def say(name):
            return dict(self._fields[name]._description_selection(self.env))[self[name]]

        return self.env._(
            "%(purpose)s by “%(channel)s”: %(state)s.",
            purpose=say("purpose"),
            channel=self.channel_id.name,
            state=say("state").lower(),
        )

    @api.model
    def _get_current(self, partner_ids, company) -> dict:
        """What people said last, for every purpose and channel; one query.

        Not restricted to what the user may see: whoever calls sees to that.

        :return: {(partner_id, purpose, channel_id): row as a dict}
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT ON (partner_id, purpose, channel_id)
                       id, partner_id, purpose, channel_id, state, date, user_id,
                       source, proof, undone_id
                  FROM relationship_consent
                 WHERE partner_id = ANY(%s)
                   AND company_id = %s
                 ORDER BY partner_id, purpose, channel_id, date DESC, id DESC
                """,
                list(partner_ids),
                company.id,
            )
        )
        return {
            (row["partner_id"], row["purpose"], row["channel_id"]): row
            for row in self.env.cr.dictfetchall()
        }
