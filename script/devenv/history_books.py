"""Where the credit notes of a purchase history are booked, and under which numbers."""

import re


class Books:
    """The sales journal and the accounts of the company.

    False where the company cannot book a credit note: it has no chart of accounts, or
    only journals that are sealed or in another currency.
    """

    def __init__(self, env):
        self._env = env
        company = env.company
        journals = env["account.journal"]
        self.journal = journals.search(
            [
                *journals._check_company_domain(company),
                ("type", "=", "sale"),
                ("restrict_mode_hash_table", "=", False),
                ("currency_id", "in", [False, company.currency_id.id]),
                ("default_account_id", "!=", False),
            ],
            limit=1,
        )
        accounts = env["account.account"]
        self._receivable = accounts.search(
            [
                *accounts._check_company_domain(company),
                ("account_type", "=", "asset_receivable"),
            ],
            limit=1,
        )

    def __bool__(self):
        return bool(self.journal and self._receivable)

    def receivables(self, partner_ids):
        """Yield (partner id, account id) of what each customer owes."""
        own = self._env.company.partner_id.property_account_receivable_id
        for partner in self._env["res.partner"].browse(partner_ids):
            account = partner.commercial_partner_id.property_account_receivable_id
            yield partner.id, (account or own or self._receivable).id

    def incomes(self, product_ids):
        """Yield (product id, account id) of what is earned with each product."""
        for product in self._env["product.product"].browse(product_ids):
            account = product.product_tmpl_id.get_product_accounts()["income"]
            yield product.id, (account or self.journal.default_account_id).id

    def number(self, days):
        """Return (accounting date, name, prefix, number) for each day, in their order.

        The numbers go on after the last that is in the database, in the form that the
        accountants have given it. In a period that they have closed, the accounting
        date is the one that Odoo would choose.
        """
        return list(_Numbers(self._env, self.journal).draw(days))


class _Numbers:
    """Numbers of credit notes, counted here as long as none of them is written."""

    def __init__(self, env, journal):
        self._moves = env["account.move"]
        self._values = {
            "move_type": "out_refund",
            "company_id": env.company.id,
            "journal_id": journal.id,
        }
        self._last = {}

    def draw(self, days):
        """Yield what `Books.number` returns."""
        periods = {}
        for day in days:
            if day not in periods:
                periods[day] = self._period(day)
            date, form, values = periods[day]
            name = form.format(**values)
            prefix = self._parts(name)["prefix1"]
            if prefix not in self._last:
                self._last[prefix] = max(values["seq"], self._written(prefix))
            self._last[prefix] += 1
            name = form.format(**values | {"seq": self._last[prefix]})
            parts = self._parts(name)
            yield date, name, parts["prefix1"], int(parts["seq"])

    def _parts(self, name):
        return re.match(self._moves._sequence_fixed_regex, name)

    def _written(self, prefix):
        """Return the highest number: Odoo may propose one that is taken, where notes of
        one period are named in two forms."""
        cr = self._moves.env.cr
        cr.execute(
            "SELECT COALESCE(MAX(sequence_number), 0) FROM account_move"
            " WHERE journal_id = %s AND sequence_prefix = %s",
            [self._values["journal_id"], prefix],
        )
        return cr.fetchone()[0]

    def _period(self, day):
        note = self._moves.new({**self._values, "invoice_date": day, "date": day})
        closed = note._get_violated_lock_dates(day, False)
        if closed:
            note.date = note._get_accounting_date(day, False, closed)
        return note.date, *note._get_next_sequence_format()
