from datetime import timedelta

from odoo.fields import Command

from .common import RelationshipCase


class EntryCase(RelationshipCase):
    """A stage of its own, which customers enter by hand, with rules about that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rule = cls.env["relationship.rule"]
        cls.rule.active = False  # the shipped one
        cls.stage = cls.Stage.create(
            {"name": "Invited", "sequence": 15, "phase": "acquisition"}
        )
        cls.contact_stage = cls.env.ref("crm_relationship.stage_contact")
        cls.template = cls.env["mail.template"].create(
            {
                "name": "Welcome",
                "model_id": cls.env["ir.model"]._get_id("res.partner"),
                "subject": "Welcome {{ object.name }}",
                "body_html": "<p><t t-out='object.name'/>, <t t-out='user.name'/></p>",
                "auto_delete": False,
            }
        )
        cls.tag = cls.env["res.partner.category"].create({"name": "Invited"})

    @classmethod
    def _create_rule(cls, kind="activity", **values):
        own = {
            "email": {
                "template_id": cls.template.id,
                "channel_id": cls.env.ref("crm_relationship.channel_email").id,
            },
            "tag": {"tag_id": cls.tag.id},
        }.get(kind, {})
        return cls.Rule.create(
            {
                "state": "on",
                "name": "Welcome",
                "trigger": "stage",
                "stage_ids": [Command.set(cls.stage.ids)],
                "action_kind": kind,
                "daily_capacity": 0,
            }
            | own
            | values
        )

    @classmethod
    def _create_code(cls, code, **values):
        return cls.env["ir.actions.server"].create(
            {
                "name": "Tell the printer",
                "model_id": cls.env["ir.model"]._get_id("res.partner"),
                "state": "code",
                "code": code,
            }
            | values
        )

    def _create_prospect(self, **values):
        customer = self._create_customer(**values)
        self._refresh_changed()
        return customer

    def _enter(self, customer, stage=None):
        """Put a customer into a stage by hand; return the move."""
        stage = stage or self.stage
        self._get_profile(customer).write({"stage_id": stage.id})
        return self._get_moves(customer)[:1]

    def _create_invited(self, **values):
        customer = self._create_prospect(**values)
        self._enter(customer)
        return customer

    def _get_moves(self, customer):
        """The latest first."""
        return self.Move.search([("partner_id", "=", customer.id)], order="id desc")

    def _get_touches(self, customer):
        return self.Touch.search([("partner_id", "=", customer.id)], order="id")

    def _get_outcomes(self, rule, customer, as_of=None):
        items = rule.evaluate(as_of).items
        return [item.outcome for item in items if item.partner_id == customer.id]

    def _get_mails(self, customer):
        return self.env["mail.mail"].search([("recipient_ids", "in", customer.ids)])

    def _undo(self, move):
        self._get_profile(move.partner_id).action_undo_move()

    def _put_back(self, customer, days):
        """As if what the log has of a customer had happened so many days before."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE relationship_stage_move SET date = date - %s WHERE partner_id = %s",
            [days, customer.id],
        )
        self.env.cr.execute(
            "UPDATE relationship_profile SET stage_date = stage_date - %s"
            " WHERE partner_id = %s",
            [days, customer.id],
        )
        self.env.invalidate_all()

    def _in_days(self, days):
        return self.today + timedelta(days=days)
