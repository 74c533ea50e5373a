"""Placing everybody again after a change of a stage's rule, against bare SQL."""

from datetime import date

from odoo.tools import SQL

from . import bare, forecast
from .population import TODAY
from .timing import Row, Stopwatch, ratio_row

ROUNDS = 3
BUDGET = 2
LOG = "bench_stage_move"
# The rule of one stage, there and back: customers move each time.
RULES = ("[('order_day_count', '>=', 6)]", "[('order_day_count', '>=', 3)]")
TABLES = ("relationship_profile", "relationship_stage_move", bare.TABLE, LOG)


def measure_place(world):
    """The job that places everybody, slice by slice, and the statement for the same."""
    with world.env() as env:
        forecast.put_in_force(env)
        day = date.fromisoformat(TODAY)
        env["relationship.profile"]._refresh_everybody(env.company, as_of=day)
        _put_rule(env, RULES[1])
        env.cr.commit()
    _run_job(world)
    with world.env() as env:
        bare.create_tables(env.cr)
        _create_log(env.cr)
        env.cr.commit()
    ours, theirs, moved, differing = [], [], 0, 0
    try:
        for count in range(ROUNDS):
            world.vacuum(*TABLES)
            with world.env() as env:
                _put_rule(env, RULES[count % 2])
                env.cr.commit()
            ours.append(_run_job(world))
            with world.env() as env, Stopwatch() as watch:
                moved += _place_bare(env)
                env.cr.commit()
            theirs.append(watch.seconds)
            with world.env() as env:
                differing += _count_differing(env.cr)
    finally:
        with world.env() as env:
            _put_rule(env, RULES[1])
            env.cr.commit()
        _run_job(world)
    row = ratio_row(
        "placing everybody after a change of a rule / bare SQL",
        BUDGET,
        ours,
        theirs,
        best=True,
    )
    row.detail += f", {moved // ROUNDS:,} moves"
    return [row, Row("stages that differ from bare SQL", differing, "", 0, "")]


def _create_log(cr):
    """A log made like that of the add-on, with its indexes and foreign keys: a log that
    may name stages which are gone is not the same."""
    cr.execute(f"DROP TABLE IF EXISTS {LOG}")
    cr.execute(f"CREATE TABLE {LOG} (LIKE relationship_stage_move INCLUDING ALL)")
    for table, like in (
        (LOG, "relationship_stage_move"),
        (bare.TABLE, "relationship_profile"),
    ):
        cr.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid = %s::regclass",
            [like],
        )
        for (definition,) in cr.fetchall():
            cr.execute(f"ALTER TABLE {table} ADD {definition}")


def _put_rule(env, rule):
    env.ref("crm_relationship.stage_frequent").domain = rule


def _run_job(world):
    """Run what the scheduled job does: one slice per transaction."""
    more = True
    with Stopwatch() as watch:
        while more:
            with world.env() as env:
                refresh = env["relationship.refresh"].search(
                    [("state", "=", "running"), ("kind", "=", "place")], limit=1
                )
                more = bool(refresh) and refresh._step()
                env.cr.commit()
    return watch.seconds


def _place_bare(env):
    """What a competent person would write who needs the stages and their log."""
    company = env.company
    env.cr.execute(
        SQL(
            """
            WITH moved AS (
                UPDATE %(table)s p
                   SET stage_id = placed.stage_id, stage_date = %(today)s
                  FROM (
                       SELECT id, stage_id AS from_stage_id, %(stage)s AS stage_id
                         FROM %(table)s relationship_profile
                        WHERE company_id = %(company_id)s
                  ) placed
                 WHERE p.id = placed.id
                   AND placed.stage_id IS DISTINCT FROM placed.from_stage_id
                RETURNING p.*, placed.from_stage_id
            )
            INSERT INTO %(log)s (
                partner_id, company_id, user_id, team_id, from_stage_id, to_stage_id,
                date, automatic
            )
            SELECT partner_id, company_id, user_id, team_id, from_stage_id, stage_id,
                   %(today)s, TRUE
              FROM moved
            """,
            table=SQL.identifier(bare.TABLE),
            log=SQL.identifier(LOG),
            stage=env["relationship.stage"]._get_placing_sql(company),
            company_id=company.id,
            today=company._relationship_today(),
        )
    )
    return env.cr.rowcount


def _count_differing(cr):
    cr.execute(
        f"SELECT COUNT(*) FROM relationship_profile p JOIN {bare.TABLE} b"
        " USING (partner_id, company_id)"
        " WHERE p.stage_id IS DISTINCT FROM b.stage_id"
    )
    [count] = cr.fetchone()
    return count
