"""The two databases of a bench, alike but for the add-on."""

from contextlib import closing
from dataclasses import dataclass

import psycopg2

from odoo.modules.registry import Registry

from devenv import console, history_boot

from . import parameters, population

FILLED_TABLES = (
    "res_partner",
    "sale_order",
    "sale_order_line",
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "account_payment",
    "sale_order_line_invoice_rel",
)


@dataclass
class World:
    """A database, by its registry."""

    registry: Registry

    def env(self, *, su=True):
        """Open an environment of the administrator in a transaction of its own."""
        return history_boot.admin_env(self.registry, su=su)

    def vacuum(self, *tables):
        """Do what autovacuum would do sometime, so that it does not do it now."""
        with closing(psycopg2.connect(dbname=self.registry.db_name)) as connection:
            connection.autocommit = True
            with connection.cursor() as cr:
                cr.execute(f"VACUUM (ANALYZE) {', '.join(tables)}")

    def customers(self, count):
        """Return the ids of customers with orders, spread evenly over all of them.

        Of the same population they are the same customers in every world.
        """
        with self.env() as env:
            env.cr.execute(
                """
                SELECT min(id)
                  FROM (
                       SELECT id, ntile(%s) OVER (ORDER BY id) AS part
                         FROM res_partner p
                        WHERE is_company AND customer_rank > 0
                          AND EXISTS (
                              SELECT FROM sale_order o WHERE o.partner_id = p.id
                          )
                       ) spread
                 GROUP BY part ORDER BY part
                """,
                [count],
            )
            return [row[0] for row in env.cr.fetchall()]


def populate(world, wanted):
    """Fill a world with a population, unless it is there."""
    with world.env() as env:
        if env["ir.config_parameter"].get_param(parameters.KEY) == wanted.as_text():
            return
        console.say(f"Filling {world.registry.db_name}")
        population.generate(env, wanted)
    with console.step("Vacuum"):
        with world.env() as env:
            ours = ["relationship_interaction"] if "relationship.profile" in env else []
        world.vacuum(*FILLED_TABLES, *ours)
