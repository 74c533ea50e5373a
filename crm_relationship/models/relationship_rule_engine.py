import logging
import time
from collections import Counter

from markupsafe import Markup
from psycopg2.errors import OperationalError

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_amount, split_every

from ..tools.plan import Occurrence, Plan
from ..tools.transactions import retry
from .relationship_placing_sql import EVIDENCE_COLUMNS

_logger = logging.getLogger(__name__)

# Occurrences per savepoint.
BATCH = 500
# First key of the advisory locks of the engine; the second is the rule's id.
LOCK_KEY = 0x52554C


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
    def evaluate(self, as_of=None, companies=None) -> Plan:
        """What the rule would do now; writes nothing.

        Preview, dry run and the scheduled job all call this. One query a company,
        and a few for the people responsible, whatever the number of customers.

        :param as_of: date to look from (default: today of each company)
        :param companies: default: those of the rule that the user works in
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
            occurrences, already = rule._get_occurrences(company, day)
            plan.already += already
            plan.items += rule._apply_guards(company, day, occurrences, used[day])
        return plan

    @api.private
    def apply(self, plan, run=None) -> Counter:
        """Do what a plan says: one touch and one activity per occurrence to treat.

        An occurrence that is in the ledger by now is passed over. A customer that
        fails is logged and skipped. Does not commit.

        :param run: the run that the touches belong to
        :return: number of occurrences per outcome: treated, already, failed
        """
        self.ensure_one()
        run = run or self.env["relationship.rule.run"]
        done = Counter()
        for batch in map(list, split_every(BATCH, plan.to_treat)):
            try:
                with self.env.cr.savepoint():
                    done += self._treat(batch, run)
            except OperationalError:
                raise  # the transaction is lost: the caller starts again
            except Exception:
                done += self._treat_one_by_one(batch, run)
        return done

    def _run(self, companies=None):
        """Evaluate and apply, and log the run. Does not commit.

        :return: the ``relationship.rule.run``
        """
        self.ensure_one()
        if companies is None:
            companies = self._get_companies()
        start = time.monotonic()
        plan = self.evaluate(companies=companies)
        run = self.env["relationship.rule.run"].sudo()._log(self, plan, companies)
        done = self.apply(plan, run)
        run.write(
            {
                "treated_count": done["treated"],
                "already_count": plan.already + done["already"],
                "failed_count": done["failed"],
                "duration": time.monotonic() - start,
            }
        )
        return run

    @api.model
    def _cron_run(self):
        """Run the active rules, each in a transaction of its own."""
        rules = self.search([])
        remaining = len(rules)
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        for rule in rules:
            rule._run_in_turn()
            remaining -= 1
            if not self.env["ir.cron"]._commit_progress(1, remaining=remaining):
                return

    def _run_in_turn(self):
        """Run, unless another worker runs this rule now. An error is logged with the
        rule and stops no other rule."""
        try:
            retry(self.env.cr, self._run_if_free)
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("Retention rule %s failed", self.id)
            self.env["relationship.rule.run"]._log_error(self, error)

    def _run_if_free(self):
        if self._try_turn():
            self._run()
            self.env.cr.flush()  # what conflicts is to conflict here

    def _try_turn(self) -> bool:
        [[taken]] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK_KEY, self.id)
        )
        return taken

    def _get_companies(self):
        """The companies of the rule; for a person, those he or she works in."""
        companies = self.company_id or self.env["res.company"].sudo().search([])
        return companies if self.env.su else companies & self.env.companies

    def _get_occurrences(self, company, as_of):
        """The occurrences as of a day, highest revenue first.

        :return: (:class:`Occurrence` tuples that the ledger does not know, number of
            those that it does know)
        """
        Profile = self.env["relationship.profile"]
        query = Profile._search(
            self._get_domain() & Domain("company_id", "=", company.id),
            bypass_access=True,
        )
        key, own_evidence = self._add_trigger(query, as_of)
        evidence = {
            name: SQL.identifier("relationship_profile", name)
            for name in EVIDENCE_COLUMNS
        } | own_evidence
        found = query.select(
            SQL.identifier("relationship_profile", "partner_id"),
            SQL.identifier("relationship_profile", "user_id"),
            SQL.identifier("relationship_profile", "team_id"),
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
        rows = self.env.execute_query(
            SQL(
                """
                %(as_of)s found AS MATERIALIZED (%(found)s)
                SELECT total.already, found.partner_id, found.user_id, found.team_id,
                       found.occurrence, %(evidence)s
                  FROM (
                       SELECT COUNT(*) FILTER (WHERE known) AS already FROM found
                  ) total
                  LEFT JOIN found ON NOT found.known
                 ORDER BY found.rank_by DESC, found.partner_id
                """,
                as_of=Profile._get_as_of_sql(company, as_of),
                found=found,
                evidence=SQL(", ").join(
                    SQL.identifier("found", f"e_{name}") for name in evidence
                ),
            )
        )
        already = rows[0][0]
        names = tuple(evidence)
        fresh = [Occurrence(*row[1:5], names, row[5:]) for row in rows if row[1]]
        return fresh, already

    def _treat(self, items, run) -> Counter:
        """Enter the items into the ledger and schedule the activities of those that
        were not there yet."""
        # The ledger and the activities are the engine's to write, whoever runs it.
        touches = self.env["relationship.touch"].sudo()._enter(self, items, run)
        fresh = [item for item in items if item in touches]
        # Activities read the name of their customer one by one; fetch them at once.
        self.env["res.partner"].sudo().browse(item.partner_id for item in fresh).mapped(
            "display_name"
        )
        activities = (
            self.env["mail.activity"]
            .sudo()
            .with_context(mail_activity_quick_update=True)
            .create([self._prepare_activity_vals(item) for item in fresh])
        )
        for item, activity in zip(fresh, activities, strict=True):
            touches[item].activity_id = activity
        self.env.flush_all()
        return Counter(treated=len(fresh), already=len(items) - len(fresh))

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
                _logger.exception(
                    "Retention rule %s failed for customer %s",
                    self.id,
                    item.partner_id,
                )
                done["failed"] += 1
                run._note_error(item.partner_id, error)
        return done

    def _prepare_activity_vals(self, item) -> dict:
        """Values of the activity for one occurrence, in its user's language."""
        user = self.env["res.users"].sudo().browse(item.user_id)
        rule = self.sudo().with_context(lang=user.lang)
        company = rule.env["res.company"].browse(item.company_id)
        return {
            "res_model_id": self.env["ir.model"]._get_id("res.partner"),
            "res_id": item.partner_id,
            "activity_type_id": rule.activity_type_id.id,
            "summary": rule.activity_summary or rule.name,
            "note": rule._get_activity_note(item, company),
            "date_deadline": fields.Date.add(item.day, days=rule.activity_days),
            "user_id": item.user_id,
            "automated": True,
        }

    def _get_activity_note(self, item, company) -> Markup:
        """Why the customer is to be contacted, in words and with figures."""
        reason = self.env["relationship.profile"]._describe(item.evidence)
        worth = self.env._(
            "Revenue so far: %(revenue)s in %(orders)s orders.",
            revenue=format_amount(
                self.env, item.evidence["revenue"], company.currency_id
            ),
            orders=item.evidence["order_count"],
        )
        return Markup("<p>%s</p><p>%s</p>") % (reason, worth)
