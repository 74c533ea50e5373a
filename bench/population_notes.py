"""What employees have noted of customers, as far as the refresh reads it: key dates and
consents. Only in a database with the add-on."""

from odoo.tools import SQL

from devenv import history_insert

# One customer of five has a key date, one of four has been asked for consent.
_DATES = "bench_customer c WHERE pg_temp.draw(c.n, 51) < 0.2 ORDER BY c.n"
_CONSENTS = "bench_customer c WHERE pg_temp.draw(c.n, 52) < 0.25 ORDER BY c.n"


def insert(env):
    """Write the notes; commits."""
    cr = env.cr
    history_insert.keep_samples(env, _samples)
    _insert_dates(cr)
    consents = {
        "partner_id": SQL("coalesce(c.contact_id, c.id)"),
        "state": SQL(
            "CASE WHEN pg_temp.draw(c.n, 53) < 0.7 THEN 'granted' ELSE 'declined' END"
        ),
    }
    history_insert.insert_like_sample(
        cr, "relationship_consent", consents, SQL(_CONSENTS)
    )
    cr.commit()


def _insert_dates(cr):
    month = "1 + floor(12 * pg_temp.draw(c.n, 54))::int"
    day = "1 + floor(28 * pg_temp.draw(c.n, 55))::int"
    coming = f"make_date(extract(year FROM now())::int + 1, {month}, {day})"
    values = {
        "partner_id": SQL("coalesce(c.contact_id, c.id)"),
        "month": SQL(f"lpad(({month})::text, 2, '0')"),
        "day": SQL(day),
        "next_date": SQL(coming),
        "alert_date": SQL(f"{coming} - 7"),
    }
    history_insert.insert_like_sample(cr, "relationship_key_date", values, SQL(_DATES))


def _samples(env):
    partner = env["res.partner"].search([("is_company", "=", True)], limit=1)
    return [
        env["relationship.key.date"].create(
            {"partner_id": partner.id, "name": "Sample", "month": "01", "day": 1}
        ),
        env["relationship.consent"].create(
            {
                "partner_id": partner.id,
                "channel_id": env["relationship.channel"].search([], limit=1).id,
                "purpose": "offers",
                "state": "granted",
            }
        ),
    ]
