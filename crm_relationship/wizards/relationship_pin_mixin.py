from odoo import api, fields, models
from odoo.exceptions import MissingError
from odoo.fields import Command

# Customers whom the form shows by name.
NAMED = 12


class RelationshipPinMixin(models.AbstractModel):
    """Asks for the reason and the end date of what is set by hand."""

    _name = "relationship.pin.mixin"
    _description = "Set by Hand"

    profile_ids = fields.Many2many(
        "relationship.profile", string="Customers", required=True
    )
    profile_count = fields.Integer(compute="_compute_profiles")
    is_named = fields.Boolean(compute="_compute_profiles")
    company_id = fields.Many2one("res.company", compute="_compute_profiles")
    until = fields.Date(
        string="Keep Until",
        required=True,
        help="After this day the entry rules decide again.",
    )
    reason = fields.Char(required=True)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        profiles = self.env["relationship.profile"].browse(
            self.env.context.get("active_ids", [])
        )
        profiles._check_still_there()
        company = profiles.company_id[:1] or self.env.company
        values.setdefault("profile_ids", [Command.set(profiles.ids)])
        values.setdefault(
            "until",
            fields.Date.add(
                company._relationship_today(), days=company.relationship_pin_days
            ),
        )
        return values

    @api.depends("profile_ids")
    def _compute_profiles(self):
        for wizard in self:
            wizard.company_id = wizard.profile_ids.company_id[:1]
            wizard.profile_count = len(wizard.profile_ids)
            wizard.is_named = wizard.profile_count <= NAMED

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # A customer that was merged while the form was open is no foreign key.
            self.env["relationship.profile"].browse(
                profile_id
                for command in vals.get("profile_ids") or []
                for profile_id in self._get_linked_ids(*command)
            )._check_still_there()
        return super().create(vals_list)

    def action_apply(self):
        """Put the customers there, wherever they are by now.

        :return: an action that says what was done and offers to undo it
        """
        self.ensure_one()
        if not self.profile_ids:  # as customers go, they go from here
            raise MissingError(self.profile_ids._get_gone_error())
        place = self._get_place()
        moves = self.profile_ids._pin(place, self.reason, self.until)
        return {
            "type": "ir.actions.client",
            "tag": "relationship_moved",
            "params": {
                "message": self._get_message(place, moves),
                "move_ids": self._get_undoable_ids(moves),
            },
        }

    @api.model
    def _get_linked_ids(self, command, record_id=0, record_ids=()):
        """The ids that a command of a Many2many links."""
        if command == Command.SET:
            return record_ids
        return [record_id] if command == Command.LINK else []

    def _get_message(self, place, moves) -> str:
        """What was done, in one sentence."""
        profile = self.profile_ids
        if len(profile) > 1:
            return self.env._(
                "%(count)s customers moved to “%(place)s”, where %(all)s are kept now.",
                count=len(moves),
                place=place.name,
                all=len(profile),
            )
        if not moves:
            return self.env._(
                "%(customer)s was in “%(place)s” already, and is kept there now.",
                customer=profile.display_name,
                place=place.name,
            )
        return self.env._(
            "%(customer)s moved from “%(origin)s” to “%(place)s”.",
            customer=profile.display_name,
            origin=moves[f"from_{place._get_kind()}_id"].name or self.env._("nowhere"),
            place=place.name,
        )

    def _get_undoable_ids(self, moves) -> list[int]:
        """The moves that can be undone with one click."""
        return []

    def _get_place(self):
        """The stage or segment that was chosen."""
        raise NotImplementedError
