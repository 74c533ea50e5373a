import logging
import time
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.plan import ALREADY, FAILED, GONE, HELD_OUT, TREAT
from ..tools.transactions import Conflict, retry

_logger = logging.getLogger(__name__)

# Rules that had to wait for others are tried again so many minutes later.
AGAIN_MINUTES = 1


class RelationshipRuleJob(models.AbstractModel):
    """Runs rules, by hand and by scheduled jobs. A part of ``relationship.rule``."""

    _name = "relationship.rule.job"
    _description = "Rule Job"

    def _run(self, companies=None, quiet=False, any_day=False):
        """Evaluate and apply, and log the run. Does not commit.

        :param quiet: log nothing if nothing was to be done
        :param any_day: also on a quiet day
        :return: the ``relationship.rule.run``
        :raise ValidationError: the rule can't act, e.g. its template is archived
        """
        self.ensure_one()
        if problem := self._get_problem():
            raise ValidationError(problem)
        if companies is None:
            companies = self._get_companies()
        start = time.monotonic()
        plan = self.evaluate(companies=companies, any_day=any_day)
        if quiet and not plan.to_enter:
            return self.env["relationship.rule.run"]
        run = self.env["relationship.rule.run"].sudo()._log(self, plan, companies)
        done = self.apply(plan, run)
        run.write(
            {
                "treated_count": done[TREAT],
                "held_out_count": done[HELD_OUT],
                "already_count": plan.already + done[ALREADY],
                "gone_count": done[GONE],
                "failed_count": done[FAILED],
                "duration": time.monotonic() - start,
            }
        )
        return run

    @api.model
    def _cron_run(self):
        """Run the rules that are on, each in a transaction of its own."""
        if not self._run_all(self.search([("state", "=", "on")])):
            self._run_again_soon("crm_relationship.ir_cron_run_rules")

    @api.model
    def _run_again_soon(self, job):
        """Rules had to wait: have the job come again."""
        if cron := self.env.ref(job, raise_if_not_found=False):
            soon = fields.Datetime.add(fields.Datetime.now(), minutes=AGAIN_MINUTES)
            cron.sudo()._trigger(soon)  # it is the job that asks

    @api.model
    def _run_all(self, rules, quiet=False) -> bool:
        """:return: False if some have to wait, because others are running"""
        remaining = len(rules)
        had_turn = True
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        for rule in rules:
            had_turn &= rule._run_in_turn(quiet)
            remaining -= 1
            if not self.env["ir.cron"]._commit_progress(1, remaining=remaining):
                break
        return had_turn

    def _run_in_turn(self, quiet=False) -> bool:
        """Run, unless a rule is running now. An error is logged with the rule and
        stops no other rule; too many in a row pause the rule.

        :return: False if the rule has to wait
        """
        try:
            return retry(self.env.cr, partial(self._run_if_free, quiet))
        except Conflict as conflict:
            # Not a fault of the rule: somebody else got in the way, again and again.
            self.env.cr.rollback()
            _logger.warning("Retention rule %s has to wait: %s", self.id, conflict)
            return False
        except ValidationError as error:
            # Not a fault of the program: the rule waits for its administrator.
            self.env.cr.rollback()
            _logger.warning("Retention rule %s can't run: %s", self.id, error)
            retry(self.env.cr, partial(self._note_failed_run, error))
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("Retention rule %s failed", self.id)
            retry(self.env.cr, partial(self._note_failed_run, error))
        return True

    def _run_if_free(self, quiet=False) -> bool:
        if not self._try_turn():
            return False
        # Others may have switched it off, or deleted it, since the job began.
        if self.exists().state == "on" and self.active:
            self._note_run(self._run(quiet=quiet))
        self.env.cr.flush()  # what conflicts is to conflict here
        return True

    def _try_turn(self) -> bool:
        """Whether the rule may run now; see ``relationship.rule.turn``."""
        # The turn is the engine's to take, whoever runs the rule.
        return self.env["relationship.rule.turn"].sudo()._try_take()
