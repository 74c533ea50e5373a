from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

# Logs what a template can't say; whoever switches the rule on reads it.
RENDERER = "odoo.addons.mail.models.mail_render_mixin"


class RelationshipRuleEmail(models.AbstractModel):
    """The action ``email``: an e-mail from a template. A part of
    ``relationship.rule``.
    """

    _name = "relationship.rule.email"
    _description = "Rule that Sends E-mails"

    template_id = fields.Many2one(
        "mail.template",
        string="E-mail Template",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('model', '=', 'res.partner')]",
        help="A template for contacts. It is written in the customer's language, in "
        "the name of the person responsible and with that person's rights, and goes "
        "to the customer.",
    )

    def _say_action_email(self) -> str:
        if not self.template_id:
            return self.env._("send an e-mail")
        return self.env._("send the e-mail “%s”", self.template_id.name)

    def _get_problem_email(self) -> str:
        template = self.template_id
        if not template:
            return self.env._("Choose the template of the e-mail to send.")
        if not template.active:
            return self.env._("The template “%s” is archived.", template.name)
        if template.model != "res.partner":
            return self.env._("The template “%s” is not for contacts.", template.name)
        if not self._is_to_customer(template):
            return self.env._(
                "The template “%s” says itself to whom it goes. The rule asks the "
                "customer's consent, so it has to go to the default recipients.",
                template.name,
            )
        if self.channel_id.reach != "email":
            return self.env._(
                "An e-mail needs a channel that reaches the customer by e-mail, so "
                "that consent and blacklist of the right channel are heeded."
            )
        return ""

    def _check_can_act(self):
        """Before it is switched on: the template can be written.

        :raise ValidationError: it can't, and why
        """
        result = super()._check_can_act()
        if self.action_kind == "email":
            self._check_template()
        return result

    def _check_template(self):
        """Write the e-mail for one whom it would go to, or else for the company; send
        nothing."""
        company = self.company_id or self.env.company
        item = next(iter(self.evaluate(any_day=True).to_treat), None)
        partner_id = item.partner_id if item else company.partner_id.id
        template = self.template_id.with_user(item.user_id if item else self.env.user)
        try:
            with mute_logger(RENDERER), self.env.cr.savepoint():
                template.with_company(company)._generate_template(
                    [partner_id], ("subject", "body_html", "email_from")
                )
        except Exception as error:  # whatever an expression in a template raises
            raise ValidationError(
                self.env._(
                    "The template “%(name)s” can't be written: %(error)s",
                    name=self.template_id.name,
                    error=str(error).strip(),
                )
            ) from error

    @api.model
    def _is_to_customer(self, template) -> bool:
        """Whether an e-mail of this template goes to the contact it is about."""
        if template.use_default_to:
            return True
        to = "".join((template.partner_to or "").split())
        named = template.email_to or template.email_cc
        return to == "{{object.id}}" and not named

    def _do_email(self, items, touches):
        """Put e-mails into the queue, which sends each once it is committed."""
        partners = self.env["res.partner"].sudo().browse(i.partner_id for i in items)
        langs = {partner.id: partner.lang for partner in partners}
        groups = {}
        for item in items:
            key = item.user_id, item.company_id, langs[item.partner_id]
            groups.setdefault(key, []).append(item)
        for (user_id, company_id, lang), group in groups.items():
            # As the person responsible, neither as the system nor as whoever happens
            # to run the rule: a template shows what its sender may see.
            template = self.template_id.with_env(
                self.env(
                    user=user_id,
                    su=False,
                    context={"lang": lang, "allowed_company_ids": [company_id]},
                )
            )
            ids = [item.partner_id for item in group]
            mails = template.send_mail_batch(ids, force_send=False)
            for item, mail in zip(group, mails, strict=True):
                touches[item].message_id = mail.mail_message_id
            company = self.env["res.company"].browse(company_id)
            found = (touches[item] for item in group)
            self._complete_mails(company, lang, dict(zip(found, mails, strict=True)))
