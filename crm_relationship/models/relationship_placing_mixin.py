import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

_logger = logging.getLogger(__name__)

# Writing one of these can change where customers stand.
PLACING_FIELDS = {"domain", "sequence", "active", "company_id"}


class RelationshipPlacingMixin(models.AbstractModel):
    """One of several places, in an order, of which every customer has exactly one.

    Places with a rule are tried in their order, the first that holds decides; the last
    one without a rule takes everybody else. Names follow from that of the model: a
    profile has ``stage_id`` for ``relationship.stage``, whose moves are logged in
    ``relationship.stage.move`` as ``from_stage_id`` and ``to_stage_id``.
    """

    _name = "relationship.placing.mixin"
    _inherit = ["relationship.domain.mixin", "relationship.placing.rules"]
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

    def _get_companies(self):
        """The companies whose customers can be placed here."""
        companies = self.sudo().company_id
        if any(not place.company_id for place in self):
            companies = companies.search([])
        return companies
