from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.customers import Customers
from ..tools.transactions import execute
from .relationship_placing_sql import preview

# More customers than this are placed by the scheduled job.
AT_ONCE = 5_000


class _Tried(Exception):
    """What was tried out is rolled back."""


class RuleChange:
    """The places whose rules are being changed."""

    def __init__(self, places):
        self.places = places


class RelationshipPlacingRules(models.AbstractModel):
    """Changes of the rules by which customers are placed: what they would do, one after
    the other, and what follows. A part of ``relationship.placing.mixin``."""

    _name = "relationship.placing.rules"
    _description = "Change of Rules"

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
