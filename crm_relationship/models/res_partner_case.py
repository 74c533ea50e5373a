from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class ResPartner(models.Model):
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_case_count = fields.Integer(
        related="relationship_profile_id.open_case_count",
        related_sudo=False,
        groups="crm_relationship.group_relationship_user",
    )

    def action_open_relationship_cases(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_case_action"
        )
        action["domain"] = [
            "|",
            ("partner_id", "=", self.id),
            ("customer_id", "=", self.id),
        ]
        action["context"] = {"default_partner_id": self.id}
        return action

    def _get_relationship_open_cases(self, company=None, limit=None):
        """The open cases of a customer and its contacts, the most urgent first.

        One query, whatever their number; the user sees those that they have the right
        to see.

        :param company: whose cases (default: the current company)
        :param limit: number of cases (default: all)
        :return: list of dicts: ``id``, ``number``, ``name``, ``kind``, ``severity``,
            ``deadline`` (UTC, ISO, or False), ``overdue``, ``owner`` (name, can be
            empty), ``stage``
        """
        self.ensure_one()
        company = company or self.env.company
        # Only whose customer it is, no secret; the cases are searched as the user.
        customer = self.sudo().commercial_partner_id
        Case = self.env["relationship.case"]
        if not Case.has_access("read"):
            return []
        domain = (
            Domain("customer_id", "=", customer.id)
            & Domain("company_id", "=", company.id)
            & Domain("is_closed", "=", False)
        )
        query = Case._search(domain, order="deadline, id", limit=limit)
        names = ("id", "number", "name", "kind", "severity", "deadline")
        overdue = Case._get_overdue_domain().optimize_full(Case)
        rows = self.env.execute_query_dict(
            query.select(
                *(SQL.identifier(query.table, name) for name in names),
                SQL(
                    "COALESCE(%s, FALSE) AS overdue",
                    overdue._to_sql(Case, query.table, query),
                ),
                SQL(
                    "(SELECT person.name FROM res_users owner"
                    " JOIN res_partner person ON person.id = owner.partner_id"
                    " WHERE owner.id = %s) AS owner",
                    SQL.identifier(query.table, "user_id"),
                ),
                SQL(
                    "(SELECT COALESCE(name->>%s, name->>'en_US')"
                    " FROM relationship_case_stage WHERE id = %s) AS stage",
                    self.env.lang or "en_US",
                    SQL.identifier(query.table, "stage_id"),
                ),
            )
        )
        return [
            row
            | {
                "deadline": fields.Datetime.to_string(row["deadline"]),
                "owner": row["owner"] or "",
            }
            for row in rows
        ]
