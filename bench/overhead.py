"""What users feel: confirming, posting, opening a form, with the add-on and without."""

import statistics
from contextlib import contextmanager
from itertools import count as counter
from types import SimpleNamespace

from odoo.fields import Command, Date
from odoo.http import _request_stack
from odoo.tests.form import Form

from .timing import Row, Stopwatch, interleaved, queries, ratio_row

# Orders confirmed or invoices posted at once, and how often that is measured.
CONFIRM_REPEATS = {1: 60, 10: 20, 100: 8}
POST_REPEATS = {1: 40, 10: 12}
DOCUMENT_BUDGET = 1.10
DOCUMENT_MORE_QUERIES = 2
LINES = 3
MESSAGE_REPEATS = 100
MESSAGE_BUDGET = 1.10
FORM_REPEATS = 60
FORM_BUDGET = 1.15
CARD_QUERIES = 12
WARM_UP = 3
REFERENCE = "made by the bench"


def measure_confirm(with_addon, without):
    """Confirm quotations, commit and what follows the commit included."""
    rows = _measure_documents(
        _Confirm, "confirming", "order", CONFIRM_REPEATS, with_addon, without
    )
    for world in (with_addon, without):
        _remove_orders(world)
    return rows


def measure_invoice(with_addon, without):
    """Post invoices, commit and what follows the commit included."""
    rows = _measure_documents(
        _Post, "posting", "invoice", POST_REPEATS, with_addon, without
    )
    for world in (with_addon, without):
        _remove_invoices(world)
    return rows


def _measure_documents(kind, verb, noun, repeats_by_number, with_addon, without):
    rows = []
    for number, repeats in repeats_by_number.items():
        runs = [kind(world, number) for world in (with_addon, without)]
        ours, theirs = interleaved(repeats, *runs, warm_up=WARM_UP)
        name = f"{verb} {number} {noun}{'s' if number > 1 else ''}"
        rows.append(ratio_row(name, DOCUMENT_BUDGET, ours, theirs))
        ours, theirs = (run.committed[WARM_UP:] for run in runs)
        rows.append(ratio_row(f"{name}, until the commit", None, ours, theirs))
        rows.append(_more_queries(name, *runs))
    return rows


def _more_queries(name, with_addon, without):
    ours, theirs = map(_typical, (with_addon.counts, without.counts))
    before = _typical(with_addon.before) - _typical(without.before)
    detail = f"{ours:.0f} against {theirs:.0f}, {before:+.0f} until the commit"
    return Row(f"{name}: queries", ours - theirs, "more", DOCUMENT_MORE_QUERIES, detail)


class _Documents:
    """Makes documents of different customers, and times what is done to them.

    Figures of each call: ``committed`` is the seconds and ``before`` the queries until
    the transaction is committed, ``counts`` the queries of what follows it too.
    """

    model = None
    action = None

    def __init__(self, world, number):
        self._world = world
        self._number = number
        self._customers = world.customers(1000)
        self._round = counter()
        self.committed, self.before, self.counts = [], [], []

    def __call__(self):
        ids = self._draft()
        with self._world.env(su=False) as env:
            documents = env[self.model].browse(ids)
            with Stopwatch() as watch, queries() as count:
                # The first callback after the commit: the others come on top.
                env.cr.postcommit.add(lambda: self.committed.append(watch.so_far()))
                env.cr.postcommit.add(lambda: self.before.append(count()))
                with _request():
                    getattr(documents, self.action)()
                    env.cr.commit()
                self.counts.append(count())
        return watch.seconds

    def _draft(self):
        first = next(self._round) * self._number
        with self._world.env(su=False) as env:
            product = env["product.product"].search([("sale_ok", "=", True)], limit=1)
            documents = env[self.model].create(
                [
                    self._values(self._customers[(first + n) % 1000], product)
                    for n in range(self._number)
                ]
            )
            env.cr.commit()
            return documents.ids

    def _values(self, partner_id, product):
        raise NotImplementedError


class _Confirm(_Documents):
    model = "sale.order"
    action = "action_confirm"

    def _values(self, partner_id, product):
        line = {"product_id": product.id}
        return {
            "partner_id": partner_id,
            "client_order_ref": REFERENCE,
            "order_line": [Command.create(dict(line)) for _n in range(LINES)],
        }


class _Post(_Documents):
    model = "account.move"
    action = "action_post"

    def _values(self, partner_id, product):
        line = {"product_id": product.id, "tax_ids": False}
        return {
            "move_type": "out_invoice",
            "partner_id": partner_id,
            "ref": REFERENCE,
            "invoice_date": Date.today(),
            "invoice_line_ids": [Command.create(dict(line)) for _n in range(LINES)],
        }


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


def _remove_invoices(world):
    with world.env() as env:
        invoices = env["account.move"].search([("ref", "=", REFERENCE)])
        invoices.button_draft()
        invoices.with_context(force_delete=True).unlink()
        env.cr.commit()


def measure_message(with_addon, without):
    """Post a message on a customer in a request, commit included."""

    def post(world):
        customers = iter(world.customers(MESSAGE_REPEATS + WARM_UP))

        def run():
            with world.env(su=False) as env:
                customer = env["res.partner"].browse(next(customers))
                with Stopwatch() as watch, _request():
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
