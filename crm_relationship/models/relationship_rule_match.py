from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.transactions import execute


class RelationshipRuleMatch(models.Model):
    """Since when a customer meets the condition of a rule: what the runs of a rule
    remember, see ``relationship.rule.trigger.domain``. Nothing that a person reads.

    There is no constraint on the customer, so that Odoo's merge keeps every row; of
    several the earliest counts, and the next run leaves one.
    """

    _name = "relationship.rule.match"
    _description = "Customer Who Meets the Condition of a Rule"
    _order = "id desc"
    _rec_name = "partner_id"
    _log_access = False

    rule_id = fields.Many2one(
        "relationship.rule", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    since = fields.Date(required=True, readonly=True)
    is_new = fields.Boolean(
        string="Began to Meet It",
        readonly=True,
        help="Otherwise the condition was changed, and the customer met it at once.",
    )

    _rule_idx = models.Index("(rule_id, company_id, partner_id)")

    @api.model
    def _update(self, rule, company, as_of, query, is_new):
        """Forget those who do not meet the condition, and note those who do. What is
        noted of a later day, e.g. because the clock was moved, stays.

        :param query: over ``relationship_profile``: who meets it
        """
        self.flush_model()
        Profile = self.env["relationship.profile"]
        Profile._flush_sources()
        execute(
            self.env,
            SQL(
                """
                %(as_of_sql)s met AS MATERIALIZED (%(met)s),
                gone AS (
                    DELETE FROM relationship_rule_match known
                     WHERE known.rule_id = %(rule_id)s
                       AND known.company_id = %(company_id)s
                       AND known.since <= %(as_of)s
                       AND (
                           NOT EXISTS (
                               SELECT FROM met
                                WHERE met.partner_id = known.partner_id
                           )
                           OR EXISTS (
                               SELECT FROM relationship_rule_match earlier
                                WHERE earlier.rule_id = known.rule_id
                                  AND earlier.company_id = known.company_id
                                  AND earlier.partner_id = known.partner_id
                                  AND (earlier.since, earlier.id)
                                      < (known.since, known.id)
                           )
                       )
                )
                INSERT INTO relationship_rule_match (
                    rule_id, partner_id, company_id, since, is_new
                )
                SELECT %(rule_id)s, met.partner_id, %(company_id)s, %(as_of)s,
                       %(is_new)s
                  FROM met
                 WHERE NOT EXISTS (
                       SELECT FROM relationship_rule_match known
                        WHERE known.rule_id = %(rule_id)s
                          AND known.company_id = %(company_id)s
                          AND known.partner_id = met.partner_id
                          AND known.since <= %(as_of)s
                 )
                RETURNING id
                """,
                as_of_sql=Profile._get_as_of_sql(company, as_of),
                met=query.select(SQL.identifier("relationship_profile", "partner_id")),
                rule_id=rule.id,
                company_id=company.id,
                as_of=as_of,
                is_new=is_new,
            ),
        )
        self.invalidate_model()
