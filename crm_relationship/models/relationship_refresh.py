from odoo import api, fields, models
from odoo.tools import format_datetime

from ..tools.customers import MAX_ID, Customers


class RelationshipRefresh(models.Model):
    """One pass over all customers of a company: its progress and its outcome.

    The record is the bookmark of the pass. It is written in the same transaction as
    the slice, so a job that dies starts again behind the last slice that was saved.
    """

    _name = "relationship.refresh"
    _description = "Profile Refresh"
    _order = "id desc"
    _rec_name = "as_of"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    as_of = fields.Date(required=True, readonly=True, help="The day looked from.")
    phase = fields.Selection(
        [("facts", "Facts"), ("place", "Scores, Stages and Segments")],
        default="facts",
        required=True,
        readonly=True,
        help="First the facts of everybody, for scores compare each with all others.",
    )
    last_partner_id = fields.Integer(
        readonly=True,
        export_string_translation=False,
        help="Customers up to this database id are done.",
    )
    customer_count = fields.Integer(string="Customers", readonly=True)
    written_count = fields.Integer(
        string="Profiles Changed", readonly=True, aggregator="sum"
    )
    move_count = fields.Integer(string="Stage Moves", readonly=True)
    date_end = fields.Datetime(string="Finished On", readonly=True)
    state = fields.Selection(
        [("running", "Running"), ("done", "Done")],
        default="running",
        required=True,
        readonly=True,
    )

    @api.model
    def _start(self, company, as_of=None):
        """Begin a pass as of a day, or go on with the one that was interrupted."""
        as_of = as_of or company._relationship_today()
        unfinished = self.search(
            [
                ("company_id", "=", company.id),
                ("as_of", "=", as_of),
                ("state", "=", "running"),
            ],
            limit=1,
        )
        return unfinished or self.create({"company_id": company.id, "as_of": as_of})

    @api.model
    def _request(self, company):
        """Ask for a pass over a company now, by the scheduled job.

        What a running pass has computed before the change is out of date: it gives way
        to a new one. It is left alone here, as the job may be writing it just now; even
        one that seems not to have begun may be at its first slice.
        """
        # The log is the system's to write, whoever asked for the pass.
        running = self.sudo()._start(company)
        if running.create_date != self.env.cr.now():  # not of this transaction
            running.create({"company_id": company.id, "as_of": running.as_of})
        self.env.ref("crm_relationship.ir_cron_refresh").sudo()._trigger()

    @api.model
    def _request_if_running(self, company):
        """Ask for a pass if one is running: it may have read what has changed since."""
        own = [("company_id", "=", company.id), ("state", "=", "running")]
        if self.sudo().search_count(own, limit=1):
            self._request(company)

    @api.model
    def _is_done(self, company) -> bool:
        """Whether the latest pass as of the company's today is complete."""
        latest = self.search(
            [
                ("company_id", "=", company.id),
                ("as_of", "=", company._relationship_today()),
            ],
            limit=1,
        )
        return latest.state == "done"

    def _step(self) -> bool:
        """Refresh the next slice.

        :return: whether there is another one
        """
        self.ensure_one()
        upto, count = self.env["relationship.profile"]._get_next_slice(
            self.last_partner_id
        )
        customers = Customers(after=self.last_partner_id, upto=upto)
        self.last_partner_id = upto
        more = upto != MAX_ID
        if self.phase == "facts":
            self._step_facts(customers, count, more)
            more = True
        else:
            self._step_place(customers, more)
        self.flush_model()
        return more

    def _step_facts(self, customers, count, more):
        Profile = self.env["relationship.profile"]
        self.customer_count += count
        scope = Profile._get_scope(self.company_id, customers, self.as_of)
        self.written_count += Profile._refresh_facts(self.company_id, scope)
        if not more:
            Profile._renew_scale(self.company_id, self.as_of)
            self.write({"phase": "place", "last_partner_id": 0})

    def _step_place(self, customers, more):
        written, moved = self.env["relationship.profile"]._settle(
            self.company_id, customers, self.as_of
        )
        self.written_count += written
        self.move_count += moved
        if not more:
            self.write({"state": "done", "date_end": fields.Datetime.now()})
            self._get_superseded().state = "done"
            self.env["relationship.segment.snapshot"]._request(self.company_id)
            self.env["relationship.value.model"]._request_first(self.company_id)

    def _get_superseded(self):
        """Passes that this one has replaced before they came to their end."""
        return self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("as_of", "=", self.as_of),
                ("state", "=", "running"),
                ("id", "<", self.id),
            ]
        )

    def _get_summary(self) -> str:
        """Progress or outcome in words."""
        self.ensure_one()
        if self.state == "running":
            return self.env._("Running: %s customers so far.", self.customer_count)
        return self.env._(
            "Last refresh on %(date)s: %(customers)s customers, %(changed)s profiles "
            "changed, %(moves)s stage moves.",
            date=format_datetime(self.env, self.date_end),
            customers=self.customer_count,
            changed=self.written_count,
            moves=self.move_count,
        )

    @api.autovacuum
    def _gc_refreshes(self):
        """Keep a quarter of a year of the log."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), months=3)
        old = self.search([("create_date", "<", limit)], limit=1000)
        old.unlink()
        return len(old), len(old) == 1000
