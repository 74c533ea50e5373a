from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import key_dates
from .relationship_key_date_sql import next_date

# Dates that are shown of one customer, those of its contacts included.
SHOWN_DATES = 6
COLUMNS = ("partner_id", "name", "day", "month", "year", "lead_days", "note")


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

        Right also where the job did not run. One query, whatever the number of
        dates; the user sees those that they have the right to see.

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
        customer = self.sudo().commercial_partner_id
        KeyDate = self.env["relationship.key.date"]
        KeyDate.flush_model()
        query = KeyDate._search(
            Domain("company_id", "=", company.id)
            & Domain("partner_id.commercial_partner_id", "=", customer.id),
            limit=limit,
        )
        today = company.sudo()._relationship_today()
        query.order = SQL("%s, %s", next_date(today), SQL.identifier(query.table, "id"))
        rows = self.env.execute_query_dict(
            query.select(
                *(SQL.identifier(query.table, name) for name in ("id", *COLUMNS)),
                SQL("%s AS next_date", next_date(today)),
                self._get_kinship_sql(query.table),
                SQL(
                    "(SELECT name FROM res_partner WHERE id = %s) AS partner",
                    SQL.identifier(query.table, "partner_id"),
                ),
            )
        )
        return [_get_card_values(row, customer, today) for row in rows]

    @api.model
    def _get_kinship_sql(self, alias) -> SQL:
        """The kind of a key date: name in the user's language, icon and kind."""
        return SQL(
            """(
            SELECT JSONB_BUILD_OBJECT(
                       'name', COALESCE(name->>%s, name->>'en_US'),
                       'icon', COALESCE(icon, 'fa-calendar-o'),
                       'kind', kind
                   )
              FROM relationship_kinship
             WHERE id = %s
            ) AS kinship""",
            self.env.lang or "en_US",
            SQL.identifier(alias, "kinship_id"),
        )


def _get_card_values(row, customer, today) -> dict:
    """One date as the client shows it."""
    days_left = (row["next_date"] - today).days
    return {
        "id": row["id"],
        "name": row["name"] or "",
        "partner_id": row["partner_id"],
        "partner": row["partner"] if row["partner_id"] != customer.id else "",
        "kinship": row["kinship"]["name"],
        "icon": row["kinship"]["icon"],
        "kind": row["kinship"]["kind"],
        "day": row["day"],
        "month": int(row["month"]),
        "date": fields.Date.to_string(row["next_date"]),
        "days_left": days_left,
        "age": key_dates.age_at(row["next_date"], row["year"]),
        "year_known": bool(row["year"]),
        "to_prepare": days_left <= row["lead_days"],
        "note": row["note"] or "",
    }
