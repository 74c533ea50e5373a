"""Contacts with customers, as many as there are orders. Only in a database with the
add-on."""

from odoo.tools import SQL

from devenv import history_insert
from devenv.history_progress import progress

from .population_sql import trust_foreign_keys

SLICE = 20_000
CHANNELS = ("phone", "email", "whatsapp", "meeting", "counter")
# Contact j of a customer falls on any day of the three years.
_SOURCE = """
    bench_customer c
    CROSS JOIN LATERAL generate_series(1, greatest(c.orders, 1)) j
    CROSS JOIN LATERAL (SELECT c.n * 1000003 + j AS key) numbered
    WHERE c.n > %s AND c.n <= %s ORDER BY c.n
"""


def insert(env, values):
    """Write the contacts; commits.

    :param values: those that the population was drawn with
    """
    cr = env.cr
    history_insert.keep_samples(env, _samples)
    channels = [env.ref(f"crm_relationship.channel_{code}").id for code in CHANNELS]
    columns = {
        "partner_id": SQL("coalesce(c.contact_id, c.id)"),
        "customer_id": SQL("c.id"),
        "user_id": SQL("c.user_id"),
        "date": SQL(
            "%s::date - %s + floor(%s * pg_temp.draw(key, 61))::int"
            " + interval '8 hours'"
            " + floor(pg_temp.draw(key, 62) * 36000) * interval '1 second'",
            values["today"],
            values["days"],
            values["days"],
        ),
        "channel_id": SQL(
            "(%s::int[])[1 + floor(%s * pg_temp.draw(key, 63))::int]",
            channels,
            len(channels),
        ),
        "direction": SQL(
            "CASE WHEN pg_temp.draw(key, 64) < 0.4 THEN 'in'"
            " WHEN pg_temp.draw(key, 64) < 0.95 THEN 'out' ELSE 'both' END"
        ),
        "outcome": SQL("CASE WHEN pg_temp.draw(key, 65) < 0.1 THEN 'no_answer' END"),
        "rating": SQL(
            "CASE WHEN pg_temp.draw(key, 66) < 0.02"
            " THEN 1 + floor(5 * pg_temp.draw(key, 67)) ELSE 0 END"
        ),
    }
    with progress("Write contacts", values["customers"]) as bar:
        for start in range(0, values["customers"], SLICE):
            trust_foreign_keys(cr)
            history_insert.insert_like_sample(
                cr,
                "relationship_interaction",
                columns,
                SQL(_SOURCE, start, start + SLICE),
            )
            cr.commit()
            bar.advance(min(SLICE, values["customers"] - start))


def _samples(env):
    partner = env["res.partner"].search([("is_company", "=", True)], limit=1)
    return [
        env["relationship.interaction"].create(
            {
                "partner_id": partner.id,
                "channel_id": env.ref("crm_relationship.channel_phone").id,
                "subject": "Sample",
            }
        )
    ]
