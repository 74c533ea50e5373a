from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

# What decides whether a customer meets the condition, and of which company.
CONDITION = {"trigger", "trigger_domain", "company_id"}


class RelationshipRuleTriggerDomain(models.AbstractModel):
    """The trigger ``domain``: a condition over the profile becomes true. A part of
    ``relationship.rule``.

    The occurrence is the spell for which it is true, named by the day on which a run
    saw it first. Runs keep that day in ``relationship.rule.match``; to evaluate a rule
    writes nothing: what no run has seen yet begins on the day that is looked at.
    """

    _name = "relationship.rule.trigger.domain"
    _description = "Rule Trigger by a Condition"

    trigger_domain = fields.Char(
        string="Becomes True",
        help="The rule acts when this begins to hold for a customer, and again when it "
        "has ceased to hold in between.",
    )

    @api.model
    def _get_trigger_fields(self):
        return [*super()._get_trigger_fields(), "trigger_domain"]

    @api.constrains("trigger", "trigger_domain")
    def _check_trigger_domain(self):
        """Refuse a condition that could not be evaluated tonight.

        :raise ValidationError: names the rule and what is wrong
        """
        Profile = self.env["relationship.profile"].sudo()
        for rule in self.filtered(lambda rule: rule.trigger == "domain"):
            domain = rule._get_trigger_domain()
            if domain.is_true():
                raise ValidationError(
                    self.env._("Say which condition makes “%s” act.", rule.name)
                )
            rule.sudo(False)._check_may_ask(domain)  # Odoo checks as superuser
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    Profile.search(domain, limit=1)
            except Exception as error:  # whatever the ORM or PostgreSQL says of it
                raise rule._get_domain_error(error) from error

    def write(self, vals):
        """Whoever meets the condition because it is another one now has not begun to
        meet it: nobody is called for that, nor when a paused rule goes on. Switching a
        rule on asks what to do."""
        started = self.browse()
        if CONDITION & vals.keys():
            started = self.filtered(lambda rule: rule.active and rule.state != "off")
            started._note_matches_so_far()
        result = super().write(vals)
        rules = started.filtered(lambda rule: rule.active and rule.state != "off")
        if {"active", "state"} & vals.keys():
            rules |= self.filtered(lambda rule: rule.active and rule.state == "on")
        for rule in rules.filtered(lambda rule: rule.trigger == "domain"):
            # Of all its companies, also those that the user does not look at now.
            companies = rule.sudo()._get_companies()
            rule._note_matches(companies, is_new=rule not in started)
        return result

    def _note_matches_so_far(self):
        """Who has met the condition since the last run has begun to, whatever it is
        from now on. Of a condition that is broken nobody knows."""
        for rule in self.filtered(lambda rule: rule.trigger == "domain"):
            if not rule._get_problem_domain():
                rule._note_matches(rule.sudo()._get_companies())

    def _get_trigger_domain(self):
        """:raise ValidationError: it is no domain over the profile"""
        if self.trigger != "domain":
            return super()._get_trigger_domain()
        try:
            value = literal_eval(self.trigger_domain or "[]")
        except Exception as error:  # literal_eval raises many kinds
            text = self.env._("“%s” is not a list of conditions", self.trigger_domain)
            raise self._get_domain_error(text) from error
        try:
            domain = Domain(value)
            domain.validate(self.env["relationship.profile"])
        except Exception as error:  # so does Domain
            raise self._get_domain_error(error) from error
        return domain

    def _run(self, companies=None, **options):
        """Note first who meets the condition since when. In the same transaction as
        what is done about it."""
        if self.trigger == "domain":
            self._note_matches(companies)
        return super()._run(companies, **options)

    def _note_matches(self, companies=None, as_of=None, is_new=True):
        """Bring ``relationship.rule.match`` in line with who meets the condition.

        :param as_of: default: today of each company
        :param is_new: whether those who were not noted begin to meet it now; False
            where only the condition is new
        """
        self.ensure_one()
        rule = self.sudo()  # the rule sees every customer, whoever looks at it
        for company in self._get_companies() if companies is None else companies:
            day = as_of or company._relationship_today()
            # Whatever else the rule asks for.
            query = rule.env["relationship.profile"]._search(
                rule._get_trigger_domain() & Domain("company_id", "=", company.id),
                bypass_access=True,
            )
            rule.env["relationship.rule.match"]._update(
                rule, company, day, query, is_new
            )

    def _add_trigger_domain(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        """The condition itself is a part of the query's domain."""
        self.env["relationship.rule.match"].flush_model()
        if self.env.context.get("relationship_since"):
            return SQL("''"), {}  # the past is walked through, see `_walk_past`
        query.add_join(
            "LEFT JOIN",
            "matched",
            SQL(
                """
                (
                    SELECT partner_id, MIN(since) AS since, BOOL_AND(is_new) AS is_new
                      FROM relationship_rule_match
                     WHERE rule_id = %s AND company_id = %s AND since <= %s
                     GROUP BY partner_id
                )
                """,
                self._origin.id or 0,
                self.env.company.id,
                as_of,
            ),
            SQL("matched.partner_id = relationship_profile.partner_id"),
        )
        query.add_where(SQL("matched.is_new IS NOT FALSE"))
        since = SQL("COALESCE(matched.since, %s::date)", as_of)
        return SQL("%s::text", since), {"matched_since": since}

    def _say_trigger_domain(self) -> str:
        try:
            said = self._say_domain(self._get_trigger_domain())
        except ValidationError:
            said = ""  # while somebody is at writing it
        if not said:
            return self.env._("a condition of your own becomes true for a customer")
        return self.env._("it becomes true for a customer that %s", said)

    @api.model
    def _describe_trigger_domain(self, _evidence) -> str:
        return self.env._("The condition of the rule has become true.")

    def _get_problem_domain(self) -> str:
        """A condition may break when an add-on goes."""
        try:
            self._get_trigger_domain()
        except ValidationError as error:
            return str(error)
        return ""
