"""Retention rules: who is due, and the activities for them."""

from odoo.fields import Date

from . import bare
from .timing import Row, Stopwatch, interleaved, ratio_row

EVALUATE_REPEATS = 5
EVALUATE_BUDGET = 2.0
RULES_REPEATS = 3
ACTIVITIES = 10_000
ACTIVITY_REPEATS = 3
ACTIVITY_BUDGET = 1.2


def measure_rule(world):
    """Evaluate the rule of the own rhythm, and fetch the same rows by bare SQL.

    As of today, from the profiles: of another day, the add-on computes them first.
    """
    due = []

    def ours():
        with world.env() as env:
            rule = _rule(env)
            with Stopwatch() as watch:
                plan = rule.evaluate(companies=env.company)
        due.append(len(plan.items))
        return watch.seconds

    def theirs():
        with world.env() as env:
            rule, as_of = _rule(env), env.company._relationship_today()
            with Stopwatch() as watch:
                rows = bare.due_customers(env.cr, rule, env.company, as_of)
        due.append(len(rows))
        return watch.seconds

    series = interleaved(EVALUATE_REPEATS, ours, theirs, warm_up=1)
    row = ratio_row("evaluating a rule / bare SQL", EVALUATE_BUDGET, *series)
    row.detail += f", {due[0]:,} customers due"
    differing = Row(
        "customers due that differ from bare SQL", due[0] - due[1], "", 0, "in number"
    )
    return [row, differing]


def measure_rules(world):
    """Evaluate fifty rules of five triggers, and fetch the same rows by bare SQL."""
    due = []

    def ours():
        with world.env() as env:
            rules = env["relationship.rule"].create(
                [{"name": "Bench", "daily_capacity": 0} | vals for vals, *_ in _kinds()]
            )
            env.flush_all()
            with Stopwatch() as watch:
                found = sum(
                    len(rule.evaluate(companies=env.company).items) for rule in rules
                )
            due.append(found)
            env.cr.rollback()
        return watch.seconds

    def theirs():
        with world.env() as env:
            company, as_of = env.company, env.company._relationship_today()
            with Stopwatch() as watch:
                found = sum(
                    len(bare.found_customers(env.cr, 0, company, as_of, *bare_rule))
                    for _vals, *bare_rule in _kinds()
                )
            due.append(found)
        return watch.seconds

    series = interleaved(RULES_REPEATS, ours, theirs)
    row = ratio_row("evaluating 50 rules / bare SQL", EVALUATE_BUDGET, *series)
    row.detail += f", {due[0]:,} occurrences"
    differing = Row(
        "occurrences that differ from bare SQL", due[0] - due[1], "", 0, "in number"
    )
    return [row, differing]


def _kinds():
    """Fifty rules: values of the rule; key, condition and its values for bare SQL."""
    quiet = "%(as_of)s - p.last_order_date"
    for number in range(10):
        factor, days = 2 + number / 2, 30 + 10 * number
        yield (
            {"trigger": "rhythm", "rhythm_factor": factor},
            "p.last_order_date::text",
            f"p.order_day_count >= 3 AND {quiet} >= 7"
            f" AND {quiet} >= %(factor)s * p.interval_median",
            {"factor": factor},
        )
        yield (
            {"trigger": "rhythm", "domain": f"[('order_count', '>', {number})]"},
            "p.last_order_date::text",
            f"p.order_day_count >= 3 AND {quiet} >= 7 AND p.order_count > %(number)s"
            f" AND {quiet} >= 2 * p.interval_median",
            {"number": number},
        )
        yield (
            {"trigger": "after_order", "trigger_days": days, "late_days": 14},
            "'first'",
            "p.first_order_date + %(days)s BETWEEN %(as_of)s - 14 AND %(as_of)s",
            {"days": days},
        )
        yield (
            {
                "trigger": "domain",
                "trigger_domain": f"[('revenue', '<', {1000 * number + 100})]",
            },
            "%(as_of)s::text",
            "p.revenue < %(limit)s",
            {"limit": 1000 * number + 100},
        )
        yield (
            {"trigger": "probability", "probability_limit": 0.05 * (number + 1)},
            "p.last_order_date::text",
            f"p.buy_probability < %(limit)s AND {quiet} >= 7",
            {"limit": 0.05 * (number + 1)},
        )


def measure_activities(world):
    """Schedule activities by a rule, and the same number in one batch; undone."""
    counts = []

    def by_rule():
        with world.env() as env:
            rule = _rule(env)
            rule.write({"daily_capacity": 0, "contact_days": 0, "cooldown_days": 0})
            env.company.write(  # whichever day it is
                {"relationship_quiet_days": False, "relationship_touch_cap": 0}
            )
            plan = rule.evaluate(companies=env.company)
            plan.items = plan.to_treat[:ACTIVITIES]
            with Stopwatch() as watch:
                done = rule.apply(plan)
            counts.append(done["treated"])
            env.cr.rollback()
        return watch.seconds

    def in_one_batch():
        with world.env() as env:
            partners = env["res.partner"].browse(world.customers(counts[-1]))
            partners = partners.with_context(mail_activity_quick_update=True)
            with Stopwatch() as watch:
                partners.activity_schedule(
                    "mail.mail_activity_data_call",
                    date_deadline=Date.today(),
                    summary="Call the customer",
                    note="<p>Last order 100 days ago; usually every 40 days.</p>",
                    user_id=env.uid,
                )
                env.flush_all()
            env.cr.rollback()
        return watch.seconds

    series = interleaved(ACTIVITY_REPEATS, by_rule, in_one_batch)
    name = f"{counts[0]:,} activities by a rule / in one batch"
    return [ratio_row(name, ACTIVITY_BUDGET, *series, best=True)]


def _rule(env):
    return env["relationship.rule"].search([("trigger", "=", "rhythm")], limit=1)
