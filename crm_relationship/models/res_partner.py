from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# Columns of a partner that decide whether and how it has a profile.
FACT_FIELDS = {
    "active",
    "commercial_partner_id",
    "company_id",
    "customer_rank",
    "is_company",
    "partner_share",
    "relationship_acquisition_date",
    "relationship_campaign_id",
    "relationship_source_id",
    "supplier_rank",
    "user_id",
}
# They count; whether they are above zero is what matters.
RANKS = ("customer_rank", "supplier_rank")


class ResPartner(models.Model):
    _inherit = "res.partner"

    relationship_profile_id = fields.Many2one(
        "relationship.profile",
        string="Customer Profile",
        compute="_compute_relationship_profile_id",
        search="_search_relationship_profile_id",
        groups="crm_relationship.group_relationship_user",
        help="What the current company knows of the customer (of its commercial "
        "entity).",
    )
    relationship_stage_id = fields.Many2one(
        related="relationship_profile_id.stage_id",
        related_sudo=False,
        string="Relationship Stage",
        groups="crm_relationship.group_relationship_user",
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid", "su")
    def _compute_relationship_profile_id(self):
        profiles = self.env["relationship.profile"].with_context(active_test=False)
        by_customer = {
            profile.partner_id: profile
            # With what the form of a contact shows of it, and not all its columns.
            for profile in profiles.search_fetch(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("company_id", "=", self.env.company.id),
                ],
                ["partner_id", "stage_id", "open_case_count"],
            )
        }
        for partner in self:
            partner.relationship_profile_id = by_customer.get(
                partner.commercial_partner_id
            )

    def _search_relationship_profile_id(self, operator, value):
        if operator not in ("in", "any", "any!"):
            return NotImplemented
        Profile = self.env["relationship.profile"].with_context(active_test=False)
        mine = Domain("company_id", "=", self.env.company.id)
        wanted = (
            Domain(value) if operator.startswith("any") else Domain("id", "in", value)
        )
        has = Domain(
            "commercial_partner_id",
            "in",
            Profile._search(mine & wanted).subselect("partner_id"),
        )
        if operator == "in" and False in value:
            has |= Domain(
                "commercial_partner_id",
                "not in",
                Profile._search(mine).subselect("partner_id"),
            )
        return has

    def write(self, vals):
        """Note customers of whom something is known that is not a column of theirs."""
        result = super().write(vals)
        watched = self.env["relationship.profile.fact"]._get_partner_fields()
        if any(
            self._fields[name].type.endswith("2many") for name in watched & vals.keys()
        ):
            self.env["relationship.profile.queue"]._note_customers(
                (partner_id, None) for partner_id in self.ids
            )
        return result

    def _write_multi(self, vals_list):
        """Note customers whose place among the customers changes, or what is known of
        them.

        `commercial_partner_id` is a stored compute and never passes `write`.
        """
        watched = (
            FACT_FIELDS | self.env["relationship.profile.fact"]._get_partner_fields()
        )
        changed = {
            partner.id: vals
            for partner, vals in zip(self, vals_list, strict=True)
            if not watched.isdisjoint(vals)
        }
        if changed:
            self.env["relationship.profile.queue"]._note_customers(
                (partner_id, None)
                for partner_id in self._get_changed_customers(changed, watched)
            )
        result = super()._write_multi(vals_list)
        moved = [
            partner.id
            for partner, vals in zip(self, vals_list, strict=True)
            if "commercial_partner_id" in vals
        ]
        if moved:
            # They belong to the contact, whoever moves it.
            self.env["relationship.interaction"].sudo()._move_customers(moved)
        return result

    def _get_changed_customers(self, changed, watched):
        """The customers about whom these changes tell something: themselves and, before
        the change, those they belong to. One query.

        Every posted invoice raises the rank of its customer; that matters once, when it
        leaves zero.

        :param changed: {partner id: new values}
        :param watched: names of the fields that matter
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, commercial_partner_id,
                       COALESCE(customer_rank, 0), COALESCE(supplier_rank, 0)
                  FROM res_partner
                 WHERE id = ANY(%s)
                """,
                list(changed),
            )
        )
        customers = set()
        for partner_id, commercial_id, *ranks in rows:
            vals = changed[partner_id]
            if watched.isdisjoint(vals.keys() - set(RANKS)) and all(
                ((vals.get(name, rank) or 0) > 0) == (rank > 0)
                for name, rank in zip(RANKS, ranks, strict=True)
            ):
                continue
            customers |= {partner_id, commercial_id or partner_id}
        return customers

    def unlink(self):
        """Note the customers whose contacts go: less is known of them."""
        left = self.commercial_partner_id - self
        self.env["relationship.profile.queue"]._note_customers(
            (partner_id, None) for partner_id in left.ids
        )
        return super().unlink()

    def action_open_relationship(self):
        """Open the profile; say so where there is none to see."""
        self.ensure_one()
        if profile := self.relationship_profile_id:
            return profile._get_records_action()
        name = self.commercial_partner_id.display_name
        # Only whether there is one is told, which everybody in Sales may know.
        if self.sudo().relationship_profile_id:
            message = self.env._("%s is served by somebody else.", name)
        else:
            message = self.env._(
                "%s has no profile: it gets one with its first quotation, or within a "
                "minute after it was created.",
                name,
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "info", "message": message},
        }

    @api.readonly
    def get_relationship_card(self):
        """What whoever serves this customer should see first.

        Read-only; a bounded number of queries, whatever the history.

        :return: dict, or False where the customer has no profile that the user may
            see. Amounts in company currency, days as ISO dates.
        """
        self.ensure_one()
        self.check_access("read")
        profile = self.relationship_profile_id
        if not profile or not profile.has_access("read"):
            return False
        return profile._get_card(self)

    def _get_relationship_next_step(self):
        """The planned activity that is due first, or False."""
        activity = self.env["mail.activity"].search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)],
            order="date_deadline, id",
            limit=1,
        )
        if not activity:
            return False
        return {
            "id": activity.id,
            "summary": activity.summary or activity.activity_type_id.name,
            "icon": activity.activity_type_id.icon or "fa-tasks",
            "deadline": fields.Date.to_string(activity.date_deadline),
            "state": activity.state,
            "user": activity.user_id.name,
        }
