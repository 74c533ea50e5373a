import logging
from collections import Counter

from psycopg2.errors import ForeignKeyViolation, OperationalError

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ..tools.collecting import without_collecting
from ..tools.plan import (
    ALREADY,
    FAILED,
    GONE,
    HELD_OUT,
    TREAT,
    Occurrence,
    Plan,
)
from .relationship_placing_sql import EVIDENCE_COLUMNS

_logger = logging.getLogger(__name__)

# What PostgreSQL says is violated where a customer has just gone.
PARTNER_KEY = "relationship_touch_partner_id_fkey"


class RelationshipRuleEngine(models.AbstractModel):
    """Evaluates rules and carries out what they say.

    `evaluate` is pure: it returns a plan and writes nothing. `apply` acts on a plan.
    Between them stands the ledger of touches, one per rule x customer x occurrence,
    so a rule can run every minute, twice at once, or after three missed days.

    A part of ``relationship.rule``.
    """

    _name = "relationship.rule.engine"
    _description = "Rule Engine"

    @api.private
    def evaluate(
        self, as_of=None, companies=None, customers=None, any_day=False
    ) -> Plan:
        """What the rule would do now; writes nothing.

        Preview, dry run and the scheduled job all call this. One query a company,
        and a few for the people responsible, whatever the number of customers.

        :param as_of: date to look from (default: today of each company)
        :param companies: default: those of the rule that the user works in
        :param customers: :class:`Customers` to look at; None means everybody. Of some,
            the capacity of people is not known to be enough.
        :param any_day: also on a quiet day
        :raise ValidationError: the condition is broken
        """
        self.ensure_one()
        plan = Plan(rule_id=self._origin.id, as_of=as_of or fields.Date.today())
        # The rule sees every customer of these companies, whoever looks at it.
        rule = self.sudo()
        used = {}
        for company in self._get_companies() if companies is None else companies:
            day = as_of or company._relationship_today()
            if day not in used:
                used[day] = rule._get_used_capacity(day)
            with without_collecting():
                occurrences, already = rule._get_occurrences(company, day, customers)
                plan.already += already
                plan.items += rule._apply_guards(
                    company, day, occurrences, used[day], any_day
                )
        return plan

    @api.private
    def apply(self, plan, run=None) -> Counter:
        """Do what a plan says: one touch and one action per occurrence to treat, and
        one touch per occurrence that is held out.

        An occurrence that is in the ledger by now is passed over. A customer that
        fails is logged and skipped. Does not commit.

        :param run: the run that the touches belong to
        :return: number of occurrences per outcome: treated, held_out, already,
            gone, failed
        """
        self.ensure_one()
        run = run or self.env["relationship.rule.run"]
        done = Counter()
        for batch in map(list, split_every(self._get_batch_size(), plan.to_enter)):
            try:
                with self.env.cr.savepoint():
                    done += self._treat(batch, run)
            except OperationalError:
                raise  # the transaction is lost: the caller starts again
            except Exception as error:
                if len(batch) > 1:
                    done += self._treat_one_by_one(batch, run)
                else:
                    done[self._note_failure(batch[0], run, error)] += 1
        return done

    def _get_companies(self):
        """The companies of the rule; for a person, those he or she works in."""
        companies = self.company_id or self.env["res.company"].sudo().search([])
        return companies if self.env.su else companies & self.env.companies

    def _get_occurrences(self, company, as_of, customers=None, domain=None):
        """The occurrences as of a day, highest value at risk first, then revenue.

        :param customers: :class:`Customers` to look at; None means everybody
        :param domain: in place of the rule's condition
        :return: (:class:`Occurrence` tuples that the ledger does not know, number of
            those that it does know)
        """
        found, names = self._get_found_sql(company, as_of, customers, domain)
        rows = self.env.execute_query(
            SQL(
                """
                %(found)s
                SELECT total.already, found.partner_id, found.user_id, found.team_id,
                       found.stage_id, found.segment_id, found.value_at_risk::float8,
                       found.occurrence, %(evidence)s
                  FROM (
                       SELECT COUNT(*) FILTER (WHERE known) AS already FROM found
                  ) total
                  LEFT JOIN found ON NOT found.known
                 ORDER BY found.value_at_risk DESC NULLS LAST, found.rank_by DESC,
                       found.partner_id, found.occurrence
                """,
                found=found,
                evidence=SQL(", ").join(
                    SQL.identifier("found", f"e_{name}") for name in names
                ),
            )
        )
        already = rows[0][0]
        make = Occurrence._make
        fresh = [make((*row[1:8], names, row[8:])) for row in rows if row[1]]
        return fresh, already

    def _get_found_sql(self, company, as_of, customers=None, domain=None):
        """The occurrences as of a day, as the start of a statement.

        :return: (SQL of a ``WITH`` clause with the table ``found``: what is in an
            :class:`Occurrence`, ``known`` by the ledger or not, and each figure as
            ``e_<name>``; names of the figures)
        """
        Profile = self.env["relationship.profile"]
        query, key, own_evidence = self._get_trigger_query(
            company, as_of, customers, domain
        )
        evidence = {
            name: SQL.identifier("relationship_profile", name)
            for name in EVIDENCE_COLUMNS
        } | own_evidence
        found = query.select(
            SQL.identifier("relationship_profile", "partner_id"),
            SQL.identifier("relationship_profile", "user_id"),
            SQL.identifier("relationship_profile", "team_id"),
            SQL.identifier("relationship_profile", "stage_id"),
            SQL.identifier("relationship_profile", "segment_id"),
            SQL.identifier("relationship_profile", "value_at_risk"),
            SQL("relationship_profile.revenue AS rank_by"),
            SQL("%s AS occurrence", key),
            SQL(
                "%s AS known",
                self.env["relationship.touch"]._get_known_sql(
                    self._origin.id, company.id, key
                ),
            ),
            *(
                SQL("%s AS %s", sql, SQL.identifier(f"e_{name}"))
                for name, sql in evidence.items()
            ),
        )
        Profile._flush_sources()
        self.env["relationship.touch"].flush_model()
        as_of_sql = Profile._get_as_of_sql(company, as_of, customers)
        with_found = SQL("%s found AS MATERIALIZED (%s)", as_of_sql, found)
        return with_found, tuple(evidence)

    def _treat(self, items, run) -> Counter:
        """Enter the items into the ledger and act for those that were not there yet.

        Who was archived or merged since the plan was made is passed over; the customer
        who is left has occurrences of its own.
        """
        # The rule acts for every customer, and the ledger is the engine's to write,
        # whoever runs it.
        partners = self.env["res.partner"].sudo().browse(i.partner_id for i in items)
        here = set(partners.exists().filtered("active").ids)
        there = [item for item in items if item.partner_id in here]
        touches = self.env["relationship.touch"].sudo()._enter(self, there, run)
        fresh = [item for item in there if item in touches]
        treated = [item for item in fresh if item.outcome == TREAT]
        if treated:
            self._do(treated, touches)
        self.env.flush_all()
        return Counter(
            {
                TREAT: len(treated),
                HELD_OUT: len(fresh) - len(treated),
                ALREADY: len(there) - len(fresh),
                GONE: len(items) - len(there),
            }
        )

    def _treat_one_by_one(self, items, run) -> Counter:
        """After a batch failed: find the culprit, treat the others."""
        done = Counter()
        for item in items:
            try:
                with self.env.cr.savepoint():
                    done += self._treat([item], run)
            except OperationalError:
                raise
            except Exception as error:
                done[self._note_failure(item, run, error)] += 1
        return done

    def _note_failure(self, item, run, error) -> str:
        """Log that it went wrong for a customer. Called where it is handled.

        :return: the outcome
        """
        if (
            isinstance(error, ForeignKeyViolation)
            and error.diag.constraint_name == PARTNER_KEY
        ):
            return GONE  # somebody has just merged or deleted the customer
        _logger.exception(
            "Retention rule %s failed for customer %s", self.id, item.partner_id
        )
        run._note_error(item.partner_id, error)
        return FAILED
