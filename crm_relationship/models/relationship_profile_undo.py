from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class RelationshipProfileUndo(models.AbstractModel):
    """Taking back what was moved by hand. A part of ``relationship.profile``.

    A move by hand notes what it replaced: since when the customer had been there, and
    until when and why by whose hand. An undo is a row of the log of its own.
    """

    _name = "relationship.profile.undo"
    _description = "Undo of Moves by Hand"

    undoable_move_id = fields.Many2one(
        "relationship.stage.move",
        string="Move to Undo",
        compute="_compute_undoable_move_id",
        help="The last move by hand, if the customer is where it was put.",
    )

    @api.depends("stage_id", "stage_pinned_until", "stage_pin_reason")
    @api.depends_context("uid", "su")
    def _compute_undoable_move_id(self):
        last_moves = self._get_last_moves()
        for profile in self:
            move = last_moves.get((profile.partner_id.id, profile.company_id.id))
            is_undoable = move and profile._is_where_put(move)
            profile.undoable_move_id = is_undoable and move

    def action_undo_move(self):
        """Take back the last move by hand of these customers.

        :return: an action that says what was done
        :raise UserError: there is none, or the customer has been moved since
        """
        self._check_still_there()
        moves = self.undoable_move_id
        if not moves:
            raise UserError(self._get_moved_since_error())
        return moves.action_undo()

    def _undo(self, moves):
        """Take back moves by hand of these customers, those that are still the last.

        :return: the profiles whose move was taken back
        """
        self.check_access("write")
        # Compared with what is in the database now, whatever was read before. Whoever
        # moves one of them at the same time makes this transaction run again.
        self.invalidate_recordset()
        profiles = self.browse(self.ids)  # read together again
        undone = profiles.filtered(lambda profile: profile.undoable_move_id in moves)
        for company, profiles in undone.grouped("company_id").items():
            profiles._undo_in_company(company)
        return undone

    def _undo_in_company(self, company):
        today = company._relationship_today()
        used = self.env["relationship.stage"]._get_used(company)
        gone = self.filtered(
            lambda profile: profile.undoable_move_id.from_stage_id not in used
        )
        by_rules = gone._get_stages_by_rules(company)
        log, to_place = [], self.browse()
        for profile in self:
            move = profile.undoable_move_id
            target, since = move.from_stage_id, move.origin_date
            if profile in gone:
                target, since = by_rules[profile.id], today
            pin = profile._get_pin_to_restore(move, target, today)
            to_place |= profile if not pin["stage_pinned_until"] else profile.browse()
            if target == profile.stage_id:
                since = profile.stage_date
            else:
                log.append(profile._prepare_undo_vals(move, target, today))
            # The right to write was checked for all of them at once.
            profile.sudo()._write_pin(
                pin | {"stage_id": target.id, "stage_date": since}
            )
        # Users have no right to write the log; it is written for them, as they act.
        self.env["relationship.stage.move"].sudo().create(log)
        if to_place:
            self._place(company, to_place.partner_id.ids)

    def _get_pin_to_restore(self, move, target, today) -> dict:
        """What was set by hand before, unless that has ended meanwhile."""
        kept = (
            target == move.from_stage_id
            and move.origin_until
            and move.origin_until >= today
        )
        return {
            "stage_pinned_until": kept and move.origin_until,
            "stage_pin_reason": kept and move.origin_reason,
        }

    def _prepare_undo_vals(self, move, target, day) -> dict:
        return self._prepare_move_vals(target, day) | {
            "cause": "undo",
            "undo_of_id": move.id,
        }

    def _is_where_put(self, move) -> bool:
        """Whether nothing has moved the customer, nor set it anew, since a move by
        hand."""
        return (
            move.cause == "hand"
            and move.until  # not noted before 19.0.1.4.0, nor what to restore
            and self.stage_id == move.to_stage_id
            and self.stage_pinned_until == move.until
            and (self.stage_pin_reason or "") == (move.note or "")
        )

    def _get_stages_by_rules(self, company) -> dict:
        """Where the rules would put these customers, by id; one query."""
        Stage = self.env["relationship.stage"]
        if not self:
            return {}
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %s FROM relationship_profile WHERE id = ANY(%s)",
                Stage._get_placing_sql(company),
                self.ids,
            )
        )
        return {profile_id: Stage.browse(stage_id) for profile_id, stage_id in rows}

    def _get_last_moves(self) -> dict:
        """The last move of each of these customers that was not taken back and takes
        none back, by ids of customer and company; one query.

        The moves of customers that were merged into them are not theirs.
        """
        Move = self.env["relationship.stage.move"]
        if not self.ids:
            return {}
        Move.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id, company_id, last.id
                  FROM UNNEST(%s::int[], %s::int[]) customer (partner_id, company_id)
                 CROSS JOIN LATERAL (
                       SELECT move.id
                         FROM relationship_stage_move move
                        WHERE move.partner_id = customer.partner_id
                          AND move.company_id = customer.company_id
                          AND COALESCE(move.merged_partner_ref, 0) = 0
                          AND move.undo_of_id IS NULL
                          AND NOT EXISTS (
                              SELECT FROM relationship_stage_move undo
                               WHERE undo.undo_of_id = move.id
                          )
                        ORDER BY move.id DESC
                        LIMIT 1
                 ) last
                """,
                [profile.partner_id.id for profile in self],
                [profile.company_id.id for profile in self],
            )
        )
        moves = Move.browse(row[2] for row in rows)
        return {row[:2]: move for row, move in zip(rows, moves, strict=True)}

    def _get_moved_since_error(self) -> str:
        if len(self) != 1:
            return self.env._(
                "There is nothing to undo: these customers have been moved or placed "
                "anew since."
            )
        return self.env._(
            "There is nothing to undo: %(customer)s has been moved or placed anew "
            "since and is in “%(stage)s” now.",
            customer=self.display_name,
            stage=self.stage_id.name,
        )

    def _notify_undone(self, refused) -> dict:
        """An action that tells where these customers are again.

        :param refused: how many others were left where they are
        """
        message = self.env._("%s customers are back where they were.", len(self))
        if len(self) == 1:
            message = self.env._(
                "%(customer)s is back in “%(stage)s”.",
                customer=self.display_name,
                stage=self.stage_id.name,
            )
        if refused:
            message += " " + self.env._(
                "%s others have been moved or placed anew since; they stay.", refused
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if refused else "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
