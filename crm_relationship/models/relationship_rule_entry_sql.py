"""Who entered which stage when, by the log of moves, in SQL."""

from odoo.tools import SQL

from .relationship_stage_move_sql import is_own


def standing_entries(stage_ids, since, as_of) -> SQL:
    """The entries of customers into stages that hold as of a day: one row per customer,
    company, stage and day, named by its first move.

    Several entries into a stage on one day are one, so that it does not matter how
    often it is looked at. A move that was taken back by then is no entry, nor is the
    move that takes the customer back to where it was: the stay there goes on. Of
    customers that were merged into one, see `is_own`.

    :param stage_ids: the stages entered
    :param since: day of the earliest entries; None: no limit
    :return: partner_id, company_id, stage_id, date, move_id, and ``by_customer``:
        whether something else made the customer move than a change of the rules
    """
    return SQL(
        """
        SELECT move.partner_id,
               move.company_id,
               move.to_stage_id AS stage_id,
               move.date,
               MIN(move.id) AS move_id,
               BOOL_OR(move.cause IS DISTINCT FROM 'rules') AS by_customer
          FROM relationship_stage_move move
          LEFT JOIN relationship_stage_move undone ON undone.id = move.undo_of_id
         WHERE move.to_stage_id = ANY(%(stage_ids)s)
           AND %(is_own)s
           AND move.date <= %(as_of)s
           AND %(is_since)s
           AND (
               undone.id IS NULL OR move.to_stage_id IS DISTINCT FROM
               undone.from_stage_id
           )
         GROUP BY 1, 2, 3, 4
        HAVING BOOL_OR(
                   NOT EXISTS (
                       SELECT FROM relationship_stage_move undoing
                        WHERE undoing.undo_of_id = move.id
                          AND undoing.date <= %(as_of)s
                   )
               )
        """,
        stage_ids=list(stage_ids),
        as_of=as_of,
        is_own=is_own("move"),
        is_since=SQL("move.date >= %s", since) if since else SQL("TRUE"),
    )


def latest_entries(stage_ids, since, as_of, with_rule_changes) -> SQL:
    """Of each customer's entries into each stage the latest, as `standing_entries`:
    where the customer is in the stage, its stay began with it.

    :param with_rule_changes: also customers whom only a change of the rules moved
    """
    return SQL(
        """
        (
            SELECT *
              FROM (
                   SELECT DISTINCT ON (partner_id, company_id, stage_id) *
                     FROM (%s) standing
                    ORDER BY partner_id, company_id, stage_id, date DESC
              ) latest
             WHERE %s
        )
        """,
        standing_entries(stage_ids, since, as_of),
        SQL("TRUE") if with_rule_changes else SQL("by_customer"),
    )


def keep_stay(profile, merged_ids, as_of) -> SQL:
    """Statement: what rules did when merged customers last entered the stage in which
    they were, which is the survivor's, too, gets the key of the survivor's entry.

    Of several touches of a rule the oldest gets the key; all rows stay.

    :param profile: the survivor's
    :param merged_ids: the customers merged into it
    """
    return SQL(
        """
        WITH stay AS (
            SELECT merged_partner_ref
              FROM relationship_stage_move
             WHERE partner_id = %(partner_id)s
               AND company_id = %(company_id)s
               AND merged_partner_ref = ANY(%(merged_ids)s)
             GROUP BY merged_partner_ref
            HAVING (ARRAY_AGG(to_stage_id ORDER BY id DESC))[1] = %(stage_id)s
        ),
        began AS (
            SELECT move.id,
                   move.date = MAX(move.date) OVER (
                       PARTITION BY move.merged_partner_ref
                   ) AS is_latest
              FROM stay
              JOIN relationship_stage_move move
                ON move.merged_partner_ref = stay.merged_partner_ref
             WHERE move.partner_id = %(partner_id)s
               AND move.company_id = %(company_id)s
               AND move.to_stage_id = %(stage_id)s
               AND move.undo_of_id IS NULL
        )
        UPDATE relationship_touch touch
           SET dedup_key = kept.key
          FROM (
               SELECT DISTINCT ON (handled.rule_id)
                      handled.id,
                      CONCAT_WS(
                          '|', handled.rule_id, handled.company_id, handled.partner_id,
                          entry.move_id
                      ) AS key
                 FROM began
                 JOIN relationship_touch handled
                   ON handled.partner_id = %(partner_id)s
                  AND handled.company_id = %(company_id)s
                  AND SPLIT_PART(handled.dedup_key, '|', 4) = began.id::text
                 JOIN %(entries)s entry
                   ON entry.partner_id = handled.partner_id
                  AND entry.company_id = handled.company_id
                WHERE began.is_latest
                  AND entry.partner_id = %(partner_id)s
                  AND handled.is_released IS NOT TRUE
                ORDER BY handled.rule_id, handled.id
          ) kept
         WHERE touch.id = kept.id
           AND NOT EXISTS (
               SELECT FROM relationship_touch other WHERE other.dedup_key = kept.key
           )
        """,
        partner_id=profile.partner_id.id,
        company_id=profile.company_id.id,
        stage_id=profile.stage_id.id,
        merged_ids=list(merged_ids),
        entries=latest_entries(
            profile.stage_id.ids, None, as_of, with_rule_changes=True
        ),
    )
