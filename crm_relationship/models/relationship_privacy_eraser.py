from collections import Counter

from odoo import api, models
from odoo.tools import SQL


class RelationshipPrivacyEraser(models.AbstractModel):
    """Forgets people: it does what `_get_privacy_erasures` of contacts says, then looks
    for their traces in whatever is linked to them.

    Runs with superuser rights, for who asks to be forgotten means all that is kept,
    whichever user may see it; only members of the group of officers get here.
    """

    _name = "relationship.privacy.eraser"
    _description = "Anonymization"

    @api.model
    def _anonymize(self, partners):
        """Forget people, each with all their addresses. Can be run again.

        :param partners: contacts as the officer sees them
        :raise AccessError: the user is no privacy officer or may not write a contact
        :raise UserError: one of them stands for a user or a company of ours
        """
        partners._check_privacy_officer()
        partners.check_access("write")
        for partner in partners:
            partner._check_privacy_erasable()
        for partner in partners:
            self._anonymize_person(partner)

    @api.model
    def _anonymize_person(self, partner):
        self = self.sudo().with_context(
            active_test=False, tracking_disable=True, mail_notrack=True
        )
        people = partner.with_env(self.env)._get_privacy_people()
        people = people.with_context(active_test=False)
        known = {"name": partner.name, "email": partner.email}
        traces = people._get_privacy_traces()
        erasures = people._get_privacy_erasures()
        for kind in ("change", "remove"):
            for erasure in erasures:
                if erasure.kind == kind and erasure.apply:
                    erasure.apply()
        counts = Counter(
            {
                erasure.title: erasure.count
                for erasure in erasures
                if erasure.kind != "keep" and erasure.count
            }
        )
        self.env.flush_all()
        counts[self.env._("Texts elsewhere")] = self.env[
            "relationship.privacy.scrubber"
        ]._scrub(people, traces)
        self.env.invalidate_all()
        partner.env["privacy.log"]._relationship_log(
            "anonymize", partner, counts, **known
        )

    # Ledgers

    @api.model
    def _erase_ledgers(self, people):
        """Empty the free texts of the ledgers; dates, states and figures stay.

        The one exception to the rule that a ledger is only added to: whoever asks to be
        forgotten has a right that is stronger than the record of what was said.
        """
        for model, column in (
            ("relationship.consent", "proof"),
            ("relationship.stage.move", "note"),
            ("relationship.stage.move", "origin_reason"),
            ("relationship.segment.move", "note"),
            ("relationship.segment.move", "origin_reason"),
            ("relationship.profile", "stage_pin_reason"),
            ("relationship.profile", "segment_pin_reason"),
        ):
            if model not in self.env:
                continue
            self.env[model].flush_model()
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = NULL WHERE partner_id = ANY(%s)",
                    SQL.identifier(self.env[model]._table),
                    SQL.identifier(column),
                    people.ids,
                )
            )
            self.env[model].invalidate_model([column])

    @api.model
    def _erase_logins(self, users):
        """Past Odoo, which would write an e-mail to the old address about it."""
        users.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE res_users SET password = NULL,"
                " login = CONCAT('anonymized-', id) WHERE id = ANY(%s)",
                users.ids,
            )
        )
        users.invalidate_recordset()
        self.env.registry.clear_cache()

    @api.model
    def _erase_company_dependent(self, people):
        """Empty what companies have noted of a contact, each for itself, save the
        settings of accounting."""
        names = [
            name
            for name, field in people._fields.items()
            if field.store
            and field.company_dependent
            and not name.startswith(("property_", "specific_property_"))
        ]
        people.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner SET %s WHERE id = ANY(%s)",
                SQL(", ").join(
                    SQL("%s = NULL", SQL.identifier(name)) for name in names
                ),
                people.ids,
            )
        )
        people.invalidate_recordset(names)
