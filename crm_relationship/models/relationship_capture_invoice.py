from odoo import api, models
from odoo.tools import SQL

from .relationship_interaction_sql import noon, select

# Kind by the type of what is posted.
EVENTS = {"out_invoice": "invoice", "out_refund": "credit_note"}
PAID = ("in_payment", "paid")


class RelationshipCaptureInvoice(models.AbstractModel):
    """Invoices and credit notes posted, invoices paid on time or late."""

    _name = "relationship.capture.invoice"
    _inherit = ["relationship.capture.source"]
    _description = "Invoices as Interactions"

    _document = "account.move"

    @api.model
    def _get_codes(self):
        return ["invoice"]

    @api.model
    def _get_selects(self, documents):
        posted = [
            self._get_select(
                documents,
                {
                    "date": noon(
                        SQL("COALESCE(m.invoice_date, m.date)"), SQL("m.company_id")
                    ),
                    "direction": SQL("'out'"),
                    "kind": SQL("%s", kind),
                },
                SQL("m.move_type = %s", move_type),
            )
            for move_type, kind in EVENTS.items()
        ]
        paid = self._get_select(
            documents,
            {
                "date": noon(SQL("paid.day"), SQL("m.company_id")),
                "direction": SQL("'in'"),
                "kind": SQL("'payment'"),
                "outcome": SQL("CASE WHEN paid.late THEN 'late' ELSE 'on_time' END"),
            },
            SQL(
                "m.move_type = 'out_invoice' AND m.payment_state = ANY(%s)"
                " AND paid.day IS NOT NULL",
                list(PAID),
            ),
            SQL("CROSS JOIN LATERAL (%s) paid", _paid()),
        )
        return [*posted, paid]

    def _get_select(self, documents, values, condition, join=None):
        return select(
            {
                "dedup_key": SQL(
                    "'account.move:' || m.id || ':' || %s", values["kind"]
                ),
                "source": SQL("'invoice'"),
                "is_dated": SQL("FALSE"),
                "partner_id": SQL("m.partner_id"),
                "company_id": SQL("m.company_id"),
                "channel_id": SQL("%s", self._get_channel_id("document")),
                "user_id": SQL("m.invoice_user_id"),
                "raw_subject": SQL("m.name"),
                "raw_amount": SQL("ABS(m.amount_total_signed)"),
                "res_model": SQL("'account.move'"),
                "res_id": SQL("m.id"),
            }
            | values,
            SQL(
                "FROM account_move m %s WHERE %s AND m.state = 'posted' AND %s",
                join or SQL(),
                documents.condition("m"),
                condition,
            ),
        )

    @api.model
    def _get_gone(self, documents):
        """What is a draft again, or not paid any more."""
        return [
            SQL(
                """
                SELECT 'account.move:' || m.id || ':' || event.kind
                  FROM account_move m
                  JOIN (VALUES
                       ('out_invoice', 'invoice'), ('out_invoice', 'payment'),
                       ('out_refund', 'credit_note')
                  ) event (move_type, kind) ON event.move_type = m.move_type
                 WHERE %s
                   AND (
                       m.state != 'posted'
                       OR event.kind = 'payment'
                          AND (
                              m.payment_state != ALL(%s)
                              OR (SELECT paid.day FROM (%s) paid) IS NULL
                          )
                   )
                """,
                documents.condition("m"),
                list(PAID),
                _paid(),
            )
        ]


def _paid() -> SQL:
    """Of an invoice ``m``: the day of its last payment, and whether any part of it was
    paid after it was due. Credit notes and write-offs are no payments.

    As in the payment habits of the profile, money comes through a bank, a till or a
    card, or with a line on such an account; or it has no entry yet.
    """
    return SQL(
        """
        SELECT MAX(part.day) AS day, BOOL_OR(part.day > part.due) AS late
          FROM (
               SELECT COALESCE(line.date_maturity, line.date) AS due,
                      GREATEST(MAX(money.day), bare.day) AS day
                 FROM account_move_line line
                 LEFT JOIN LATERAL (%s) money ON TRUE
                 LEFT JOIN LATERAL (
                      SELECT MAX(payment.date) AS day
                        FROM account_move__account_payment link
                        JOIN account_payment payment ON payment.id = link.payment_id
                       WHERE link.invoice_id = m.id
                         AND payment.move_id IS NULL
                         AND payment.state IN ('in_process', 'paid')
                 ) bare ON TRUE
                WHERE line.move_id = m.id AND line.display_type = 'payment_term'
                GROUP BY line.id, bare.day
          ) part
        """,
        _money(),
    )


def _money() -> SQL:
    """Days on which money came for a part ``line`` of an invoice."""
    return SQL(
        """
        SELECT credit.date AS day
          FROM account_partial_reconcile match
          JOIN account_move_line credit ON credit.id = match.credit_move_id
          JOIN account_journal way ON way.id = credit.journal_id
         WHERE match.debit_move_id = line.id
           AND CASE WHEN way.type = 'general'
                    THEN EXISTS (
                        SELECT FROM account_move_line cash
                          JOIN account_account account ON account.id = cash.account_id
                         WHERE cash.move_id = credit.move_id
                           AND account.account_type = 'asset_cash'
                    )
                    ELSE way.type IN ('bank', 'cash', 'credit') END
        """
    )
