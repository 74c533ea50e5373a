from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# What a stage means to the clock and to the customer.
KINDS = [
    ("new", "New"),
    ("progress", "Being worked on"),
    ("waiting", "Waiting for the customer"),
    ("resolved", "Resolved"),
    ("cancelled", "Cancelled"),
]
RUNNING = ("new", "progress")
CLOSED = ("resolved", "cancelled")
NEEDED = ("new", "progress", "resolved")


class RelationshipCaseStage(models.Model):
    """A step of a case. Its kind, not its name, decides what happens."""

    _name = "relationship.case.stage"
    _description = "Case Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: every company uses the stage."
    )
    kind = fields.Selection(
        KINDS,
        string="Meaning",
        required=True,
        default="progress",
        help="The deadline stands still while a case waits for the customer. The "
        "customer is asked how satisfied they are when a case is resolved, not when it "
        "is cancelled.",
    )
    is_closed = fields.Boolean(
        string="Closed", compute="_compute_is_closed", store=True, precompute=True
    )
    fold = fields.Boolean(string="Folded in Kanban")
    description = fields.Text(translate=True, help="What is to be done here.")

    @api.depends("kind")
    def _compute_is_closed(self):
        for stage in self:
            stage.is_closed = stage.kind in CLOSED

    def write(self, vals):
        result = super().write(vals)
        if {"kind", "active", "company_id"} & vals.keys():
            self._check_stages()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_needed(self):
        """Cases need a way in and a way out.

        :raise UserError: the stage is the last of its kind
        """
        left = self.sudo().search([("company_id", "=", False)]) - self
        if missing := left._get_missing_kind():
            raise UserError(self._get_missing_text(missing))

    @api.model
    def _check_stages(self):
        """Cases of every company come in, are worked on, and are resolved.

        Not checked while the first stages are created, one after the other.

        :raise ValidationError: no active stage for one of these
        """
        shared = self.sudo().search([("company_id", "=", False)])
        if missing := shared._get_missing_kind():
            raise ValidationError(self._get_missing_text(missing))

    def _get_missing_kind(self):
        """The first kind that none of these stages is, or None."""
        kinds = set(self.mapped("kind"))
        return next((kind for kind in NEEDED if kind not in kinds), None)

    @api.model
    def _get_missing_text(self, kind):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return self.env._(
            "Cases need at least one active stage of all companies that means “%s”.",
            kinds[kind],
        )

    @api.model
    def _get_stage(self, kind, company):
        """The first stage of a kind that a company uses."""
        return self.search(
            [("kind", "=", kind), ("company_id", "in", (False, company.id))], limit=1
        )
