"""What the parts of a refresh cost."""

import time
from contextlib import ExitStack
from importlib import import_module
from unittest.mock import patch

from odoo.tools import SQL

from .timing import Row, Stopwatch, said


class Statements:
    """Times the statements of the refresh by their kind while it is entered, and counts
    the rows that they say to have written."""

    KINDS = {
        "upsert_facts": "facts of profiles",
        "upsert_products": "product habits",
        "rescore": "scores and forecast by the new scale",
        "place": "stages and segments",
    }

    def __init__(self):
        self.seconds = dict.fromkeys(self.KINDS, 0.0)
        self.written = dict.fromkeys(self.KINDS, 0)

    def __enter__(self):
        pipeline = _addon("models.relationship_profile_pipeline")
        self._patches = ExitStack()
        made = {}
        for kind in self.KINDS:
            self._patches.enter_context(
                patch.object(
                    pipeline, kind, _noting(getattr(pipeline, kind), made, kind)
                )
            )
        run = pipeline.execute

        def timed(env, statement):
            kind = made[id(statement)]
            start = time.perf_counter()
            rows = run(env, statement)
            self.seconds[kind] += time.perf_counter() - start
            self.written[kind] += rows[0][0]
            return rows

        self._patches.enter_context(patch.object(pipeline, "execute", timed))
        return self

    def __exit__(self, *exception):
        self._patches.close()

    def rows(self, total):
        return [
            Row(
                f"part of the refresh: {name}",
                self.seconds[kind] / total,
                "x",
                None,
                f"{said(self.seconds[kind])}, {self.written[kind]:,} rows written",
            )
            for kind, name in self.KINDS.items()
        ]


def _noting(make, made, kind):
    def noting(*arguments):
        statement = make(*arguments)
        made[id(statement)] = kind
        return statement

    return noting


def measure_payments(world, as_of, total):
    """Read the payment habits on their own, slice by slice; they are a part of the
    facts.

    :param total: seconds of a whole refresh
    """
    customers = _addon("tools.customers")
    habits = _addon("models.relationship_profile_habits")
    seconds, after = 0.0, 0
    with world.env() as env:
        Profile = env["relationship.profile"]
        while after < customers.MAX_ID:
            upto, _count = Profile._get_next_slice(after)
            some = customers.Customers(after=after, upto=upto)
            query = habits.payment_habits(Profile._get_scope(env.company, some, as_of))
            with Stopwatch() as watch:
                env.cr.execute(SQL("CREATE TEMP TABLE paid AS %s", query))
            seconds += watch.seconds
            env.cr.execute("DROP TABLE paid")
            after = upto
    detail = f"{said(seconds)}, read on their own"
    return Row("part of the facts: payment habits", seconds / total, "x", None, detail)


def _addon(module):
    """A module of the add-on, which can be imported only once Odoo has started."""
    return import_module(f"odoo.addons.crm_relationship.{module}")
