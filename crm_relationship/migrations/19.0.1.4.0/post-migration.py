from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

# Worth and target (days) of the shipped stages.
STAGES = {
    "contact": (10, 30),
    "quotation": (20, 30),
    "first": (40, 90),
    "second": (50, 90),
    "frequent": (70, 0),
    "risk": (30, 60),
    "lost": (5, 0),
    "won_back": (60, 180),
}


def migrate(cr, version):
    """Stages have a worth and a target now, and moves a direction, a cause and how long
    the customer had stayed before."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, (rank, target_days) in STAGES.items():
        stage = env.ref(f"crm_relationship.stage_{name}", raise_if_not_found=False)
        if stage:
            stage.with_context(relationship_changing=True).write(
                {"rank": rank, "target_days": target_days, "funnel": "retail"}
            )
    env.flush_all()
    for kind in ("stage", "segment"):
        _complete_moves(cr, kind)
    env.invalidate_all()
    for company in env["res.company"].search([]):
        env["relationship.refresh"]._request(company)


def _complete_moves(cr, kind):
    cr.execute(
        SQL(
            """
            UPDATE %(log)s move
               SET cause = CASE WHEN move.automatic THEN 'facts' ELSE 'hand' END,
                   days = CASE WHEN origin.id IS NOT NULL
                               THEN GREATEST(move.date - chain.before, 0) END,
                   direction = COALESCE(
                       move.direction,
                       CASE WHEN origin.id IS NULL THEN 'in'
                            WHEN target.id IS NULL THEN 'out'
                            WHEN target.rank > origin.rank THEN 'up'
                            WHEN target.rank < origin.rank THEN 'down'
                            ELSE 'same' END
                   )
              FROM (
                   SELECT id, %(from)s, %(to)s,
                          LAG(date) OVER (
                              PARTITION BY partner_id, company_id,
                                           COALESCE(merged_partner_ref, 0)
                              ORDER BY id
                          ) AS before
                     FROM %(log)s
              ) chain
              LEFT JOIN %(places)s origin ON origin.id = chain.%(from)s
              LEFT JOIN %(places)s target ON target.id = chain.%(to)s
             WHERE move.id = chain.id
               AND move.cause IS NULL
            """,
            log=SQL.identifier(f"relationship_{kind}_move"),
            places=SQL.identifier(f"relationship_{kind}"),
            **{
                "from": SQL.identifier(f"from_{kind}_id"),
                "to": SQL.identifier(f"to_{kind}_id"),
            },
        )
    )
