from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# What ``_can_act_in`` of a user asks.
ABLE_FIELDS = ["active", "share", "company_ids"]


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
        *(
            f"{person}.{name}"
            for person in ("stage_id.owner_id", "user_id", "team_id.user_id")
            for name in ABLE_FIELDS
        ),
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
                (user for user in people if user._can_act_in(of.company_id)), False
            )

    def _search_stage_owner_id(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        if operator == "any":
            value = self.env["res.users"]._search(Domain(value))
        value = set(value)
        found = [self._get_owned_sql(value - {False})]
        if False in value:
            found.append(self._get_owned_sql(None))
        return Domain.OR(
            Domain.custom(
                to_sql=lambda model, alias, query, owned=owned: SQL(
                    "%s IN (%s)", SQL.identifier(alias, "id"), owned
                )
            )
            for owned in found
        )

    @api.model
    def _get_owned_sql(self, ids) -> SQL:
        """The ids of the profiles that these users look after, as computed.

        :param ids: None: those that nobody looks after
        """
        for model, names in {
            "relationship.stage": ["owner_rule", "owner_id"],
            "crm.team": ["user_id"],
            "res.users": ABLE_FIELDS,
        }.items():
            self.env[model].flush_model(names)
        owner = SQL(
            """
            COALESCE(
                CASE stage.owner_rule
                     WHEN 'user' THEN owner.id WHEN 'leader' THEN leader.id END,
                seller.id,
                leader.id
            )
            """
        )
        condition = SQL("%s IS NULL", owner)
        if ids is not None:
            # Only these can be: the indexes find them.
            condition = SQL(
                """
                (
                    profile.user_id = ANY(%(ids)s)
                    OR profile.team_id IN (
                        SELECT id FROM crm_team WHERE user_id = ANY(%(ids)s)
                    )
                    OR profile.stage_id IN (
                        SELECT id FROM relationship_stage WHERE owner_id = ANY(%(ids)s)
                    )
                )
                AND %(owner)s = ANY(%(ids)s)
                """,
                ids=list(ids),
                owner=owner,
            )
        return SQL(
            """
            SELECT profile.id
              FROM relationship_profile profile
              LEFT JOIN relationship_stage stage ON stage.id = profile.stage_id
              LEFT JOIN crm_team team ON team.id = profile.team_id
              LEFT JOIN res_users owner ON owner.id = stage.owner_id AND %s
              LEFT JOIN res_users seller ON seller.id = profile.user_id AND %s
              LEFT JOIN res_users leader ON leader.id = team.user_id AND %s
             WHERE %s
            """,
            *(self._get_able_sql(alias) for alias in ("owner", "seller", "leader")),
            condition,
        )

    @api.model
    def _get_able_sql(self, alias) -> SQL:
        """Condition on a user beside a profile: as ``_can_act_in``."""
        return SQL(
            """
            %(user)s.active AND NOT %(user)s.share AND EXISTS (
                SELECT FROM res_company_users_rel works
                 WHERE works.user_id = %(user)s.id AND works.cid = profile.company_id
            )
            """,
            user=SQL.identifier(alias),
        )

    @api.model
    def _place_scope(self, company, scope, change=None) -> int:
        """What a stage starts on entry is started soon."""
        moved = super()._place_scope(company, scope, change)
        if moved:
            self.env["relationship.rule"]._note_entries()
        return moved
