import logging
from contextlib import contextmanager

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

from ..tools.customers import Customers
from ..tools.transactions import execute
from .relationship_placing_sql import preview

_logger = logging.getLogger(__name__)

# Writing one of these can change where customers stand.
PLACING_FIELDS = {"domain", "sequence", "active", "company_id"}
# Companies with more customers than this are placed by the scheduled job.
AT_ONCE = 5_000


class _Tried(Exception):
    """What was tried out is rolled back."""


class RuleChange:
    """The places whose rules are being changed."""

    def __init__(self, places):
        self.places = places


class RelationshipPlacingMixin(models.AbstractModel):
    """One of several places, in an order, of which every customer has exactly one.

    Places with a rule are tried in their order, the first that holds decides; the last
    one without a rule takes everybody else. Names follow from that of the model: a
    profile has ``stage_id`` for ``relationship.stage``, whose moves are logged in
    ``relationship.stage.move`` as ``from_stage_id`` and ``to_stage_id``.
    """

    _name = "relationship.placing.mixin"
    _inherit = ["relationship.domain.mixin"]
    _description = "Place of Customers"

    # The order in which the rules are tried.
    _placing_order = "sequence, id"

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True)
    color = fields.Integer()
    rank = fields.Integer(
        string="Worth",
        default=50,
        help="The higher, the better: says which moves are up and which are down.",
    )
    is_fallback = fields.Boolean(
        string="Takes All Others", compute="_compute_is_fallback"
    )
    profile_count = fields.Integer(string="Customers", compute="_compute_profile_count")
    match_count = fields.Integer(
        string="Matching Customers",
        compute="_compute_match_count",
        help="Customers whose profile matches the rule now, wherever they are placed.",
    )

    @api.depends("domain", "sequence", "active", "company_id")
    def _compute_is_fallback(self):
        for place in self:
            company = place.company_id or self.env.company
            place.is_fallback = place._origin == place._get_ladder(company)[1]

    def _compute_profile_count(self):
        name = self._get_placing_field()
        counts = dict(
            self.env["relationship.profile"]._read_group(
                [(name, "in", self.ids)], [name], ["__count"]
            )
        )
        for place in self:
            place.profile_count = counts.get(place._origin, 0)

    @api.depends("domain")
    @api.depends_context("allowed_company_ids")
    def _compute_match_count(self):
        Profile = self.env["relationship.profile"]
        for place in self:
            company = place.company_id or self.env.company
            own = Domain("company_id", "=", company.id)
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                    place.match_count = Profile.search_count(place._get_domain() & own)
            except (ValidationError, psycopg2.Error, ValueError):
                place.match_count = 0  # while somebody is at writing it

    @api.constrains("domain", "active", "sequence", "company_id")
    def _check_fallback(self):
        """Every customer needs a place, so one has to be open to everybody."""
        if self.env.context.get("relationship_changing"):
            return  # in the middle of a change, which is looked at as a whole
        self._check_ladders(self.env["res.company"].sudo().search([]))

    @api.model_create_multi
    def create(self, vals_list):
        with self._changing_rules(self.browse()) as changed:
            changed.places = super().create(vals_list)
        return changed.places

    def write(self, vals):
        if not self._get_placing_fields() & vals.keys():
            return super().write(vals)
        with self._changing_rules(self):
            return super().write(vals)

    def web_resequence(self, *args, **kwargs):
        """Place the customers once, not once per record."""
        self.check_access("write")  # Odoo's own looks only at what it changes
        with self._changing_rules(self):
            return super(
                RelationshipPlacingMixin, self.with_context(relationship_changing=True)
            ).web_resequence(*args, **kwargs)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for place in self:
            if place._is_used():
                raise UserError(place._get_used_error())

    def unlink(self):
        with self._changing_rules(self):
            return super().unlink()

    def action_open_profiles(self):
        self.ensure_one()
        return self._open_profiles(self._get_profile_domain())

    def action_preview(self):
        """Open the customers who match the rule now."""
        self.ensure_one()
        return self._open_profiles(self._get_domain())

    def _open_profiles(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_profile_action_list"
        )
        action["domain"] = list(domain)
        action["context"] = {}
        return action

    def _get_profile_domain(self) -> Domain:
        """Who is placed here."""
        return Domain(self._get_placing_field(), "in", self.ids)

    @api.model
    def _get_kind(self) -> str:
        """``stage`` of ``relationship.stage``."""
        return self._name.rpartition(".")[2]

    @api.model
    def _get_placing_field(self) -> str:
        """The field of a profile that says where it is placed."""
        return f"{self._get_kind()}_id"

    @api.model
    def _get_placing_fields(self) -> set[str]:
        """Fields that say who is placed where."""
        return PLACING_FIELDS

    def _is_used(self) -> bool:
        """Whether customers are or have been here."""
        kind = self._get_kind()
        moves = self.env[f"{self._name}.move"].sudo()
        return bool(
            moves.search_count(
                Domain(f"from_{kind}_id", "=", self.id)
                | Domain(f"to_{kind}_id", "=", self.id),
                limit=1,
            )
        )

    def _get_used_error(self) -> str:
        raise NotImplementedError

    @api.model
    def _get_no_fallback_error(self, company) -> str:
        raise NotImplementedError

    @api.model
    def _get_missing_error(self) -> str:
        raise NotImplementedError

    @api.model
    def _get_past_error(self) -> str:
        raise NotImplementedError

    def _has_rule(self) -> bool:
        """Whether customers come here by a rule of this place's own."""
        return bool((self.domain or "").strip("[] \n"))

    def _is_open(self) -> bool:
        """Whether this place could take everybody whom no rule takes."""
        return not self._has_rule()

    @api.model
    def _get_ladder(self, company):
        """The places of a company: those with a rule in the order in which they are
        tried, and the fallback for everybody else.

        :return: (places, place); the second is empty if there is none
        """
        places = self._get_used(company)
        ruled = places.filtered(lambda place: place._has_rule())
        return ruled, (places - ruled).filtered(lambda place: place._is_open())[-1:]

    @api.model
    def _get_ladder_domain(self, company) -> Domain:
        """The places of a company."""
        return Domain("company_id", "in", (False, company.id))

    @api.model
    def _get_used(self, company):
        """The places of a company that are in use, in the order of their rules."""
        # Whoever asks may look at archived records, too.
        return (
            self.sudo()
            .with_context(active_test=True)
            .search(self._get_ladder_domain(company), order=self._placing_order)
        )

    @api.model
    def _get_ladder_sql(self, company) -> SQL:
        """The ids of a company's places, as an array."""
        return SQL("%s::int[]", self._get_used(company).ids)

    @api.model
    def _check_ladders(self, companies):
        """Every customer needs a place, so one has to be open to everybody.

        :raise ValidationError: a company has none
        """
        for company in companies:
            if not self._get_ladder(company)[1]:
                raise ValidationError(self._get_no_fallback_error(company))

    @api.model
    def _get_placing_sql(self, company) -> SQL:
        """Expression over ``relationship_profile``: the id of a profile's place."""
        Profile = self.env["relationship.profile"].sudo()
        places, fallback = self._get_ladder(company)
        cases = []
        for place in places:
            try:
                domain = place._get_domain()
            except ValidationError as error:
                # E.g. a field that went with its add-on. The other rules still hold.
                _logger.error("Rule left out: %s", error)
                continue
            query = Profile._search(domain, active_test=False, bypass_access=True)
            if query.is_empty():
                continue
            matches = SQL(
                "%s IN %s", SQL.identifier(Profile._table, "id"), query.subselect()
            )
            if query.from_clause.code == SQL.identifier(Profile._table).code:
                matches = query.where_clause  # no join: test the row at hand
            cases.append(SQL("WHEN %s THEN %s", matches or SQL("TRUE"), place.id))
        if not cases:
            return SQL("%s::int", fallback.id or None)
        return SQL(
            "CASE %s ELSE %s::int END", SQL(" ").join(cases), fallback.id or None
        )

    @contextmanager
    def _changing_rules(self, places):
        """Around a change of the rules: afterwards every customer still has a place,
        is put where he or she belongs now, and the log says what was changed.

        Within another change it does nothing; the outer one comes last.

        :param places: those that are changed; the caller adds those that are new as
            ``places`` of what it gets
        :raise ValidationError: no place is left for a customer
        """
        change = RuleChange(places)
        if self.env.context.get("relationship_changing") or not self.pool.ready:
            yield change  # shipped records, one after the other; a refresh follows
            return
        self._lock_ladders()
        self._check_version()
        companies = places._get_companies()
        before = places._get_rules()
        yield change
        left = change.places.exists()
        companies |= left._get_companies()
        self._check_ladders(companies)
        self._place_again(companies, self._compare_rules(before, left._get_rules()))

    def get_move_preview(self, method, values=None, offset=0) -> dict:
        """Who would move where if the rules were changed like this; changes nothing.

        :param method: ``save`` (these records, or a new one), ``resequence`` (these
            records in this order), ``archive``, ``unarchive`` or ``unlink``
        :param values: what would be saved
        :param offset: the sequence of the first record
        :return: ``count`` customers; ``rows`` with ``from``, ``to`` (names, False for
            none), ``count``, ``revenue`` (recent, in company currency), ``company``
            (name, where it is not the only one) and ``domain`` of who they are, False
            where the user does not work in the company; ``in_background``: there are
            so many that they would be placed by the scheduled job; ``version``: to be
            given back with the change, as ``relationship_confirmed`` in the context
        :raise ValidationError: the change is not possible
        :raise AccessError: the user may not change the rules
        """
        self.check_access("write" if self else "create")
        version = self._get_version()
        companies = self._get_companies()
        with self._rolled_back() as places:
            if method == "save":
                places = places or places.create([values])
                places.write(values)
            elif method == "resequence":
                for sequence, place in enumerate(places, start=offset):
                    place.sequence = sequence
            elif method in ("archive", "unarchive"):
                places.action_archive() if method == "archive" else (
                    places.action_unarchive()
                )
            elif method == "unlink":
                places.unlink()
            else:
                raise ValueError(method)
            companies |= places.exists()._get_companies()
            ladders = [
                (company, *places._prepare_preview(company)) for company in companies
            ]
        rows = [row for ladder in ladders for row in self._preview_moves(*ladder)]
        return {
            "count": sum(row["count"] for row in rows),
            "rows": rows,
            "in_background": self._is_many(companies),
            "version": version,
        }

    @contextmanager
    def _rolled_back(self):
        """These records, to try out what a change would do; nothing of it stays."""
        try:
            with self.env.cr.savepoint():
                yield self.with_context(relationship_preview=True)
                self.env.flush_all()
                raise _Tried
        except _Tried:
            self.env.invalidate_all(flush=False)

    def _prepare_preview(self, company):
        """What there is to know of a company's rules once they are changed.

        :return: (SQL of the ids of the places, SQL of the id of a profile's place,
            {id: (name, :class:`Domain` of who is placed there)})
        """
        places, fallback = self._get_ladder(company)
        known, taken = {}, Domain.FALSE
        for place in places:
            try:
                domain = place._get_domain()
            except ValidationError:
                continue  # as `_get_placing_sql` does
            known[place.id] = (place.name, domain & ~taken)
            taken |= domain
        known[fallback.id] = (fallback.name, ~taken)
        return self._get_ladder_sql(company), self._get_placing_sql(company), known

    @api.model
    def _preview_moves(self, company, ladder, target, known) -> list[dict]:
        # Where everybody belongs is not only about those whom the user may see.
        Profile = self.env["relationship.profile"].sudo()
        Profile.flush_model()
        kind = self._get_kind()
        scope = Profile._get_scope(company, Customers())
        moves = self.env.execute_query(preview(scope, kind, ladder, target))
        gone = {row[0] for row in moves if row[0]} - known.keys()
        names = {place.id: place.name for place in self.sudo().browse(gone).exists()}
        names |= {place_id: name for place_id, (name, _domain) in known.items()}
        shared = Profile.env["res.company"].search_count([], limit=2) > 1
        is_own = company in self.env.companies
        pinned = f"{kind}_pinned_until"
        free = Domain(pinned, "=", False) | Domain(pinned, "<", scope.as_of)
        return [
            {
                "from": names.get(from_id, False),
                "to": names.get(to_id, False),
                "count": count,
                "revenue": revenue or 0,
                "company": shared and company.sudo().name,
                "domain": is_own
                and list(
                    Domain("company_id", "=", company.id)
                    & Domain(f"{kind}_id", "=", from_id or False)
                    & known[to_id][1]
                    & (free if from_id in known else Domain.TRUE)
                ),
            }
            for from_id, to_id, count, revenue in moves
        ]

    @api.model
    def _count_placed(self, company, target) -> list[tuple]:
        """How many of a company's customers the rules would place where.

        :param target: SQL of the id of a profile's place
        """
        # Where everybody belongs is not only about those whom the user may see.
        self.env["relationship.profile"].sudo().flush_model()
        return self.env.execute_query(
            SQL(
                "SELECT %s, COUNT(*) FROM relationship_profile"
                " WHERE company_id = %s GROUP BY 1",
                target,
                company.id,
            )
        )

    @api.model
    def _follows_from(self, kind) -> bool:
        """Whether a change of the rules of a kind can move customers here."""
        return kind == self._get_kind()

    @api.model
    def _get_version(self) -> int:
        """Which state of the rules this is: grows with each change."""
        # What others changed counts too, of whichever company.
        changes = self.env["relationship.placing.change"].sudo()
        last = changes.search([("kind", "=", self._get_kind())], limit=1)
        return last.id

    @api.model
    def _check_version(self):
        """Whoever confirmed a preview confirmed what it showed.

        :raise UserError: the rules are others by now
        """
        seen = self.env.context.get("relationship_confirmed")
        if seen is not None and seen != self._get_version():
            raise UserError(
                self.env._(
                    "Somebody changed the rules meanwhile, so other customers would "
                    "move than those you saw. Nothing was changed; please look again."
                )
            )

    @api.model
    def _is_many(self, companies) -> bool:
        """Whether these companies have more customers than are placed at once."""
        customers = self.env["relationship.profile"].with_context(active_test=False)
        # How many there are is not only about those whom the user may see.
        count = customers.sudo().search_count(
            [("company_id", "in", companies.ids)], limit=AT_ONCE + 1
        )
        return count > AT_ONCE

    @api.model
    def _lock_ladders(self):
        """Let changes of the rules go one after the other: each depends on all rules.

        The later of two at once fails, and is tried again on what the earlier left;
        waiting alone would not show it what that one added.
        """
        table = SQL.identifier(self._table)
        self.flush_model()
        execute(
            self.env,
            SQL(
                "UPDATE %s SET write_date = write_date"
                " WHERE id = (SELECT MIN(id) FROM %s) RETURNING id",
                table,
                table,
            ),
        )

    def _get_rules(self) -> dict:
        """What decides who is placed where, by id; of each field its plain value."""
        names = sorted(self._get_placing_fields())
        return {
            place.id: {"name": place.name}
            | {
                name: place[name].id if place._fields[name].relational else place[name]
                for name in names
            }
            for place in self.sudo()
        }

    @api.model
    def _compare_rules(self, before, after) -> list[dict]:
        """What was changed, for `relationship.placing.change`."""
        changes = []
        for place_id in [*before, *(after.keys() - before.keys())]:
            old, new = before.get(place_id), after.get(place_id)
            named = {"id": place_id, "name": (new or old)["name"]}
            if not old or not new:
                changes.append(named | {"field": "created" if new else "deleted"})
                continue
            changes += [
                named | {"field": name, "old": old[name], "new": new[name]}
                for name in new
                if name != "name" and old[name] != new[name]
            ]
        return changes

    @api.model
    def _place_again(self, companies, changes):
        """After a change of the rules: put the customers where they belong now, at once
        or, where there are many, in the background.

        :param changes: what was changed, as of `_compare_rules`; nothing: nobody moves
        """
        if not changes or self.env.context.get("relationship_preview"):
            return
        # Where everybody belongs is not only about those whom the user may see.
        Profile = self.env["relationship.profile"].sudo()
        Refresh = self.env["relationship.refresh"]
        is_many = self._is_many(companies)
        for company in companies:
            change = self.env["relationship.placing.change"]._log(
                company, self._get_kind(), changes
            )
            if is_many:
                Refresh._request(company, change)
            else:
                Profile._place(company, change=change)
                change._count_moves()
                Refresh._request_if_running(company)

    def _get_companies(self):
        """The companies whose customers can be placed here."""
        companies = self.sudo().company_id
        if any(not place.company_id for place in self):
            companies = companies.search([])
        return companies
