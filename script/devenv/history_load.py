"""Load a purchase history into a database; runs inside Odoo.

Everything is committed in batches, and what is there already is recognised: customers
and products by their codes, orders and credit notes by customer and invoice. So a load
that was killed goes on where it stopped.
"""

import argparse
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from . import (
    console,
    history_books,
    history_boot,
    history_credits,
    history_file,
    history_lines,
    history_masters,
    history_orders,
    history_report,
    history_stage,
)
from .history_progress import progress

# Key of the advisory lock that keeps two loads of one database apart.
LOCK_KEY = 0x6C6F6164
TURN_PAUSE = 1


class Load:
    """One load of one file; ``figures`` says what it has done so far."""

    def __init__(self, env, path, rejects_path):
        self.env = env
        self.figures = history_report.Figures()
        self._path = path
        self._rejects_path = rejects_path
        self._books = history_books.Books(env)
        self._countries = {}
        self._prices = {}
        self._quantity_digits = env["decimal.precision"].precision_get("Product Unit")

    def run(self):
        """Read the whole file, write what is new in it, refresh the profiles, number
        the orders."""
        self._wait_for_other_loads()
        history_stage.create_tables(self.env.cr)
        self._read()
        if self._countries:
            self._write()
        self._refresh()

    def _wait_for_other_loads(self):
        cr = self.env.cr
        cr.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
        if not cr.fetchone()[0]:
            with console.step("Wait for another load of this database"):
                cr.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        # What the other load has written, only the next transaction can see.
        cr.commit()

    def _read(self):
        """Stage the lines to load. Nothing is written before the file is read."""
        known = history_stage.invoices_loaded(self.env)
        with history_file.opened(self._path) as history:
            zone = ZoneInfo(self.env.company._relationship_tz())
            screen = history_lines.Screen(
                history.header, history.places, zone, known, bool(self._books)
            )
            with (
                history_lines.Rejects(self._rejects_path, history.header) as rejects,
                progress(f"Read {history.name}", 1) as bar,
            ):
                self.figures.reasons = rejects.counts
                lines = self._accepted(_reported(history, bar), screen, rejects)
                history_stage.copy_lines(self.env.cr, self._new(lines, known))

    def _accepted(self, rows, screen, rejects):
        for number, row in rows:
            self.figures.lines_read += 1
            try:
                yield number, screen.judge(row)
            except history_lines.Refused as refused:
                rejects.add(number, row, str(refused))

    def _new(self, lines, known):
        for number, line in lines:
            if line.invoice in known:
                self.figures.lines_known += 1
                figures = self.figures
                kind = figures.credits_known if line.is_credit else figures.orders_known
                kind.add(line.invoice)
            else:
                country = self._countries.get(line.customer) or line.country
                self._countries[line.customer] = country
                self._note_price(line)
                yield number, line

    def _note_price(self, line):
        """A product has its latest price; what was taken back may be of long ago."""
        if line.is_credit:
            self._prices.setdefault(line.product, line.price)
        else:
            self._prices[line.product] = line.price

    def _write(self):
        customers = history_masters.Customers(self.env, self._countries)
        products = history_masters.Products(self.env, self._prices)
        figures = self.figures
        figures.customers = len(self._countries)
        figures.customers_new = len(customers.missing)
        figures.products = len(self._prices)
        figures.products_new = len(products.missing)
        figures.unknown_countries = customers.unknown_countries()
        for masters in (customers, products):
            masters.create_missing()
            history_stage.copy_rows(
                self.env.cr, masters.table, masters.columns, masters.rows()
            )
        self._write_orders(customers.one(), products.one())
        self._write_credits(customers.one(), products.one())

    def _write_orders(self, partner, product):
        digits = self.env.company.currency_id.decimal_places
        batches = history_stage.group_by_invoice(self.env.cr, digits)
        if batches:
            history_orders.keep_samples(self.env, partner, product)
        self.figures.orders_loaded = self._write_batches(
            "Load order lines",
            batches,
            lambda batch: history_stage.write_batch(
                self.env, batch, self._quantity_digits
            ),
        )

    def _write_credits(self, partner, product):
        batches = history_credits.group_by_invoice(self.env, self._books)
        if batches:
            history_credits.keep_samples(self.env, self._books, partner, product)
        self.figures.credits_loaded = self._write_batches(
            "Load credit note lines",
            batches,
            lambda batch: history_credits.write_batch(
                self.env, self._books, batch, self._quantity_digits
            ),
        )

    def _write_batches(self, title, batches, write):
        """Write and commit batch by batch; return the number of documents."""
        total = sum(lines for _batch, _documents, lines in batches)
        written = analyzed = 0
        with progress(title, total) as bar:
            for batch, documents, lines in batches:
                if written >= 2 * analyzed:
                    analyzed = written or 1
                    history_stage.analyze(self.env.cr)
                write(batch)
                self.env.cr.commit()
                written += documents
                self.figures.lines_loaded += lines
                bar.advance(lines)
        return written

    def _refresh(self):
        self.env.invalidate_all()
        history_stage.analyze(self.env.cr)
        self.env.cr.commit()
        profiles = self.env["relationship.profile"]
        with console.step("Refresh the customer profiles"):
            # A running server may be refreshing them too.
            while not profiles._try_turn(self.env.company):
                self.env.cr.rollback()
                time.sleep(TURN_PAUSE)
            profiles._refresh_everybody(self.env.company)
            self.env.cr.commit()
        with console.step("Number the orders of each customer"):
            # Unless a history that is waiting will do it.
            self.env["relationship.order.history"]._cron_number()


def _reported(history, bar):
    for number, row in history.rows():
        bar.reach(history.share_read)
        yield number, row


@console.command
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("database")
    parser.add_argument("rejects", type=Path)
    options = parser.parse_args()
    started = time.monotonic()
    with history_boot.admin_env(history_boot.registry(options.database)) as env:
        load = Load(env, options.file, options.rejects)
        load.run()
    seconds = time.monotonic() - started
    print(history_report.table(load.figures, options.rejects, seconds))


if __name__ == "__main__":
    main()
