"""What users feel: confirming, posting, opening a form, with the add-on and without."""

import copy
import statistics
from contextlib import contextmanager
from itertools import count as counter
from types import SimpleNamespace

from odoo.fields import Command
from odoo.http import _request_stack
from odoo.tests.form import Form

from .timing import Row, Stopwatch, interleaved, queries, ratio_row

# Orders confirmed at once, and how often that is measured.
CONFIRM_REPEATS = {1: 60, 10: 20, 100: 8}
CONFIRM_BUDGET = 1.10
CONFIRM_MORE_QUERIES = 2
LINES = 3
MESSAGE_REPEATS = 100
MESSAGE_BUDGET = 1.10
FORM_REPEATS = 60
FORM_BUDGET = 1.15
CARD_QUERIES = 12
WARM_UP = 3
REFERENCE = "bench of confirming"


def measure_confirm(with_addon, without):
    """Confirm quotations, commit and what follows the commit included."""
    rows = []
    for orders, repeats in CONFIRM_REPEATS.items():
        confirms = [_Confirm(world, orders) for world in (with_addon, without)]
        ours, theirs = interleaved(repeats, *confirms, warm_up=WARM_UP)
        name = f"confirming {orders} order{'s' if orders > 1 else ''}"
        rows.append(ratio_row(name, CONFIRM_BUDGET, ours, theirs))
        ours, theirs = (confirm.committed[WARM_UP:] for confirm in confirms)
        rows.append(ratio_row(f"{name}, until the commit", None, ours, theirs))
        rows.append(_more_queries(name, *confirms))
    for world in (with_addon, without):
        _remove_orders(world)
    return rows


def _more_queries(name, with_addon, without):
    ours, theirs = map(_typical, (with_addon.counts, without.counts))
    before = _typical(with_addon.before) - _typical(without.before)
    detail = f"{ours:.0f} against {theirs:.0f}, {before:+.0f} until the commit"
    return Row(f"{name}: queries", ours - theirs, "more", CONFIRM_MORE_QUERIES, detail)


class _Confirm:
    """Makes quotations of different customers, and times their confirmation.

    Figures of each call: ``committed`` is the seconds and ``before`` the queries until
    the transaction is committed, ``counts`` the queries of what follows it too.
    """

    def __init__(self, world, orders):
        self._world = world
        self._orders = orders
        self._customers = world.customers(1000)
        self._round = counter()
        self.committed, self.before, self.counts = [], [], []

    def __call__(self):
        ids = self._draft()
        with self._world.env(su=False) as env:
            orders = env["sale.order"].browse(ids)
            with Stopwatch() as watch, queries() as count:
                # The first callback after the commit: the others come on top.
                env.cr.postcommit.add(lambda: self.committed.append(watch.so_far()))
                env.cr.postcommit.add(lambda: self.before.append(count()))
                with _request():
                    orders.action_confirm()
                    env.cr.commit()
                self.counts.append(count())
        return watch.seconds

    def _draft(self):
        first = next(self._round) * self._orders
        with self._world.env(su=False) as env:
            product = env["product.product"].search([("sale_ok", "=", True)], limit=1)
            lines = [Command.create({"product_id": product.id})] * LINES
            orders = env["sale.order"].create(
                [
                    {
                        "partner_id": self._customers[(first + n) % 1000],
                        "client_order_ref": REFERENCE,
                        "order_line": copy.deepcopy(lines),
                    }
                    for n in range(self._orders)
                ]
            )
            env.cr.commit()
            return orders.ids


@contextmanager
def _request():
    """Work as on a request: a person waits for what happens in here."""
    _request_stack.push(SimpleNamespace())
    try:
        yield
    finally:
        _request_stack.pop()


def _typical(counts):
    return statistics.median(counts[WARM_UP:])


def _remove_orders(world):
    """Leave the database as it was, for the next bench."""
    with world.env() as env:
        orders = env["sale.order"].search([("client_order_ref", "=", REFERENCE)])
        orders._action_cancel()
        orders.unlink()
        env.cr.commit()


def measure_message(with_addon, without):
    """Post a message on a customer, commit included."""

    def post(world):
        customers = iter(world.customers(MESSAGE_REPEATS + WARM_UP))

        def run():
            with world.env(su=False) as env:
                customer = env["res.partner"].browse(next(customers))
                with Stopwatch() as watch:
                    customer.message_post(
                        body="Thank you for your call.",
                        message_type="comment",
                        subtype_xmlid="mail.mt_comment",
                    )
                    env.cr.commit()
            return watch.seconds

        return run

    series = interleaved(
        MESSAGE_REPEATS, post(with_addon), post(without), warm_up=WARM_UP
    )
    return [ratio_row("posting a message", MESSAGE_BUDGET, *series)]


def measure_form(with_addon, without):
    """Read what the partner form shows, and the card that it fetches."""
    reads = [_Read(with_addon), _Read(without), _Read(with_addon, card=True)]
    ours, theirs, with_card = interleaved(FORM_REPEATS, *reads, warm_up=WARM_UP)
    card_queries = statistics.median(reads[2].counts) - statistics.median(
        reads[0].counts
    )
    return [
        ratio_row("opening the partner form", FORM_BUDGET, ours, theirs),
        ratio_row("opening the partner form, card included", None, with_card, theirs),
        Row("queries of the card", card_queries, "", CARD_QUERIES, "beside the form's"),
    ]


class _Read:
    """Times the request of the web client for the form of a customer."""

    def __init__(self, world, *, card=False):
        self._world = world
        self._card = card
        self._customers = iter(world.customers(FORM_REPEATS + WARM_UP))
        self.counts = []
        with world.env(su=False) as env:
            self._spec = _fields_of_form(env["res.partner"].browse(world.customers(1)))

    def __call__(self):
        with self._world.env(su=False) as env, queries() as count:
            partner = env["res.partner"].browse(next(self._customers))
            with Stopwatch() as watch:
                partner.with_context(bin_size=True).web_read(self._spec)
                if self._card:
                    self._read_card(env, partner.id)
            self.counts.append(count())
        return watch.seconds

    def _read_card(self, env, partner_id):
        # The card is a request of its own: nothing is in the cache.
        env.invalidate_all()
        env["res.partner"].browse(partner_id).get_relationship_card()


def _fields_of_form(record):
    """Return what the web client asks `web_read` for: the fields of the form."""
    view = Form(record)._view
    spec = view["fields_spec"]
    for name, info in view["fields"].items():
        if info["type"] in ("many2one", "many2many") and name in spec:
            spec[name]["fields"] = {"display_name": {}}
    return spec
