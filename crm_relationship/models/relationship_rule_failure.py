import logging

from markupsafe import Markup

from odoo import fields, models

_logger = logging.getLogger(__name__)

# A rule that fails so many times in a row pauses itself.
FAILURES = 5


class RelationshipRuleFailure(models.AbstractModel):
    """Rules that fail: after five failed runs in a row they pause, and tell the
    administrators. A part of ``relationship.rule``.
    """

    _name = "relationship.rule.failure"
    _description = "Rule that Fails"

    failure_count = fields.Integer(
        string="Failed Runs in a Row", readonly=True, copy=False
    )
    pause_reason = fields.Char(
        readonly=True,
        copy=False,
        # An error may name whom only some may see.
        groups="crm_relationship.group_relationship_manager",
        help="The last error, after which the rule paused.",
    )

    def _note_run(self, run):
        """Note whether a run has failed: all that it tried, and more than for one
        customer, who may be the reason; or the rule has never acted so far.

        :param run: empty where there was nothing to do
        """
        failed = run.failed_count
        if not failed or run.treated_count:
            self._forget_failures()
        elif failed > 1 or not self._has_acted():
            self._count_failure(run.error)

    def _note_failed_run(self, error):
        """Note a run that ended before it could act."""
        rule = self.exists()
        if rule:
            self.env["relationship.rule.run"]._log_error(rule, error)
            rule._count_failure(str(error))
            self.env.cr.flush()  # what conflicts is to conflict here

    def _has_acted(self) -> bool:
        touches = self.env["relationship.touch"].sudo()  # for the engine
        return bool(
            touches.search_count(
                [("rule_id", "=", self.id), ("state", "=", "treated")], limit=1
            )
        )

    def _forget_failures(self):
        if self.failure_count:
            self._write_state({"failure_count": 0})

    def _count_failure(self, error):
        if self.state != "on":
            return
        count = self.failure_count + 1
        self._write_state({"failure_count": count})
        if count >= FAILURES:
            self._pause(error)

    def _write_state(self, vals):
        # The engine notes how it goes, whoever runs the rule.
        self.sudo().write(vals)

    def _pause(self, error):
        """Stop running by itself until somebody switches the rule on again."""
        self.ensure_one()
        self._write_state({"state": "paused", "pause_reason": error})
        _logger.warning(
            "Retention rule %s failed %s times in a row and pauses", self.id, FAILURES
        )
        self._tell_administrators(error)

    def _tell_administrators(self, error):
        """Write to those who configure rules, each in their language."""
        people = self._get_administrators()
        for lang in set(people.mapped("lang")):
            rule = self.with_context(lang=lang)
            readers = people.filtered(lambda user, lang=lang: user.lang == lang)
            self.env["mail.thread"].sudo().with_context(lang=lang).message_notify(
                model=self._name,
                res_id=self.id,
                partner_ids=readers.partner_id.ids,
                subject=rule.env._("“%s” has paused", rule.name),
                body=rule._get_pause_text(error),
            )

    def _get_administrators(self):
        # Whom it concerns is no secret to the engine.
        group = self.env.ref("crm_relationship.group_relationship_manager").sudo()
        companies = self.company_id or self._get_companies()
        return group.all_user_ids.filtered(
            lambda user: user.active and not user.share and user.company_ids & companies
        )

    def _get_pause_text(self, error) -> Markup:
        lines = [
            self.env._(
                "The retention rule “%(rule)s” has failed %(count)s times in a row, so "
                "it has paused itself. The last error:",
                rule=self.name,
                count=FAILURES,
            ),
            error or self.env._("unknown"),
            self.env._(
                "Mend it, then switch the rule on again; what happened meanwhile is "
                "not lost."
            ),
        ]
        return Markup("").join(Markup("<p>%s</p>") % line for line in lines)
