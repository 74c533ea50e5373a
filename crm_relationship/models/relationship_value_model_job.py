import logging

from psycopg2 import errors

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.transactions import retry

_logger = logging.getLogger(__name__)

TODO = ("draft", "running")
CRON = "crm_relationship.ir_cron_fit"
# A step that ends its worker so often, by time or memory, will do it again.
MOST_TRIES = 3
# Another transaction was faster. Unlike a lack of memory or time, it passes.
PASSING = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    errors.UniqueViolation,
)


class RelationshipValueModelJob(models.AbstractModel):
    """When models are fitted. A part of ``relationship.value.model``.

    One step per commit, so a job that was killed goes on where the last one left it. A
    card whose steps come to no end waits for all others, and is given up in the end.
    """

    _name = "relationship.value.model.job"
    _description = "Job That Fits Value Models"

    @api.model
    def _request(self, company, as_of=None):
        """Have the models of a company fitted by the scheduled job, now.

        :param as_of: the last day that they may know; None is today
        :return: the model card; one that waits already is enough
        """
        # What is fitted is the system's to write, whoever asked for it.
        Model = self.sudo()
        values = {
            "company_id": company.id,
            "date": as_of or company._relationship_today(),
            "state": "draft",
        }
        domain = [(name, "=", value) for name, value in values.items()]
        model = Model.search(domain, limit=1) or Model.create(values)
        self.env.ref(CRON).sudo()._trigger()
        return model.sudo(False)

    @api.model
    def _request_first(self, company):
        """After a refresh: a company that has no model yet gets one."""
        if not self.search_count([("company_id", "=", company.id)], limit=1):
            self._request(company)

    @api.model
    def _request_due(self):
        """Have those companies' models fitted whose latest is a month old, or failed
        before today."""
        today = fields.Date.today()
        recent = self.search(
            Domain("state", "in", TODO)
            | Domain("date", ">", fields.Date.subtract(today, months=1))
            & (Domain("state", "!=", "failed") | Domain("date", ">=", today))
        ).company_id
        for company in self.env["res.company"].search([("id", "not in", recent.ids)]):
            self._request(company)

    @api.model
    def _cron_fit(self):
        """Monthly for each company, one step per commit."""
        Cron = self.env["ir.cron"]
        self._request_due()
        Cron._commit_progress(remaining=self._count_todo())
        while model := retry(self.env.cr, self._take_turn):
            # The try counts even if the step ends the worker.
            Cron._commit_progress()
            retry(self.env.cr, model._step_in_turn)
            if not Cron._commit_progress(1, remaining=self._count_todo()):
                return
        Cron._commit_progress(remaining=0)

    @api.model
    def _count_todo(self) -> int:
        return self.search_count([("state", "in", TODO)])

    @api.model
    def _take_turn(self):
        """Count a try of the oldest model card that nobody else is at, those first that
        gave no trouble.

        :return: the card; none if there is no work
        """
        todo = self.search([("state", "in", TODO)], order="tries, id")
        model = self.browse()
        for candidate in todo:
            if model := candidate.try_lock_for_update():
                model.tries += 1
                break
        return model

    def _step_in_turn(self):
        """Work on a card; one company's trouble is not another's."""
        model = self.try_lock_for_update()
        if model.state not in TODO:
            return
        if model.tries > MOST_TRIES:
            model._fail(f"Stopped {MOST_TRIES} times, by a limit of time or memory")
            return
        try:
            with self.env.cr.savepoint():
                model._fit_step()
        except PASSING:
            raise
        except Exception as error:
            _logger.exception("Fitting value models of company %s", model.company_id.id)
            model._fail(f"{type(error).__name__}: {error}")
        else:
            model.tries = 0

    def _fail(self, error):
        self.write({"state": "failed", "error": error, "work": False})
