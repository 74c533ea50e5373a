from odoo import api, fields, models
from odoo.tools import format_list


class RelationshipRuleSentence(models.AbstractModel):
    """The parts of the sentence that a rule reads as. A part of
    ``relationship.rule``.
    """

    _name = "relationship.rule.sentence"
    _description = "Sentence of a Rule"

    when_text = fields.Char(compute="_compute_texts", export_string_translation=False)
    unless_text = fields.Char(compute="_compute_texts", export_string_translation=False)
    then_text = fields.Char(compute="_compute_texts", export_string_translation=False)

    @api.depends("sentence", "contact_days", "cooldown_days")
    @api.depends_context("lang")
    def _compute_texts(self):
        for rule in self:
            rule.when_text = rule._say_trigger()
            rule.unless_text = format_list(self.env, rule._say_guards(), "or")
            rule.then_text = rule._say_action()

    def _say_guards(self) -> list[str]:
        """What keeps the rule from acting, as parts of a sentence after "unless"."""
        guards = self._say_contact_guards() if self._contacts() else []
        if self.cooldown_days:
            days = self._say_days(self.cooldown_days)
            guards.append(self.env._("this rule acted less than %s ago", days))
        return guards

    def _say_contact_guards(self) -> list[str]:
        """What keeps a rule from acting that customers hear of."""
        guards = [
            self.env._(
                "they may not be contacted %(purpose)s by “%(channel)s”",
                purpose=self._say_purpose(),
                channel=self.channel_id.name or self.env._("any channel"),
            )
        ]
        if self._heeds_complaints():
            guards.append(self.env._("a complaint of theirs is open"))
        if self.contact_days:
            days = self._say_days(self.contact_days)
            guards.append(self.env._("the last contact was less than %s ago", days))
        return guards
