from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class RelationshipProfileOwner(models.AbstractModel):
    """Who looks after a customer, by the owner rule of its stage; and what starts when
    a customer enters one. A part of ``relationship.profile``.
    """

    _name = "relationship.profile.owner"
    _description = "Responsible Person of a Profile"

    stage_owner_id = fields.Many2one(
        "res.users",
        string="Responsible",
        compute="_compute_stage_owner_id",
        search="_search_stage_owner_id",
        help="Who looks after the customer, as the stage says: the salesperson, the "
        "leader of the sales team, or one person. Where there is none, the "
        "salesperson, else the leader.",
    )

    @api.depends(
        "stage_id.owner_rule",
        "stage_id.owner_id.active",
        "user_id.active",
        "team_id.user_id.active",
    )
    def _compute_stage_owner_id(self):
        for profile in self:
            # Who sees the customer may know who looks after it.
            of = profile.sudo()
            people = [of.user_id, of.team_id.user_id]
            if of.stage_id.owner_rule == "leader":
                people.reverse()
            elif of.stage_id.owner_rule == "user":
                people.insert(0, of.stage_id.owner_id)
            profile.stage_owner_id = next(
                (user for user in people if user.active), False
            )

    def _search_stage_owner_id(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        if operator == "any":
            value = self.env["res.users"]._search(Domain(value))
        ids = {user_id for user_id in value if user_id}
        found = Domain.custom(to_sql=lambda *args: self._get_is_owned_sql(args[1], ids))
        if ids:
            # Only these can be: the indexes find them.
            found &= (
                Domain("user_id", "in", ids)
                | Domain("team_id.user_id", "in", ids)
                | Domain("stage_id.owner_id", "in", ids)
            )
        if False in value:
            found |= Domain.custom(
                to_sql=lambda *args: SQL("%s IS NULL", self._get_owner_sql(args[1]))
            )
        return found

    @api.model
    def _get_is_owned_sql(self, alias, ids) -> SQL:
        return SQL("%s = ANY(%s)", self._get_owner_sql(alias), list(ids))

    @api.model
    def _get_owner_sql(self, alias) -> SQL:
        """Expression over a profile: the id of who looks after it, as computed."""
        for model, names in {
            "relationship.stage": ["owner_rule", "owner_id"],
            "crm.team": ["user_id"],
            "res.users": ["active"],
        }.items():
            self.env[model].flush_model(names)
        return SQL(
            """
            (
                SELECT COALESCE(
                           CASE stage.owner_rule WHEN 'user' THEN owner.id
                                WHEN 'leader' THEN leader.id END,
                           seller.id,
                           leader.id
                       )
                  FROM relationship_stage stage
                  LEFT JOIN res_users owner
                         ON owner.id = stage.owner_id AND owner.active
                  LEFT JOIN res_users seller
                         ON seller.id = %(user_id)s AND seller.active
                  LEFT JOIN crm_team team ON team.id = %(team_id)s
                  LEFT JOIN res_users leader
                         ON leader.id = team.user_id AND leader.active
                 WHERE stage.id = %(stage_id)s
            )
            """,
            user_id=SQL.identifier(alias, "user_id"),
            team_id=SQL.identifier(alias, "team_id"),
            stage_id=SQL.identifier(alias, "stage_id"),
        )

    @api.model
    def _place_scope(self, company, scope, change=None) -> int:
        """What a stage starts on entry is started soon."""
        moved = super()._place_scope(company, scope, change)
        if moved:
            self.env["relationship.rule"]._note_entries()
        return moved
