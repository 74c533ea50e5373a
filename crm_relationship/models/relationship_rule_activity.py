from odoo import fields, models


class RelationshipRuleActivity(models.AbstractModel):
    """The action ``activity``: something to do for the person responsible. A part of
    ``relationship.rule``.

    What the activity says is in ``relationship_rule_note``, who gets it in
    ``relationship_rule_assignment``.
    """

    _name = "relationship.rule.activity"
    _description = "Rule that Schedules Activities"

    activity_type_id = fields.Many2one(
        "mail.activity.type",
        string="Activity",
        required=True,
        ondelete="restrict",
        index=True,
        domain="[('res_model', 'in', (False, 'res.partner'))]",
        default=lambda self: self.env.ref(
            "mail.mail_activity_data_call", raise_if_not_found=False
        ),
    )
    activity_summary = fields.Char(
        string="Summary", translate=True, help="Empty: the name of the rule."
    )
    activity_days = fields.Integer(
        string="Due in Working Days",
        default=2,
        help="Working days from the run to the deadline, by the working hours of the "
        "company and its public holidays.",
    )

    def _say_action_activity(self) -> str:
        days = {
            0: self.env._("on the same working day"),
            1: self.env._("on the next working day"),
        }
        return self.env._(
            "schedule “%(activity)s” for %(person)s, due %(when)s",
            activity=self.activity_type_id.name or self.env._("an activity"),
            person=self._say_assignee(),
            when=days.get(self.activity_days)
            or self.env._("in %s working days", self.activity_days),
        )

    def _get_problem_activity(self) -> str:
        # The company may have archived a type that rules still name.
        if not self.activity_type_id.active:
            return self.env._(
                "The activity “%s” is archived.", self.activity_type_id.name
            )
        return ""

    def _do_activity(self, items, touches):
        # Activities read the name of their customer one by one; fetch them at once.
        self.env["res.partner"].sudo().browse(item.partner_id for item in items).mapped(
            "display_name"
        )
        # The activities are the engine's to write, whoever runs it.
        activities = (
            self.env["mail.activity"]
            .sudo()
            .with_context(mail_activity_quick_update=True)
            .create(self._prepare_activities(items))
        )
        for item, activity in zip(items, activities, strict=True):
            touches[item].activity_id = activity

    def _prepare_activities(self, items) -> list[dict]:
        """Values of the activities, each in the language of the one who gets it."""
        notes = self._get_notes(items)
        deadlines = self._get_deadlines(items)
        users = self.env["res.users"].sudo().browse({item.user_id for item in items})
        rules = {user.id: self.sudo().with_context(lang=user.lang) for user in users}
        summaries = {
            user_id: rule.activity_summary or rule.name
            for user_id, rule in rules.items()
        }
        return [
            self._prepare_activity_vals(item)
            | {
                "summary": summaries[item.user_id],
                "note": notes[item],
                "date_deadline": deadlines[item.company_id, item.day],
            }
            for item in items
        ]

    def _prepare_activity_vals(self, item) -> dict:
        """What the activity of one occurrence has of its own, besides its words."""
        return {
            "res_model_id": self.env["ir.model"]._get_id("res.partner"),
            "res_id": item.partner_id,
            "activity_type_id": self.activity_type_id.id,
            "user_id": item.user_id,
            "automated": True,
        }

    def _get_deadlines(self, items) -> dict:
        """:return: {(company id, day of the plan): deadline}"""
        # Its working hours are no secret.
        companies = self.env["res.company"].sudo()
        return {
            (company_id, day): companies.browse(company_id)._relationship_add_days(
                day, self.activity_days
            )
            for company_id, day in {(item.company_id, item.day) for item in items}
        }
