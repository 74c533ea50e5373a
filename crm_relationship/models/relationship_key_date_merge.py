from odoo import api, models


class RelationshipKeyDateMerge(models.AbstractModel):
    """What becomes of equal key dates when contacts are merged.

    A part of ``relationship.key.date``.
    """

    _name = "relationship.key.date.merge"
    _description = "Merge of Key Dates"

    @api.model
    def _join_equal(self, partner):
        """After a merge: of equal dates of a contact the oldest stays and learns what
        the others know; they are archived, so nothing is lost.

        Dates that know different years are not equal: people have to decide. So it is
        with a contact's own dates on different days: both stay, though they could not
        be created so.
        """
        self._rename_own(partner)
        kept = {}
        for key_date in self.search([("partner_id", "=", partner.id)], order="id"):
            same = kept.setdefault(key_date._get_equality_key(), [])
            for older in same:
                if not (older.year and key_date.year) or older.year == key_date.year:
                    older._learn(key_date)
                    key_date.active = False
                    break
            else:
                same.append(key_date)

    @api.model
    def _rename_own(self, partner):
        """Own dates have the name of the contact they came to by SQL."""
        rows = self.with_context(active_test=False).search(
            [("partner_id", "=", partner.id), ("kinship_id.is_own", "=", True)]
        )
        self.env.add_to_compute(self._fields["name"], rows)

    def _get_equality_key(self) -> tuple:
        self.ensure_one()
        # A contact has one birthday, whatever name it had before the merge.
        name = "" if self.kinship_id.is_own else (self.name or "")
        name = " ".join(name.casefold().split())
        return self.company_id, self.kinship_id, name, self.day, self.month

    def _learn(self, other):
        """Take over what only the other one knows."""
        self.ensure_one()
        for name in ("year", "note"):
            if other[name] and not self[name]:
                self[name] = other[name]
        self.env["relationship.touch"]._follow_key_date(other, self)
