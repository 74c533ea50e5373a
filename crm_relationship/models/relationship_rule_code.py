from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError

# Who may not configure Odoo's server actions may still do this to a rule with one.
SAFE_FIELDS = {"active", "sequence"}
OFF = {"state": "off", "failure_count": 0, "pause_reason": False}
ARCHIVED = {"active": False, "is_archived_with_rule": True}


class RelationshipRuleCode(models.AbstractModel):
    """The action ``server``: one of Odoo's server actions, with all rights. A part of
    ``relationship.rule``.
    """

    _name = "relationship.rule.code"
    _description = "Rule that Runs a Server Action"

    server_action_id = fields.Many2one(
        "ir.actions.server",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('model_name', '=', 'res.partner'),"
        " ('usage', '=', 'ir_actions_server')]",
        groups="base.group_system",
        help="Runs for one customer after the other, with all rights.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """:raise AccessError: who may not write code makes a rule that runs it"""
        rules = super().create(vals_list)
        rules._check_may_run_code()
        return rules

    def write(self, vals):
        """:raise AccessError: who may not write code changes when it is run"""
        if not self._is_safe(vals):
            (self | self._get_all_steps())._check_may_run_code()
        result = super().write(vals)
        if "action_kind" in vals:
            self._check_may_run_code()
        return result

    def _is_safe(self, vals) -> bool:
        """Whether this makes no code run that would not have run, as switching off."""
        if vals == ARCHIVED:
            return True
        is_off = vals.get("state") == "off"
        return all(
            name in SAFE_FIELDS or (is_off and OFF.get(name, vals) == value)
            for name, value in vals.items()
        )

    def _check_may_run_code(self):
        """Server actions run with all rights, so those who may write them say when.

        :raise AccessError: one of the rules has one, and the user may not
        """
        with_code = self.filtered(lambda rule: rule.action_kind == "server")
        if with_code and not (
            self.env.su or self.env.user.has_group("base.group_system")
        ):
            raise AccessError(
                self.env._(
                    "“%s” runs a server action; only who administers the settings may "
                    "change or run it.",
                    with_code[0].name,
                )
            )

    def _get_batch_size(self) -> int:
        """Code may reach beyond the transaction, so it is never run again for one
        customer because it failed for another."""
        return 1 if self.action_kind == "server" else super()._get_batch_size()

    def _say_action_server(self) -> str:
        if not self.server_action_id:
            return self.env._("run a server action")
        return self.env._("run “%s”", self.server_action_id.name)

    def _get_problem_server(self) -> str:
        action = self.server_action_id
        if not action:
            return self.env._("Choose the server action to run.")
        if action.model_name != "res.partner":
            return self.env._("The action “%s” is not for contacts.", action.name)
        return action.warning or ""

    def _do_server(self, items, touches):
        for item in items:
            # As the scheduler runs it, also when a person runs the rule; only who may
            # write such code may choose it. Nothing of that person's context goes in.
            env = self.env(
                user=SUPERUSER_ID,
                su=True,
                context={
                    "allowed_company_ids": [item.company_id],
                    "active_model": "res.partner",
                    "active_id": item.partner_id,
                    "active_ids": [item.partner_id],
                },
            )
            self.server_action_id.with_env(env).run()
