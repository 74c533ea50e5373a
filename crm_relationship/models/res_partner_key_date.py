from odoo import api, fields, models
from odoo.fields import Domain

# Dates that are shown of one customer, those of its contacts included.
SHOWN_DATES = 6


class ResPartner(models.Model):
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_key_date_ids = fields.One2many(
        "relationship.key.date",
        "partner_id",
        string="Key Dates",
        groups="crm_relationship.group_relationship_user",
    )

    @api.readonly
    def get_relationship_key_dates(self, company_id=None):
        """What the quick entry shows and offers, for the client.

        :param company_id: id of the company whose dates they are (default: the current
            one)
        :return: dict: today as ISO date, the next dates of the customer
            (see `_get_relationship_key_dates`), the kinships to choose from
        """
        self.ensure_one()
        self.check_access("read")
        company = self._get_relationship_company(company_id)
        kinships = self.env["relationship.kinship"].search_read(
            [("company_id", "in", (False, company.id))],
            ["name", "code", "icon", "kind", "is_own"],
            load=None,
        )
        return {
            "today": fields.Date.to_string(company.sudo()._relationship_today()),
            "key_dates": self._get_relationship_key_dates(company),
            "kinships": kinships,
            "may_add": self.env["relationship.key.date"].has_access("create"),
        }

    def _get_relationship_company(self, company_id):
        """One of the user's companies; the current one where it is none of them."""
        companies = self.env.companies
        return companies.filtered(lambda company: company.id == company_id) or (
            self.env.company
        )

    def _get_relationship_key_dates(self, company=None, limit=SHOWN_DATES):
        """The next dates of a customer and its contacts, the nearest first.

        Right also where the nightly job did not run. Three queries, whatever the
        number of dates; the user sees those that they have the right to see.

        :param company: whose dates (default: the current company)
        :param limit: number of dates
        :return: list of dicts: ``id``, ``name`` (can be empty), ``partner_id``,
            ``partner`` (name of the contact if it is not the customer itself, else
            empty), ``kinship``, ``icon``, ``kind``, ``day``, ``month``, ``date`` (next,
            as ISO date), ``days_left``, ``age`` on that day or None, ``year_known``,
            ``to_prepare``, ``note``
        """
        self.ensure_one()
        company = company or self.env.company
        KeyDate = self.env["relationship.key.date"]
        today = company.sudo()._relationship_today()
        mine = Domain("company_id", "=", company.id) & Domain(
            "partner_id.commercial_partner_id", "=", self.commercial_partner_id.id
        )
        coming = KeyDate.search(
            mine & Domain("next_date", ">=", today), order="next_date, id", limit=limit
        )
        # Passed since the job ran; none if it ran today.
        coming |= KeyDate.search(
            mine & Domain("next_date", "<", today), order="next_date, id", limit=limit
        )
        nearest = coming.sorted(lambda key_date: (key_date.days_left, key_date.id))
        return [
            key_date._get_card_values(self.commercial_partner_id)
            for key_date in nearest[:limit]
        ]
