from odoo import api, models
from odoo.tools import SQL

from ..tools.customers import MAX_ID, Customers
from ..tools.days import end_of_day, window_starts
from ..tools.transactions import execute
from .relationship_placing_sql import place
from .relationship_profile_product_sql import products_as_of, upsert_products
from .relationship_profile_scope import Scope
from .relationship_profile_score_sql import rescore, scale_as_of
from .relationship_profile_sql import profiles_as_of, upsert_facts

# Customers per statement. Large enough that PostgreSQL joins and sorts in bulk, small
# enough that a slice is committed every few seconds.
SLICE = 50_000
# Where customers are placed, in this order: segments may ask for stages.
PLACES = ("relationship.stage", "relationship.segment")
# Models that the statements read.
SOURCES = (
    "res.partner",
    "res.users",
    "crm.team",
    "sale.order",
    "sale.order.line",
    "account.move",
    "account.move.line",
    "account.partial.reconcile",
    "account.payment",
    "product.product",
    "relationship.case",
    "relationship.channel",
    "relationship.consent",
    "relationship.interaction",
    "relationship.key.date",
    "relationship.segment.move",
    "relationship.stage.move",
    "relationship.profile.product",
)


class RelationshipProfilePipeline(models.AbstractModel):
    """The pipeline: facts -> stage, set-based, over any set of customers.

    A part of ``relationship.profile``.
    """

    _name = "relationship.profile.pipeline"
    _description = "Customer Profile Pipeline"

    @api.model
    def _refresh(self, company, partner_ids=None, as_of=None) -> int:
        """Bring the profiles of some customers of a company up to date.

        Does not commit. As many statements, whatever the number of customers.

        :param partner_ids: ids of commercial partners; None means everybody
        :param as_of: the day to look from (default: today in the company's time zone);
            orders of later days are not seen
        :return: number of profiles written, for the facts
        """
        customers = Customers()
        if partner_ids is not None:
            customers = Customers(ids=tuple(partner_ids))
        return self._refresh_customers(company, customers, as_of)[0]

    @api.model
    def _refresh_customers(self, company, customers, as_of=None):
        """As `_refresh`, over :class:`Customers`.

        :return: (number of profiles written, number of stage moves)
        """
        scope = self._get_scope(company, customers, as_of)
        written = self._refresh_facts(company, scope)
        if customers == Customers():
            self._renew_scale(company, as_of)
            rescored, moved = self._settle(company, customers, as_of)
            return written + rescored, moved
        return written, self._place_scope(company, scope)

    @api.model
    def _refresh_facts(self, company, scope) -> int:
        """Facts, and the scores and the forecast that follow from them by the scale
        and the model in force.

        :return: number of profiles written
        """
        self._flush_sources()
        scope = scope._replace(forecast=self._get_forecast_scope(company, scope))
        [[written]] = execute(self.env, upsert_facts(scope, self.env.uid))
        self._complete_forecast(company, scope)
        execute(self.env, upsert_products(scope))
        self._forget_cache()
        return written

    @api.model
    def _renew_scale(self, company, as_of=None):
        """Rank all customers of a company by their facts."""
        self.env["relationship.value.scale"]._renew(
            company, as_of or company._relationship_today()
        )

    @api.model
    def _settle(self, company, customers, as_of=None):
        """What follows from facts once everybody's are known: scores by the scale of
        the day, stage and segment.

        :return: (number of profiles whose scores changed, number of stage moves)
        """
        scope = self._get_scope(company, customers, as_of)
        [[written]] = execute(self.env, rescore(scope))
        return written, self._place_scope(company, scope)

    @api.model
    def _place(self, company, partner_ids=None, change=None) -> int:
        """Put customers into the stage and the segment that the rules say; facts stay.

        :param change: the change of the rules that made it necessary
        :return: number of stage moves
        """
        customers = Customers()
        if partner_ids is not None:
            customers = Customers(ids=tuple(partner_ids))
        self.flush_model()
        return self._place_scope(company, self._get_scope(company, customers), change)

    @api.model
    def _get_as_of_sql(self, company, as_of, customers=None):
        """The start of a ``WITH`` clause that makes its statement read the profiles of
        a company, what they bought and the scale of their scores as of a day, in place
        of the tables; nothing more for today.

        :param customers: :class:`Customers`; None means everybody
        """
        if as_of == company._relationship_today():
            return SQL("WITH")
        scope = self._get_scope(company, customers or Customers(), as_of)
        scope = scope._replace(
            scale=self.env["relationship.value.scale"]._get_as_of(company, scope)
        )
        scope = scope._replace(forecast=self._get_forecast_scope(company, scope))
        stage, segment = (self.env[model]._get_placing_sql(company) for model in PLACES)
        return SQL(
            """
            WITH relationship_value_scale AS (%s),
            relationship_profile_product AS (%s),
            relationship_profile AS (%s),
            """,
            scale_as_of(scope),
            products_as_of(scope),
            profiles_as_of(scope, stage, segment),
        )

    @api.model
    def _get_scope(self, company, customers, as_of=None) -> Scope:
        company = company.sudo()
        as_of = as_of or company._relationship_today()
        tz = company._relationship_tz()
        recent, before = window_starts(as_of, company.relationship_value_months)
        scope = Scope(
            company_id=company.id,
            customers=customers,
            as_of=as_of,
            until=end_of_day(as_of, tz),
            tz=tz,
            digits=company.currency_id.decimal_places,
            shared=company.search_count([], limit=2) > 1,
            is_product=self._get_is_product_sql(),
            completeness=self.env["relationship.profile.fact"]._get_score_sql(
                company, customers
            ),
            scale=self.env["relationship.value.scale"]._get_in_force(company, as_of),
            basis=company.relationship_value_basis,
            recent_since=recent,
            before_since=before,
            keeps_cost="purchase_price" in self.env["sale.order.line"]._fields,
        )
        return scope._replace(extra=tuple(self._get_extra_facts(scope)))

    @api.model
    def _get_extra_facts(self, scope) -> list:
        """What is known of customers beside what this add-on computes.

        Other add-ons append theirs: ``ExtraFacts`` of ``relationship_profile_scope``,
        with a stored, readonly field of the profile for each of the columns. They also
        extend `_flush_sources`, and note customers whose facts change in
        ``relationship.profile.queue``.

        :param scope: ``Scope``: customers, company and day
        """
        return []

    @api.model
    def _get_is_product_sql(self) -> SQL:
        """Condition over the ``line`` of an order: what somebody chose to buy. Odoo's
        deliveries mark their own lines."""
        if "is_delivery" in self.env["sale.order.line"]._fields:
            return SQL("line.is_delivery IS NOT TRUE")
        return SQL("TRUE")

    @api.model
    def _place_scope(self, company, scope, change=None) -> int:
        """Stage and segment.

        No segment before the first ranking of a company, for without scores the last
        segment would take everybody.

        :param change: the change of the rules that made it necessary
        :return: number of stage moves
        """
        moved = 0
        for model in PLACES:
            places = self.env[model]
            if change and not places._follows_from(change.kind):
                continue
            if model == "relationship.segment" and scope.scale is None:
                continue
            count = self._place_kind(company, scope, places, change)
            moved += count if model == "relationship.stage" else 0
        self._forget_cache()
        return moved

    @api.model
    def _place_kind(self, company, scope, places, change=None) -> int:
        """Put the customers of a scope into stages, or into segments.

        :return: number of moves
        """
        [[moved]] = execute(
            self.env,
            place(
                scope,
                places._get_kind(),
                places._get_ladder_sql(company),
                places._get_placing_sql(company),
                (change.user_id if change else self.env.user).id,
                change.id if change else None,
            ),
        )
        return moved

    @api.model
    def _flush_sources(self):
        """Write what is pending of the tables that the statements read."""
        for model in SOURCES:
            self.env[model].flush_model()
        self.flush_model()

    @api.model
    def _forget_cache(self):
        self.invalidate_model()
        self.env["relationship.profile.product"].invalidate_model()
        self.env["relationship.stage.move"].invalidate_model()
        self.env["relationship.segment.move"].invalidate_model()

    @api.model
    def _hand_over(self, sources, destination):
        """Before customers are merged: leave one profile per company, that of the
        destination where it has one. The merge itself would delete all profiles of the
        sources if one of them clashed."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM relationship_profile gone
                 WHERE gone.partner_id = ANY(%(sources)s)
                   AND EXISTS (
                       SELECT FROM relationship_profile kept
                        WHERE kept.company_id = gone.company_id
                          AND (
                              kept.partner_id = %(destination)s
                              OR (
                                  kept.partner_id = ANY(%(sources)s)
                                  AND kept.id < gone.id
                              )
                          )
                   )
                """,
                sources=sources.ids,
                destination=destination.id,
            )
        )
        self.invalidate_model()

    @api.model
    def _count_customers(self) -> int:
        """Commercial partners, all of whom have a profile in each company."""
        [[count]] = self.env.execute_query(
            SQL("SELECT COUNT(*) FROM res_partner WHERE commercial_partner_id = id")
        )
        return count

    @api.model
    def _get_next_slice(self, after) -> tuple[int, int]:
        """The next slice of customers in the order of their ids.

        :return: (last id of the slice, number of commercial partners in it); the last
            slice is open-ended
        """
        [[upto, count]] = self.env.execute_query(
            SQL(
                """
                SELECT MAX(id), COUNT(*)
                  FROM (SELECT id
                          FROM res_partner
                         WHERE id > %s AND commercial_partner_id = id
                         ORDER BY id
                         LIMIT %s) slice
                """,
                after,
                SLICE,
            )
        )
        return (upto, count) if count == SLICE else (MAX_ID, count)
