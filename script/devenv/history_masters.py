"""Customers and products of a purchase history: found again, or made by the ORM."""

from collections import Counter

from odoo.tools import split_every

from . import history_countries
from .history_orders import QUIET
from .history_progress import progress

BATCH = 500


class Masters:
    """Records by their code in the file: ``ids`` of those there are, ``missing``."""

    title = table = ""
    columns = ()

    def __init__(self, records, found, codes):
        self._records = records.with_context(**QUIET)
        self.ids = found
        self.missing = [code for code in codes if code not in found]

    def create_missing(self):
        """Create what is missing, a batch in each transaction."""
        with progress(self.title, len(self.missing)) as bar:
            for codes in split_every(BATCH, self.missing, list):
                records = self._records.create([self._values(code) for code in codes])
                self._records.env.cr.commit()
                self.ids.update(zip(codes, records.ids, strict=True))
                bar.advance(len(codes))

    def one(self):
        """Return any of the records."""
        return self._records.browse(next(iter(self.ids.values())))

    def rows(self):
        """Yield the rows of the staging table ``table``."""
        records = self._records.browse(self.ids.values())
        for code, record in zip(self.ids, records, strict=True):
            yield code, *self._row(record)

    def _values(self, code):
        raise NotImplementedError

    def _row(self, record):
        raise NotImplementedError


class Customers(Masters):
    """Partners by ``ref``; those that are missing become companies of that ref."""

    title = "Create customers"
    table = "history_customer"
    columns = ("code", "partner_id", "invoice_id", "shipping_id")

    def __init__(self, env, countries):
        """:param countries: {customer: country as the file writes it, or ''}"""
        self._countries = countries
        self._country_id = _country_matcher(env)
        found = _found(
            env.cr,
            """
            SELECT DISTINCT ON (ref) ref, id FROM res_partner
             WHERE ref = ANY(%s) AND (company_id IS NULL OR company_id = %s)
             ORDER BY ref, active DESC, parent_id IS NOT NULL, id
            """,
            [list(countries), env.company.id],
        )
        super().__init__(env["res.partner"], found, countries)

    def unknown_countries(self):
        """Count the customers to create by country, where it is none to Odoo."""
        texts = (self._countries[code] for code in self.missing)
        return Counter(text for text in texts if text and not self._country_id(text))

    def _values(self, code):
        return {
            "name": f"Customer {code}",
            "ref": code,
            "is_company": True,
            "customer_rank": 1,
            "country_id": self._country_id(self._countries[code]),
        }

    def _row(self, record):
        addresses = record.address_get(["invoice", "delivery"])
        return record.id, addresses["invoice"], addresses["delivery"]


class Products(Masters):
    """Products by ``default_code``; those that are missing become goods."""

    title = "Create products"
    table = "history_product"
    columns = ("code", "product_id", "uom_id", "description", "invoice_policy")

    def __init__(self, env, prices):
        """:param prices: {code: latest price in the file}"""
        self._prices = prices
        found = _found(
            env.cr,
            """
            SELECT DISTINCT ON (p.default_code) p.default_code, p.id
              FROM product_product p
              JOIN product_template t ON t.id = p.product_tmpl_id
             WHERE p.default_code = ANY(%s)
               AND (t.company_id IS NULL OR t.company_id = %s)
             ORDER BY p.default_code, p.active DESC, p.id
            """,
            [list(prices), env.company.id],
        )
        super().__init__(env["product.product"], found, prices)

    def _values(self, code):
        return {
            "name": f"Product {code}",
            "default_code": code,
            "type": "consu",
            "list_price": float(self._prices[code]),
        }

    def _row(self, record):
        return (
            record.id,
            record.uom_id.id,
            record.get_product_multiline_description_sale(),
            record.invoice_policy,
        )


def _found(cr, query, parameters):
    cr.execute(query, parameters)
    return dict(cr.fetchall())


def _country_matcher(env):
    countries = (
        env["res.country"].with_context(lang="en_US").search_fetch([], ["code", "name"])
    )
    return history_countries.matcher(
        {country.code: country.id for country in countries if country.code},
        {country.name: country.code for country in countries},
    )
