from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.orm.models import NO_ACCESS
from odoo.tools import SQL

from ..tools.transactions import execute, retry
from .relationship_interaction_match_sql import MATCHED, WAYS, matches, noted
from .relationship_profile_scope import NOW

# In the context of the screen where somebody says whose interactions are.
REVIEW = "relationship_match"
# How far the scheduled job has come; 0 when it is through.
BOOKMARK = "crm_relationship.rematch_last_id"
# Interactions per transaction of the scheduled job.
BATCH = 2_000


class RelationshipInteractionReview(models.AbstractModel):
    """Interactions that nobody was found for: they are kept, looked at again when
    contacts change, and somebody who knows says whose they are. A part of
    ``relationship.interaction``.
    """

    _name = "relationship.interaction.review"
    _description = "Interactions to Match"

    is_ignored = fields.Boolean(
        string="Not a Customer",
        readonly=True,
        copy=False,
        help="Somebody has said that the address is no customer's. What comes from it "
        "later is not shown for matching either.",
    )
    external_contact = fields.Json(
        readonly=True,
        copy=False,
        groups=NO_ACCESS,
        export_string_translation=False,
        help="The addresses as they are compared, of those that nobody was found for.",
    )
    external_name = fields.Char(
        string="Name",
        compute="_compute_external_contact",
        help="What the other system calls the contact.",
    )
    external_phone = fields.Char(compute="_compute_external_contact")
    external_email = fields.Char(compute="_compute_external_contact")
    external_ref = fields.Char(compute="_compute_external_contact")
    same_address_count = fields.Integer(
        string="Waiting",
        compute="_compute_same_address_count",
        help="How many interactions from this address are to be matched.",
    )
    candidate_ids = fields.Many2many(
        "res.partner",
        string="Who It May Be",
        compute="_compute_candidate_ids",
        help="Contacts that have one of the addresses.",
    )

    _external_contact_idx = models.Index(
        "USING gin (external_contact jsonb_path_ops) WHERE partner_id IS NULL"
    )
    _unmatched_id_idx = models.Index("(id) WHERE partner_id IS NULL")
    _address_idx = models.Index(
        "(external_address, company_id)"
        " WHERE partner_id IS NULL AND external_address IS NOT NULL"
    )

    @api.depends("external_contact")
    def _compute_external_contact(self):
        for interaction in self:
            # Nothing but the address, which whoever sees the row sees anyway.
            contact = interaction.sudo().external_contact or {}
            interaction.external_name = contact.get("name")
            interaction.external_phone = contact.get("phone")
            interaction.external_email = contact.get("email")
            interaction.external_ref = contact.get("ref")

    @api.depends("external_address", "partner_id", "is_ignored")
    def _compute_same_address_count(self):
        addressed = self.filtered("external_address")
        counts = {}
        if addressed:
            domain = self._get_unmatched_domain() & Domain(
                "external_address", "in", addressed.mapped("external_address")
            )
            counts = {
                (company.id, address): count
                for company, address, count in self._read_group(
                    domain, ["company_id", "external_address"], ["__count"]
                )
            }
        for interaction in self:
            key = (interaction.company_id.id, interaction.external_address)
            interaction.same_address_count = counts.get(key, 0)

    @api.depends("external_contact", "partner_id")
    @api.depends_context("uid", "su")
    def _compute_candidate_ids(self):
        """One query each: for the form of one."""
        for interaction in self:
            contact = interaction.sudo().external_contact
            ids = []
            if contact and not interaction.partner_id:
                ids = self._get_candidate_ids(contact, interaction.company_id.id)
            partners = self.env["res.partner"].with_context(active_test=False)
            interaction.candidate_ids = partners.search([("id", "in", ids)])

    @api.model
    def _get_unmatched_domain(self) -> Domain:
        """What waits for somebody to say whose it is."""
        return Domain("partner_id", "=", False) & Domain("is_ignored", "!=", True)

    def write(self, vals):
        """Whoever says whose an interaction is, says so of all from that address."""
        asked = self.browse()
        if vals.get("partner_id") and self.env.context.get(REVIEW):
            asked = self.filtered(lambda row: not row.partner_id)
        result = super().write(vals)
        if vals.get("partner_id"):
            # Kept only as long as nobody knows whose it is; no user writes it.
            self.sudo().filtered("external_contact").external_contact = False
        if asked:
            asked._assign_same_address()
        return result

    def web_save(self, vals, specification, next_id=None):
        """Let somebody say that an interaction is about a customer of a colleague, who
        alone sees it from then on."""
        if not (self and vals.get("partner_id") and self.env.context.get(REVIEW)):
            return super().web_save(vals, specification, next_id)
        seen = self.web_read(specification)
        self.write(vals)
        rows = self.browse(next_id) if next_id else self
        if next_id or self.has_access("read"):
            return rows.web_read(specification)
        # What the user has seen until now, and has just written; no right to more.
        partner = self.env["res.partner"].browse(vals["partner_id"])
        for row in seen:
            if "partner_id" in row:
                [row["partner_id"]] = self._read_as_asked(
                    partner, specification["partner_id"]
                )
        return seen

    @api.model
    def _read_as_asked(self, record, specification) -> list:
        """The value of a many2one in the answer of `web_read`."""
        if "fields" not in specification:
            return record.ids
        return record.web_read(specification["fields"])

    def action_find_again(self):
        """Look again for those of the interactions that nobody was found for; for all
        of them, if none is chosen."""
        if self:
            self.check_access("write")
            ids = self.ids
        else:
            self.browse().check_access("write")
            ids = self.search(self._get_unmatched_domain(), limit=BATCH).ids
        # Whoever may say whose an interaction is may let us look.
        found = self.sudo()._rematch(ids)
        if not found:
            message = self.env._("Nobody was found. Choose a contact, or create one.")
        else:
            message = self.env._("%s were matched.", found)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if found else "info",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_create_contact(self):
        """Open the form of a new contact with what is known of it; whoever saves it
        has matched all from that address."""
        self.ensure_one()
        self._check_unmatched()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Create Contact"),
            "res_model": "res.partner",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_name": self.external_name,
                "default_phone": self.external_phone
                or (not self.external_email and self.external_address),
                "default_email": self.external_email,
                "default_ref": self.external_ref,
                "default_company_id": False,
                "default_relationship_match_id": self.id,
            },
        }

    def action_not_a_customer(self):
        """Take all from the same addresses off the list. They stay, so that they don't
        come back when they are delivered again."""
        self._check_unmatched()
        self._write_ignored(True)

    def action_review_again(self):
        """Put what was said to be no customer's on the list again."""
        self._check_unmatched()
        self._write_ignored(False)

    def _check_unmatched(self):
        """:raise AccessError: the user may not say whose they are
        :raise UserError: it is known whose they are"""
        self.check_access("write")
        if self.partner_id:
            raise UserError(self.env._("It is known already whose this is."))

    def _write_ignored(self, is_ignored):
        rows = self | self.search(
            Domain("partner_id", "=", False)
            & Domain("company_id", "in", self.company_id.ids)
            & Domain(
                "external_address",
                "in",
                [address for address in self.mapped("external_address") if address],
            )
        )
        # The rights were checked; users don't write the column itself.
        rows.sudo().is_ignored = is_ignored

    def _assign_same_address(self):
        """The contact of these interactions is the one of all that came from the same
        address. One statement."""
        self.flush_model()
        rows = execute(
            self.env,
            SQL(
                """
                UPDATE relationship_interaction i
                   SET partner_id = chosen.partner_id,
                       customer_id = chosen.customer_id,
                       external_contact = NULL,
                       is_ignored = FALSE,
                       write_uid = %(uid)s,
                       write_date = %(now)s
                  FROM (
                       SELECT DISTINCT ON (external_address, company_id)
                              external_address, company_id, partner_id, customer_id
                         FROM relationship_interaction
                        WHERE id = ANY(%(ids)s)
                          AND external_address IS NOT NULL
                          AND partner_id IS NOT NULL
                        ORDER BY external_address, company_id, id
                  ) chosen
                 WHERE (i.partner_id IS NULL OR i.id = ANY(%(ids)s))
                   AND i.external_address = chosen.external_address
                   AND i.company_id = chosen.company_id
                RETURNING i.customer_id, i.company_id
                """,
                ids=self.ids,
                uid=self.env.uid,
                now=NOW,
            ),
        )
        self.invalidate_model()
        self.env["relationship.profile.queue"]._note_customers(rows)

    @api.model
    def _rematch(self, ids) -> int:
        """Look again for whom interactions are about; one statement. Does not commit.

        :return: number of interactions matched
        """
        self.flush_model()
        self._flush_addresses()
        chosen = SQL("i.id = ANY(%s)", list(ids))
        rows = execute(
            self.env,
            SQL(
                """
                UPDATE relationship_interaction i
                   SET partner_id = found.partner_id,
                       customer_id = found.customer_id,
                       external_contact = NULL,
                       is_ignored = FALSE
                  FROM (%(matches)s) found
                 WHERE i.id = found.n
                   AND i.partner_id IS NULL
                   AND found.status = %(matched)s
                RETURNING i.customer_id, i.company_id
                """,
                matches=matches(noted(chosen)),
                matched=MATCHED,
            ),
        )
        self.invalidate_model()
        self.env["relationship.profile.queue"]._note_customers(rows)
        return len(rows)

    @api.model
    def _is_awaited(self, partner_ids) -> bool:
        """Whether an interaction to be matched has an address of one of these contacts;
        one query."""
        self.flush_model(["external_contact", "partner_id"])
        self._flush_addresses()
        awaited = SQL(" UNION ALL ").join(
            SQL(
                """
                SELECT FROM res_partner p
                  JOIN relationship_interaction i
                    ON i.external_contact @> jsonb_build_object(%s, p.%s)
                   AND i.partner_id IS NULL
                 WHERE p.id = ANY(%s)
                """,
                name,
                SQL.identifier(column),
                list(partner_ids),
            )
            for name, (_way, column) in WAYS.items()
        )
        [[is_awaited]] = self.env.execute_query(SQL("SELECT EXISTS (%s)", awaited))
        return is_awaited

    @api.model
    def _cron_rematch(self):
        """Every night, and soon after a contact got an address that is waited for:
        look again for whom interactions are about. What there is no time for is taken
        up where it was left."""
        Parameters = self.env["ir.config_parameter"].sudo()
        last_id = int(Parameters.get_param(BOOKMARK, 0))
        while True:
            domain = Domain("partner_id", "=", False) & Domain("id", ">", last_id)
            ids = self.search(domain, order="id", limit=BATCH).ids
            retry(self.env.cr, lambda ids=ids: self._rematch(ids))
            more = len(ids) == BATCH
            last_id = ids[-1] if more else 0
            Parameters.set_param(BOOKMARK, last_id)
            in_time = self.env["ir.cron"]._commit_progress(len(ids), remaining=more)
            if not (more and in_time):
                return
