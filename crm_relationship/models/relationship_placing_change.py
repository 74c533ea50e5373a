from odoo import api, fields, models
from odoo.exceptions import UserError

KINDS = [("stage", "Stages"), ("segment", "Segments")]


class RelationshipPlacingChange(models.Model):
    """Append-only log of changes of the rules by which customers are placed: who
    changed what of which stage or segment, and how many customers moved."""

    _name = "relationship.placing.change"
    _description = "Change of Rules"
    _order = "id desc"
    _rec_name = "description"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(KINDS, string="Of", required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", string="By", readonly=True, index="btree_not_null"
    )
    changes = fields.Json(
        readonly=True, help="What was changed, from what to what, by record."
    )
    description = fields.Char(string="What Changed", compute="_compute_description")
    move_count = fields.Integer(string="Customers Moved", readonly=True)
    state = fields.Selection(
        [("waiting", "Placing"), ("done", "Done"), ("undone", "Taken Back")],
        default="waiting",
        required=True,
        readonly=True,
    )
    progress = fields.Float(
        compute="_compute_progress", help="Share of the customers placed so far, in %."
    )

    @api.depends("changes")
    @api.depends_context("lang")
    def _compute_description(self):
        for change in self:
            items = change.changes or []
            moved = [item for item in items if item["field"] == "sequence"]
            said = map(change._describe, items)
            if len(moved) > 1:
                rest = (item for item in items if item not in moved)
                said = [
                    self.env._("The order is another one."),
                    *map(change._describe, rest),
                ]
            change.description = " ".join(dict.fromkeys(said))

    @api.depends("state")
    def _compute_progress(self):
        passes = self.env["relationship.refresh"].sudo()
        for change in self:
            running = passes.search(
                [("change_id", "=", change.id), ("state", "=", "running")], limit=1
            )
            done = change.state != "waiting"
            change.progress = 100 if done else running.progress

    @api.model
    def _log(self, company, kind, changes):
        """Note what was changed; customers are not placed yet."""
        # Users have no right to write the log; it is written for them, as they act.
        return self.sudo().create(
            {
                "company_id": company.id,
                "kind": kind,
                "user_id": self.env.uid,
                "changes": changes,
            }
        )

    def _count_moves(self):
        """The customers are placed: say how many moved."""
        self.ensure_one()
        moves = self.env[f"relationship.{self.kind}.move"].sudo()
        self.move_count = moves.search_count([("change_id", "=", self.id)])
        if self.state == "waiting":
            self.state = "done"

    def _describe(self, item) -> str:
        """One change in words."""
        place = self.env[f"relationship.{self.kind}"].browse(item["id"]).exists()
        name = place.sudo().name or item["name"]
        if item["field"] == "active":
            if item["new"]:
                return self.env._("“%s” is in use again.", name)
            return self.env._("“%s” was archived.", name)
        if item["field"] == "sequence":
            return self.env._("“%s” has another place in the order.", name)
        if item["field"] == "company_id":
            return self.env._("“%s” belongs to another company.", name)
        if item["field"] == "created":
            return self.env._("“%s” is new.", name)
        if item["field"] == "deleted":
            return self.env._("“%s” was deleted.", name)
        return self.env._("The rule of “%s” is another one.", name)

    def action_open_moves(self):
        """Open who moved by it."""
        self.ensure_one()
        name = f"relationship.{self.kind}.move"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Customers Moved"),
            "res_model": name,
            "views": [(False, "list"), (False, "kanban"), (False, "pivot")],
            "domain": [("change_id", "=", self.id)],
        }

    def action_undo(self):
        """Put the rules back to what they were before; the customers follow.

        :raise UserError: something of it was changed again since
        """
        self.ensure_one()
        places = self.env[f"relationship.{self.kind}"].with_context(active_test=False)
        places.check_access("write")
        for item in self.changes:
            place = places.browse(item["id"]).exists()
            same = place and (
                item["field"] == "created"
                or place._get_rules()[place.id].get(item["field"]) == item.get("new")
            )
            if item["field"] == "deleted" or not same:
                raise UserError(
                    self.env._(
                        "“%s” was changed again since, so this change can’t be taken "
                        "back as a whole.",
                        item["name"],
                    )
                )
        changed = places.browse(item["id"] for item in self.changes)
        with changed._changing_rules(changed):
            changing = changed.with_context(relationship_changing=True)
            for item in self.changes:
                vals = {item["field"]: item.get("old")}
                if item["field"] == "created":
                    vals = {"active": False}
                changing.browse(item["id"]).write(vals)
        self.sudo().state = "undone"  # the log is the system's to write
        return True
