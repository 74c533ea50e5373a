import json
import logging
import time

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, format_datetime, formatLang

from ..tools.transactions import execute, retry
from . import relationship_duplicate_check_sql as check
from . import relationship_duplicate_sql as statements
from .relationship_duplicate_save_sql import save
from .relationship_duplicate_score import THRESHOLD

_logger = logging.getLogger(__name__)

THRESHOLD_KEY = "crm_relationship.duplicate_threshold"
LAST_SCAN_KEY = "crm_relationship.duplicate_last_scan"
# Key of the advisory lock: one scan at a time.
LOCK_KEY = 0x445550
# Sorting millions of keys on disk takes several times as long.
WORK_MEM = "128MB"
CANDIDATES = 3


class RelationshipDuplicateScan(models.AbstractModel):
    """The search for duplicates: all partners at night, one while it is typed in.

    A part of ``relationship.duplicate``.
    """

    _name = "relationship.duplicate.scan"
    _description = "Search for Duplicates"

    @api.model
    def _has_trigram(self) -> bool:
        """Whether names can be compared by likeness, not by equality only."""
        return bool(self.env.registry.has_trigram)

    @api.model
    def _get_threshold(self) -> float:
        """The score (0..1) from which on a pair is shown."""
        # Everybody's check needs it; it is no secret.
        value = self.env["ir.config_parameter"].sudo().get_param(THRESHOLD_KEY)
        try:
            return min(max(float(value), 0.0), 1.0) if value else THRESHOLD
        except ValueError:
            return THRESHOLD

    @api.model
    def _scan(self) -> int:
        """Compare all partners and bring the stored pairs up to date.

        Set-based; does not commit. Half a minute for 200,000 partners.

        :return: number of pairs that were written
        """
        start = time.monotonic()
        self.env["res.partner"].flush_model()
        self.env["relationship.duplicate"].flush_model()
        trigram = self._has_trigram()
        self.env.cr.execute(SQL("SELECT set_config('work_mem', %s, true)", WORK_MEM))
        for statement in statements.scan_steps(trigram):
            self.env.cr.execute(statement)
        [*others, upsert] = save(trigram, self._get_threshold(), self.env.uid)
        for statement in others:
            self.env.cr.execute(statement)
        self.env.cr.execute(upsert, log_exceptions=False)
        written = self.env.cr.rowcount
        self.env["relationship.duplicate"].invalidate_model()
        self._note_scan(trigram, time.monotonic() - start)
        self.env.cr.execute(statements.drop_tables())
        return written

    @api.model
    def _note_scan(self, trigram, seconds):
        [[partners, pairs]] = self.env.execute_query(
            SQL(
                "SELECT (SELECT COUNT(*) FROM duplicate_person),"
                " (SELECT COUNT(*) FROM duplicate_found)"
            )
        )
        noted = {
            "date": fields.Datetime.to_string(fields.Datetime.now()),
            "partners": partners,
            "pairs": pairs,
            "seconds": round(seconds, 1),
            "trigram": trigram,
        }
        _logger.info(
            "Search for duplicates: %(partners)s partners, %(pairs)s pairs,"
            " %(seconds)s s",
            noted,
        )
        # The outcome of the job, whoever started it.
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param(LAST_SCAN_KEY, json.dumps(noted))

    @api.model
    def _get_summary(self) -> str:
        """The outcome of the last scan in words."""
        # Four figures about the job; nothing of any partner.
        value = self.env["ir.config_parameter"].sudo().get_param(LAST_SCAN_KEY)
        if not value:
            return self.env._("The contacts have not been compared yet.")
        noted = json.loads(value)
        return self.env._(
            "Last search on %(date)s: %(partners)s contacts, %(pairs)s pairs that look"
            " alike, in %(seconds)s seconds.",
            date=format_datetime(self.env, noted["date"]),
            partners=noted["partners"],
            pairs=noted["pairs"],
            seconds=formatLang(self.env, noted["seconds"], digits=1),
        )

    @api.model
    def _cron_scan(self):
        """Nightly: all partners, unless somebody is at it already."""
        retry(self.env.cr, self._scan_in_turn)

    @api.model
    def _scan_in_turn(self) -> bool:
        [[taken]] = execute(
            self.env, SQL("SELECT pg_try_advisory_xact_lock(%s)", LOCK_KEY)
        )
        if taken:
            self._scan()
        return taken

    @api.model
    def action_scan(self):
        """Compare all contacts now, in the background.

        :raise AccessError: the user is no administrator of the add-on
        """
        if not self.env.user.has_group("crm_relationship.group_relationship_manager"):
            raise AccessError(
                self.env._("Only administrators start the search for duplicates.")
            )
        # A user may not trigger jobs; this one changes nothing but the list.
        self.env.ref("crm_relationship.ir_cron_scan_duplicates").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "All contacts are being compared in the background. Open the list"
                    " again in a minute."
                ),
            },
        }

    @api.model
    def _find(self, typed, limit=CANDIDATES):
        """Partners who look like one that is being typed in.

        A few queries by index, whatever the number of partners. Names that are merely
        alike are found only where trigrams are at hand.

        :param typed: see ``relationship_duplicate_check_sql.known``
        :return: list of (partner, score, evidence), the most likely first, of those
            that the user may read
        """
        trigram = self._has_trigram()
        self.env["res.partner"].flush_model()
        settings = self.env.cr.savepoint(flush=False)
        try:
            self.env.cr.execute(check.prepare_known())
            rows = self.env.execute_query(check.known(typed, trigram))
        finally:
            settings.close(rollback=True)
        if not rows:
            return []
        ids = [row[0] for row in rows]
        rows = self.env.execute_query(
            check.look_alikes(typed, ids, trigram, self._get_threshold(), limit)
        )
        Partner = self.env["res.partner"].with_context(active_test=False)
        readable = Partner.search_fetch(
            [("id", "in", [row[0] for row in rows])], ["complete_name", "active"]
        )
        return [
            (Partner.browse(partner_id), score, evidence)
            for partner_id, score, evidence in rows
            if partner_id in readable._ids
        ]
