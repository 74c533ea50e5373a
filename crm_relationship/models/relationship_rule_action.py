from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

# Occurrences per savepoint.
BATCH = 500


class RelationshipRuleAction(models.AbstractModel):
    """What retention rules do. A part of ``relationship.rule``.

    To add an action, extend ``relationship.rule``: its selection ``action_kind`` by
    ``name``, and

    - ``_do_<name>(items, touches)``: does it for occurrences that are in the ledger
      by now, and may note in their touches what came of it. What it raises makes the
      engine take back the touch and what was done for it, and go on with the other
      customers; the occurrence is tried again with the next run. So nothing may leave
      the transaction: an e-mail is put into the queue;
    - ``_say_action_<name>()``: the action as a part of a sentence;
    - ``_get_problem_<name>()``: why it can not be done at all now, or "".
    """

    _name = "relationship.rule.action"
    _description = "Rule Action"

    action_kind = fields.Selection(
        [
            ("activity", "Schedule an activity"),
            ("email", "Send an e-mail"),
            ("tag", "Add a tag"),
            ("pricelist", "Give a price list"),
            ("server", "Run a server action"),
        ],
        string="Action",
        required=True,
        default="activity",
    )
    tag_id = fields.Many2one(
        "res.partner.category",
        ondelete="restrict",
        index="btree_not_null",
    )
    problem = fields.Char(
        compute="_compute_problem", help="Why the rule can't act at the moment."
    )

    @api.depends(
        "trigger",
        "domain",
        "stage_ids",
        "stage_ids.active",
        "action_kind",
        "template_id.active",
        "template_id.model_id",
        "template_id.use_default_to",
        "template_id.email_to",
        "template_id.partner_to",
        "tag_id.active",
        "pricelist_id.active",
        "server_action_id.model_id",
        "channel_id.reach",
        "activity_type_id.active",
        "assign_to",
        "user_id.active",
    )
    @api.depends_context("lang")
    def _compute_problem(self):
        for rule in self:
            rule.problem = rule._get_problem()

    @api.onchange("action_kind")
    def _onchange_action_kind(self):
        """Only activities take people's time; e-mails go by e-mail."""
        default = self.default_get(["daily_capacity"])["daily_capacity"]
        self.daily_capacity = default if self.action_kind == "activity" else 0
        channel = self.env.ref(
            "crm_relationship.channel_email", raise_if_not_found=False
        )
        if self.action_kind == "email" and channel and self.channel_id.reach != "email":
            self.channel_id = channel

    @api.constrains(
        "action_kind",
        "template_id",
        "tag_id",
        "pricelist_id",
        "server_action_id",
        "channel_id",
    )
    def _check_action(self):
        """:raise ValidationError: the rule could never act"""
        for rule in self:
            if problem := rule._get_action_problem():
                raise ValidationError(problem)

    @api.model_create_multi
    def create(self, vals_list):
        """Only activities take people's time; see `_onchange_action_kind`."""
        return super().create(
            [
                {"daily_capacity": 0} | vals
                if vals.get("action_kind", "activity") != "activity"
                else vals
                for vals in vals_list
            ]
        )

    def _get_problem(self) -> str:
        """Why the rule can't act at the moment, or ""."""
        self.ensure_one()
        try:
            self._get_domain()  # a field may be gone since it was saved
        except ValidationError as error:
            return str(error)
        find = getattr(self, f"_get_problem_{self.trigger}", str)
        return find() or self._get_action_problem()

    def _get_action_problem(self) -> str:
        # Whoever sees the rule may know that what it does is archived.
        rule = self.sudo()
        if problem := getattr(rule, f"_get_problem_{rule.action_kind}", str)():
            return problem
        return rule._needs_responsible() and rule._get_problem_of_assignee() or ""

    def _say_action(self) -> str:
        # The name of a server action is no secret; what it does is.
        return getattr(self.sudo(), f"_say_action_{self.action_kind}")()

    def _do(self, items, touches):
        """Do for occurrences what the rule says.

        :param items: list of :class:`PlanItem`
        :param touches: {item: touch}
        """
        getattr(self, f"_do_{self.action_kind}")(items, touches)

    def _get_batch_size(self) -> int:
        """How many occurrences stand and fall together: where one fails, the batch is
        taken back, and its occurrences are tried one by one."""
        return BATCH

    def _needs_responsible(self) -> bool:
        """Whether somebody has to be there to act, or to write in the name of."""
        return self.action_kind in ("activity", "email")

    def _needs_email(self) -> bool:
        """Whether the customer needs an e-mail address."""
        return self.action_kind == "email"

    # Tag
    def _say_action_tag(self) -> str:
        if not self.tag_id:
            return self.env._("add a tag")
        return self.env._("add the tag “%s”", self.tag_id.name)

    def _get_problem_tag(self) -> str:
        if not self.tag_id:
            return self.env._("Choose the tag to add.")
        if not self.tag_id.active:
            return self.env._("The tag “%s” is archived.", self.tag_id.name)
        return ""

    def _do_tag(self, items, touches):
        # By SQL: a customer's row is busy, and nothing about it changes; the ORM would
        # read all customers that the tag has, and two workers would meet at the tag.
        # The rule tags customers whom the one who runs it need not see.
        partners = self.env["res.partner"].sudo().browse(i.partner_id for i in items)
        tags = partners._fields["category_id"]
        self.env.execute_query(
            SQL(
                """
                INSERT INTO %s (%s, %s)
                SELECT UNNEST(%s::int[]), %s
                    ON CONFLICT DO NOTHING
                RETURNING 1
                """,
                SQL.identifier(tags.relation),
                SQL.identifier(tags.column1),
                SQL.identifier(tags.column2),
                partners.ids,
                self.tag_id.id,
            )
        )
        partners.invalidate_recordset(["category_id"])
        self.tag_id.invalidate_recordset(["partner_ids"])
        partners.modified(["category_id"])
