from odoo import api, fields, models
from odoo.fields import Domain
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
    kind = fields.Selection(
        [("full", "Everything"), ("place", "Stages and Segments")],
        string="What",
        default="full",
        required=True,
        readonly=True,
        help="After a change of the rules, customers are placed again; their facts "
        "stay.",
    )
    change_id = fields.Many2one(
        "relationship.placing.change",
        string="Change of the Rules",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    step_count = fields.Integer(
        readonly=True,
        export_string_translation=False,
        help="Customers looked at so far, in both phases.",
    )
    total_count = fields.Integer(
        readonly=True,
        export_string_translation=False,
        help="Customers to look at, in both phases.",
    )
    progress = fields.Float(compute="_compute_progress", help="In percent.")
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

    @api.depends("state", "step_count", "total_count")
    def _compute_progress(self):
        for refresh in self:
            share = refresh.step_count / (refresh.total_count or 1)
            refresh.progress = 100 if refresh.state == "done" else 100 * min(share, 1)

    @api.model_create_multi
    def create(self, vals_list):
        customers = self.env["relationship.profile"]._count_customers()
        for vals in vals_list:
            phases = 1 if vals.get("kind") == "place" else 2
            vals["total_count"] = phases * customers
        return super().create(vals_list)

    @api.model
    def _start(self, company, as_of=None, kinds=("full", "place")):
        """Begin a pass as of a day, or go on with the one that was interrupted."""
        as_of = as_of or company._relationship_today()
        running = Domain("company_id", "=", company.id) & Domain(
            "state", "=", "running"
        )
        if "place" in kinds:
            # What people changed comes first, also if the night came in between: only
            # that pass knows why the customers move.
            changed = self.search(running & Domain("kind", "=", "place"), limit=1)
            if changed:
                changed.as_of = as_of
                return changed
        wanted = Domain("as_of", "=", as_of) & Domain("kind", "in", kinds)
        unfinished = self.search(running & wanted, limit=1)
        return unfinished or self.create({"company_id": company.id, "as_of": as_of})

    @api.model
    def _request(self, company, change=None):
        """Ask for a pass over a company now, by the scheduled job.

        :param change: a change of the rules: only stages and segments are to be placed
            again, and the log of moves names it

        What a running pass has computed before the change is out of date: it gives way
        to a new one. It is left alone here, as the job may be writing it just now; even
        one that seems not to have begun may be at its first slice.
        """
        # The log is the system's to write, whoever asked for the pass.
        refresh = self.sudo()
        if change:
            refresh.create(
                {
                    "company_id": company.id,
                    "as_of": company._relationship_today(),
                    "kind": "place",
                    "phase": "place",
                    "change_id": change.id,
                }
            )
        else:
            running = refresh._start(company, kinds=["full"])
            if running.create_date != self.env.cr.now():  # not of this transaction
                running.create({"company_id": company.id, "as_of": running.as_of})
        self.env.ref("crm_relationship.ir_cron_refresh").sudo()._trigger()

    @api.model
    def _request_if_running(self, company):
        """Ask for a pass if one is running: it may have read what has changed since."""
        own = [
            ("company_id", "=", company.id),
            ("as_of", "=", company._relationship_today()),
            ("state", "=", "running"),
        ]
        if self.sudo().search_count(own, limit=1):
            self._request(company)

    @api.model
    def _is_done(self, company) -> bool:
        """Whether everybody was looked at as of the company's today, and no pass is
        left to do."""
        own = Domain("company_id", "=", company.id)
        today = Domain("as_of", "=", company._relationship_today())
        latest = self.search(own & today & Domain("kind", "=", "full"), limit=1)
        left = Domain("state", "=", "running") & (today | Domain("kind", "=", "place"))
        return latest.state == "done" and not self.search_count(own & left, limit=1)

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
        self.step_count += count
        more = upto != MAX_ID
        if self.phase == "facts":
            self._step_facts(customers, count, more)
            more = True
        else:
            self._step_place(customers, count, more)
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

    def _step_place(self, customers, count, more):
        Profile = self.env["relationship.profile"]
        if self.kind == "place":
            self.customer_count += count
            scope = Profile._get_scope(self.company_id, customers, self.as_of)
            moved = Profile._place_scope(self.company_id, scope, self.change_id)
        else:
            written, moved = Profile._settle(self.company_id, customers, self.as_of)
            self.written_count += written
        self.move_count += moved
        if not more:
            self._finish()

    def _finish(self):
        """Everybody was looked at."""
        self.write({"state": "done", "date_end": fields.Datetime.now()})
        replaced = self._get_superseded()
        replaced.state = "done"
        for change in (self | replaced).change_id:
            change._count_moves()
        if self.kind == "full":
            self.env["relationship.segment.snapshot"]._request(self.company_id)
            self.env["relationship.value.model"]._request_first(self.company_id)

    def _get_superseded(self):
        """Passes that this one has replaced before they came to their end; placing
        alone replaces no more than placing."""
        kinds = ["place"] if self.kind == "place" else ["full", "place"]
        return self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("as_of", "<=", self.as_of),
                ("state", "=", "running"),
                ("kind", "in", kinds),
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
