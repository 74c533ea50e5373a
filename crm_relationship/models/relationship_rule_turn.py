from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.transactions import execute

# First key of the advisory lock of the engine.
LOCK_KEY = 0x52554C


class RelationshipRuleTurn(models.Model):
    """Lets one rule run at a time, and each see what those before it have done.

    The limits of customers and people hold over all rules, so rules may not run at
    once. The lock alone does not do: a transaction that began before the other one's
    commit, and got the lock after it, would count without what the other has entered.
    So each run counts up the rows, which such a transaction can't.
    """

    _name = "relationship.rule.turn"
    _description = "Turn of the Rules"
    _log_access = False

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    number = fields.Integer(readonly=True, help="How many rules have run.")

    # No partner is in it. The statement below relies on it.
    _company_uniq = models.Constraint(
        "UNIQUE (company_id)", "There is one turn of the rules for each company."
    )

    @api.model
    def _try_take(self) -> bool:
        """Whether it is one's turn, until the end of the transaction. Waits for nobody.

        :raise OperationalError: it is, but what the last one did is not to be seen in
            this transaction; to be tried in a new one
        """
        [[is_free]] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(%s, 0)", LOCK_KEY)
        )
        if is_free:
            execute(
                self.env,
                SQL(
                    """
                    INSERT INTO relationship_rule_turn (company_id, number)
                    SELECT id, 1 FROM res_company
                        ON CONFLICT (company_id)
                        DO UPDATE SET number = relationship_rule_turn.number + 1
                    RETURNING id
                    """
                ),
            )
        return is_free
