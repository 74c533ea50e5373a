from itertools import product

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

SCORES = range(1, 6)
# Points of the curve of revenue, whatever the number of customers.
PARETO_POINTS = 100


class RelationshipProfileReport(models.AbstractModel):
    """Where the customers and their revenue are: the RFV grid and the Pareto curve. A
    part of ``relationship.profile``.

    Both count the current company's customers that the user may see, and give a bounded
    number of rows: the database does the sums.
    """

    _name = "relationship.profile.report"
    _description = "Grid and Curve of Customer Value"

    @api.model
    @api.readonly
    def get_rfv_grid(self, domain=None, before=None) -> dict:
        """Count customers and their recent revenue by the scores.

        :param domain: which profiles to count
        :param before: (sequence, id) of a segment, or (sequence, False) for a new one:
            leave out whoever an earlier segment takes by its condition
        :return: ``cells`` with customers, each with ``r`` (recency), ``fv`` (frequency
            and value), ``count`` and ``revenue`` in company currency; ``count`` and
            ``revenue`` of all cells; ``customers``, with or without scores;
            ``segments`` in their order; ``owners``, for each of the 25 cells [r, fv,
            id of the first segment that has painted it, else of the fallback]
        :raise AccessError: the user may not read profiles
        """
        domain = self._get_report_domain(domain)
        segments = self._get_grid_segments()
        if before is not None:
            domain &= self._get_left_domain(self._get_earlier_segments(before))
        owners = self._get_cell_owners(segments)
        rows = self._read_group(
            domain & Domain("recency_score", ">", 0) & Domain("fv_score", ">", 0),
            ["recency_score", "fv_score"],
            ["__count", "revenue_recent:sum"],
        )
        return {
            "cells": [
                {
                    "r": r,
                    "fv": fv,
                    "count": count,
                    "revenue": revenue or 0.0,
                }
                for r, fv, count, revenue in rows
            ],
            "count": sum(row[2] for row in rows),
            "revenue": sum(row[3] or 0.0 for row in rows),
            "customers": self.search_count(domain),
            "currency_id": self.env.company.currency_id.id,
            "segments": [
                {
                    "id": segment.id,
                    "name": segment.name,
                    "color": segment.color,
                    "sequence": segment.sequence,
                    "mode": segment.mode,
                    "cells": self._get_painted_cells(segment),
                }
                for segment in segments
            ],
            "owners": [[*scores, segment_id] for scores, segment_id in owners.items()],
            "may_refresh": self._may_request_refresh(),
        }

    @api.model
    @api.readonly
    def get_pareto(self, domain=None) -> dict:
        """Say how much of the recent revenue comes from how many customers.

        :param domain: which profiles to count
        :return: ``points`` [share of customers, share of revenue, ABC class], best
            customers first, at most a hundred; ``classes`` with ``abc_class``,
            ``count`` and ``revenue`` in company currency; ``count`` and ``revenue`` of
            customers with recent revenue; ``customers``, with or without
        :raise AccessError: the user may not read profiles
        """
        domain = self._get_report_domain(domain)
        points = self._get_pareto_points(domain & Domain("revenue_recent", ">", 0))
        classes = self._read_group(
            domain & Domain("abc_class", "!=", False),
            ["abc_class"],
            ["__count", "revenue_recent:sum"],
            order="abc_class",
        )
        return {
            "points": [[float(x), float(y), abc] for x, y, abc, *_total in points],
            "classes": [
                {"abc_class": abc, "count": count, "revenue": revenue or 0.0}
                for abc, count, revenue in classes
            ],
            "count": points[0][3] if points else 0,
            "revenue": float(points[0][4]) if points else 0.0,
            "customers": self.search_count(domain),
            "months": self.env.company.relationship_value_months,
            "currency_id": self.env.company.currency_id.id,
            "may_refresh": self._may_request_refresh(),
        }

    @api.model
    def request_profile_refresh(self):
        """Compute all profiles of the current company again, in the background.

        :raise AccessError: the user does not manage relationships
        """
        if not self._may_request_refresh():
            raise AccessError(
                self.env._("Only managers of relationships may start a refresh.")
            )
        self.env["relationship.refresh"]._request(self.env.company)

    def _may_request_refresh(self) -> bool:
        return self.env.user.has_group("crm_relationship.group_relationship_manager")

    def _get_report_domain(self, domain) -> Domain:
        mine = Domain("company_id", "=", self.env.company.id)
        return Domain(domain or []) & mine

    def _get_grid_segments(self):
        """The segments of the current company, in the order in which they match."""
        return self.env["relationship.segment"].search(
            [("company_id", "in", [False, self.env.company.id])]
        )

    def _get_painted_cells(self, segment) -> list:
        return segment.cells or [] if segment.mode == "cells" else []

    def _get_cell_owners(self, segments) -> dict:
        """{(recency, frequency and value): id of the first segment that painted it}

        What nobody has painted is the fallback's.
        """
        fallback = segments.filtered("is_fallback")[:1]
        owners = dict.fromkeys(product(SCORES, SCORES), fallback.id)
        for segment in reversed(segments):
            for r, fv in self._get_painted_cells(segment):
                owners[r, fv] = segment.id
        return owners

    def _get_earlier_segments(self, before):
        """The segments that match before one at this place."""
        sequence, segment_id = before
        return self._get_grid_segments().filtered(
            lambda segment: (
                segment.id != segment_id
                and (segment.sequence, segment.id)
                < (sequence, segment_id or float("inf"))
            )
        )

    def _get_left_domain(self, segments) -> Domain:
        """Whoever these segments do not take by their conditions."""
        by_condition = segments.filtered(
            lambda segment: segment.mode == "domain" and segment._has_rule()
        )
        return ~Domain.OR(segment._get_domain() for segment in by_condition)

    def _get_pareto_points(self, domain) -> list[tuple]:
        """Share of customers and of revenue at the end of each hundredth of customers,
        with the number and revenue of all; one query.

        The sums by hundredths come first, so that only they are added up in order.
        """
        query = self._search(domain)
        ranked = query.select(
            SQL("%s AS revenue", self._field_to_sql(self._table, "revenue_recent")),
            SQL("%s AS class", self._field_to_sql(self._table, "abc_class")),
            SQL(
                "ROW_NUMBER() OVER (ORDER BY %s DESC, %s) AS rank",
                self._field_to_sql(self._table, "revenue_recent"),
                SQL.identifier(self._table, "id"),
            ),
            SQL("COUNT(*) OVER () AS customers"),
        )
        return self.env.execute_query(
            SQL(
                """
                WITH part AS (
                    SELECT MAX(rank) AS rank,
                           MAX(customers) AS customers,
                           SUM(revenue) AS revenue,
                           MAX(class) AS class
                      FROM (%(ranked)s) ranked
                     GROUP BY (rank * %(points)s + customers - 1) / customers
                )
                SELECT rank::numeric / customers,
                       SUM(revenue) OVER (ORDER BY rank) / SUM(revenue) OVER (),
                       class,
                       customers,
                       SUM(revenue) OVER ()
                  FROM part
                 ORDER BY rank
                """,
                ranked=ranked,
                points=PARETO_POINTS,
            )
        )
