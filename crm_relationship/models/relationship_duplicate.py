from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

# What the form shows of both contacts, side by side.
COMPARED_FIELDS = (
    "name",
    "is_company",
    "parent_id",
    "email",
    "phone",
    "vat",
    "company_registry",
    "street",
    "street2",
    "zip",
    "city",
    "state_id",
    "country_id",
    "user_id",
    "ref",
    "category_id",
    "create_date",
)


class RelationshipDuplicate(models.Model):
    """Two contacts that may be one.

    The nightly scan writes the rows. What a person decides stays: a pair that was
    dismissed is not opened again by a scan.
    """

    _name = "relationship.duplicate"
    _inherit = ["relationship.duplicate.scan"]
    _description = "Possible Duplicate"
    _order = "score desc, id"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    other_partner_id = fields.Many2one(
        "res.partner",
        string="Other Contact",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="Empty: both contacts are shared by the companies.",
    )
    score = fields.Float(
        string="Likelihood",
        readonly=True,
        aggregator="max",
        help="How likely it is that the two are one.",
    )
    evidence = fields.Json(readonly=True)
    reason = fields.Char(compute="_compute_reason")
    state = fields.Selection(
        [("open", "To review"), ("dismissed", "Not a duplicate")],
        required=True,
        readonly=True,
        default="open",
    )
    dismissed_by_id = fields.Many2one("res.users", readonly=True)
    date_dismissed = fields.Datetime(string="Dismissed On", readonly=True)
    comparison = fields.Html(compute="_compute_comparison", sanitize=False)

    # The scan and the merge see to it that the lower id comes first. The merge of
    # contacts does not know of an index, so pairs are moved before it does it.
    _pair_uniq = models.UniqueIndex("(partner_id, other_partner_id)")
    _review_idx = models.Index("(state, score DESC, id)")

    @api.depends("partner_id", "other_partner_id")
    def _compute_display_name(self):
        for pair in self:
            pair.display_name = (
                f"{pair.partner_id.display_name} / {pair.other_partner_id.display_name}"
            )

    @api.depends("evidence")
    @api.depends_context("lang")
    def _compute_reason(self):
        for pair in self:
            pair.reason = self._describe(pair.evidence or {})

    @api.depends("partner_id", "other_partner_id")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_comparison(self):
        for pair in self:
            pair.comparison = self.env["ir.qweb"]._render(
                "crm_relationship.relationship_duplicate_comparison",
                {"pair": pair, "rows": pair._get_comparison()},
            )

    def action_dismiss(self):
        """The two are not one: remember it, whatever later scans find."""
        self._check_reviewer()
        # Users may decide, but not write scores: there is no right to write.
        self.sudo().write(
            {
                "state": "dismissed",
                "dismissed_by_id": self.env.uid,
                "date_dismissed": fields.Datetime.now(),
            }
        )

    def action_reopen(self):
        self._check_reviewer()
        # As above.
        self.sudo().write(
            {"state": "open", "dismissed_by_id": False, "date_dismissed": False}
        )

    def action_merge(self):
        """Open Odoo's own wizard with the two; the one with more history stays."""
        self.ensure_one()
        self.check_access("read")
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {
                "state": "selection",
                "partner_ids": (self.partner_id + self.other_partner_id).ids,
                "dst_partner_id": self._get_survivor().id,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
            "context": {"relationship_duplicate_review": True},
        }

    @api.model
    def get_empty_list_help(self, help_message):
        """Say below an empty list what the last scan did, and what it cannot do."""
        message = super().get_empty_list_help(help_message)
        lines = [self._get_summary()]
        if not self._has_trigram():
            lines.append(self._get_trigram_hint())
        # The help of an action is HTML already; whether it says so depends on the way
        # it came here.
        return Markup(message or "") + Markup("").join(
            Markup("<p>%s</p>") % line for line in lines
        )

    @api.model
    def _get_trigram_hint(self) -> str:
        return self.env._(
            "Names that are merely alike are not found: the database has no extension"
            " pg_trgm. Names are compared word by word; e-mail, phone and numbers as"
            " usual."
        )

    def _check_reviewer(self):
        if not self.env.user.has_group("crm_relationship.group_relationship_user"):
            raise AccessError(self.env._("You may not decide about duplicates."))
        self.check_access("read")

    @api.model
    def _get_labels(self) -> dict:
        """What matches and what contradicts, in words."""
        env = self.env
        return {
            ("same", "email"): env._("same e-mail"),
            ("same", "phone"): env._("same phone"),
            ("same", "vat"): env._("same tax ID"),
            ("same", "registry"): env._("same company ID"),
            ("same", "zip"): env._("same postal code"),
            ("same", "city"): env._("same city"),
            ("same", "company"): env._("same company"),
            ("other", "name"): env._("other name"),
            ("other", "email"): env._("other e-mail"),
            ("other", "phone"): env._("other phone"),
            ("other", "vat"): env._("other tax ID"),
            ("other", "registry"): env._("other company ID"),
            ("other", "city"): env._("other city"),
            ("other", "kind"): env._("one is a company, one a person"),
        }

    @api.model
    def _describe(self, evidence) -> str:
        """The evidence in words: "Same e-mail; name 82 % alike; other city"."""
        labels = self._get_labels()
        parts = [labels.get(("same", name), name) for name in evidence.get("same", ())]
        likeness = evidence.get("name", 0)
        if likeness == 1:
            parts.insert(0, self.env._("same name"))
        elif "name" not in evidence.get("other", ()) and likeness > 0:
            percent = round(likeness * 100)
            parts.append(self.env._("name %s %% alike", percent))
        parts += [labels.get(("other", key), key) for key in evidence.get("other", ())]
        text = "; ".join(parts)
        return text[:1].upper() + text[1:]

    def _get_comparison(self) -> list[dict]:
        """What tells which contact to keep, and the fields that either of them has:
        label, both values, whether they differ."""
        self.ensure_one()
        both = (self.partner_id, self.other_partner_id)
        history = self._get_history()
        rows = [
            (self.env._("Orders"), [str(history[partner][0]) for partner in both]),
            (self.env._("Invoices"), [str(history[partner][1]) for partner in both]),
        ]
        for name in COMPARED_FIELDS:
            field = both[0]._fields[name]
            label = field.get_description(self.env, ["string"])["string"]
            rows.append((label, [self._get_text(partner, field) for partner in both]))
        return [
            {"label": label, "values": texts, "differs": texts[0] != texts[1]}
            for label, texts in rows
            if any(texts)
        ]

    @api.model
    def _get_text(self, partner, field) -> str:
        value = partner[field.name]
        if field.relational:
            return ", ".join(value.mapped("display_name"))
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if field.type == "datetime":
            return format_date(self.env, value)
        return value or ""

    def _get_history(self) -> dict:
        """{partner: (orders, invoices)} of both contacts and those below them.

        They are counted whoever may read them: only how many there are is told, so
        that the right contact stays. Those of the user's companies.
        """
        sudo = self.sudo().env
        counts = {}
        for partner in self.partner_id + self.other_partner_id:
            domain = Domain("partner_id", "child_of", partner.id) & Domain(
                "company_id", "in", self.env.companies.ids
            )
            orders = domain & Domain("state", "=", "sale")
            invoices = domain & Domain(
                [("state", "=", "posted"), ("move_type", "!=", "entry")]
            )
            counts[partner] = (
                sudo["sale.order"].search_count(orders),
                sudo["account.move"].search_count(invoices),
            )
        return counts

    def _get_survivor(self):
        """The contact with more orders and invoices; of equal ones the older."""
        history = self._get_history()
        return max(history, key=lambda partner: (sum(history[partner]), -partner.id))

    @api.model
    def _repoint(self, sources, destination):
        """Before contacts are merged: give their pairs to the one that stays.

        Pairs among them go. Where two pairs become the same, the one that somebody
        dismissed stays.
        """
        self.flush_model()
        merged = (sources + destination).ids
        moved = SQL(
            """
            SELECT id, LEAST(mine, theirs) AS mine, GREATEST(mine, theirs) AS theirs,
                   mine = theirs
                   OR ROW_NUMBER() OVER (
                       PARTITION BY LEAST(mine, theirs), GREATEST(mine, theirs)
                       ORDER BY state = 'dismissed' DESC, score DESC, id
                   ) > 1 AS gone
              FROM (
                   SELECT id, state, score,
                          CASE WHEN partner_id = ANY(%(merged)s)
                               THEN %(kept)s ELSE partner_id END AS mine,
                          CASE WHEN other_partner_id = ANY(%(merged)s)
                               THEN %(kept)s ELSE other_partner_id END AS theirs
                     FROM relationship_duplicate
                    WHERE partner_id = ANY(%(merged)s)
                       OR other_partner_id = ANY(%(merged)s)
              ) pair
            """,
            merged=merged,
            kept=destination.id,
        )
        self.env.cr.execute(
            SQL(
                "DELETE FROM relationship_duplicate pair USING (%s) moved"
                " WHERE moved.id = pair.id AND moved.gone",
                moved,
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE relationship_duplicate pair"
                " SET partner_id = mine, other_partner_id = theirs"
                " FROM (%s) moved WHERE moved.id = pair.id AND (partner_id,"
                " other_partner_id) IS DISTINCT FROM (mine, theirs)",
                moved,
            )
        )
        self.invalidate_model()
