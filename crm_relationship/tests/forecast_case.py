from datetime import datetime, time, timedelta

import numpy as np

from odoo.tools import SQL

from .common import RelationshipCase

PARAMETERS = {"r": 0.9, "alpha": 6.0, "a": 0.7, "b": 3.5}
VALUES = {"p": 6.0, "q": 4.0, "gamma": 15.0}
CALIBRATION = {"kind": "logistic", "c0": -0.2, "c1": 0.9}


class ModelInForce:
    """For cases with a model card that nobody has fitted."""

    @classmethod
    def _put_in_force(cls, company=None, **values):
        """A model card that was not fitted."""
        company = company or cls.company
        return cls.env["relationship.value.model"].create(
            {
                "company_id": company.id,
                "date": cls.today - timedelta(3650),
                "state": "done",
                "kind": "mbg_nbd",
                "horizon_days": 90,
                "parameters": {
                    "model": PARAMETERS,
                    "value": VALUES,
                    "value_mean": 50.0,
                    "order_rate": 0.02,
                    "retention": 0.6,
                    "margin_share": None,
                    "cuts": {
                        "recency": [-300, -150, -80, -30],
                        "frequency": [2, 2, 3, 6],
                        "value": [20, 50, 120, 400],
                    },
                },
                "calibration": CALIBRATION,
                "reason_code": "model_wins",
                "reason_figures": {
                    "rule": "recency",
                    "model": "mbg_nbd",
                    "model_brier": 0.1234,
                    "rule_brier": 0.1345,
                    "calibration_error": 3.04,
                },
            }
            | values
        )


class ForecastCase(ModelInForce, RelationshipCase):
    """Customers with orders, written by statements: the models need hundreds."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Model = cls.env["relationship.value.model"]
        cls.Model.search([]).unlink()
        cls.numbers = np.random.default_rng(7)

    @classmethod
    def _create_customers(cls, count, company=None):
        company = company or cls.company
        return cls.env["res.partner"].create(
            [
                {"name": f"Customer {number}", "company_id": company.id}
                for number in range(count)
            ]
        )

    @classmethod
    def _order_on(cls, days_by_customer, amount=None, company=None):
        """Confirmed orders.

        :param days_by_customer: {partner: days ago}
        :param amount: of each; by default random ones
        """
        company = company or cls.company
        rows = [
            (
                partner.id,
                datetime.combine(cls.today - timedelta(int(day)), time(12)),
                float(amount if amount is not None else cls.numbers.gamma(6, 8)),
            )
            for partner, days in days_by_customer.items()
            for day in days
        ]
        if not rows:
            return
        columns = list(zip(*rows, strict=True))
        cls.env.flush_all()
        cls.env.cr.execute(
            SQL(
                """
                INSERT INTO sale_order (
                    name, partner_id, partner_invoice_id, partner_shipping_id,
                    company_id, currency_id, currency_rate, date_order, state,
                    amount_untaxed, amount_tax, amount_total, create_date, write_date
                )
                SELECT 'F' || ROW_NUMBER() OVER (), partner_id, partner_id, partner_id,
                       %s, %s, 1, day, 'sale', ROUND(amount::numeric, 2), 0, amount,
                       NOW(), NOW()
                  FROM UNNEST(%s::int[], %s::timestamp[], %s::float8[])
                       AS given (partner_id, day, amount)
                """,
                company.id,
                company.currency_id.id,
                *map(list, columns),
            )
        )
        cls.env.invalidate_all()

    @classmethod
    def _simulate(cls, count, years=2.0, company=None):
        """Customers who buy as MBG/NBD says, over so many years until today."""
        r, alpha, a, b = PARAMETERS.values()
        customers = cls._create_customers(count, company)
        span = int(365 * years)
        history = {}
        for partner in customers:
            first = int(cls.numbers.integers(0, span))
            rate = cls.numbers.gamma(r, 1 / alpha) / 7
            leaves = cls.numbers.beta(a, b)
            days, at = [first], float(first)
            while cls.numbers.random() > leaves:
                at -= cls.numbers.exponential(1 / max(rate, 1e-9))
                if at < 0:
                    break
                days.append(int(at))
            history[partner] = sorted(set(days))
        cls._order_on(history, company=company)
        return customers

    def _get_profiles(self, customers):
        self.env.invalidate_all()
        return self.Profile.search(
            [("partner_id", "in", customers.ids), ("company_id", "=", self.company.id)]
        )
