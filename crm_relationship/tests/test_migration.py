from pathlib import Path

from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import SQL

from .common import RelationshipCase

MIGRATIONS = Path(__file__).parents[1] / "migrations"


@tagged("post_install", "-at_install", "crm_relationship")
class TestMigration(RelationshipCase):
    def _migrate(self, version, stage):
        script = MIGRATIONS / version / f"{stage}-migration.py"
        load_script(str(script), "migration").migrate(self.env.cr, version)
        self.env.invalidate_all()

    def test_rules_of_before_contact_by_phone(self):
        email = self.env.ref("crm_relationship.channel_email")
        other = self.rule.copy({"channel_id": email.id})
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE relationship_rule ALTER COLUMN channel_id DROP NOT NULL"
        )
        self.env.cr.execute(
            SQL(
                "UPDATE relationship_rule SET channel_id = NULL WHERE id = %s",
                self.rule.id,
            )
        )
        self._migrate("19.0.1.1.0", "post")
        self.assertEqual(
            self.rule.channel_id, self.env.ref("crm_relationship.channel_phone")
        )
        self.assertEqual(other.channel_id, email)

    def test_rules_of_before_go_on_with_what_waits(self):
        stage = self.env.ref("crm_relationship.stage_contact")
        day = self._days_ago(9)
        rule = self.rule.copy(
            {"trigger": "stage", "stage_ids": stage.ids, "start_date": day}
        )
        archived = self.rule.copy({"active": False})
        self.assertEqual(rule.state, "off")
        script = MIGRATIONS / "19.0.1.5.0" / "post-rules.py"
        load_script(str(script), "migration").migrate(self.env.cr, "19.0.1.5.0")
        self.env.invalidate_all()
        self.assertEqual((rule.state, rule.start_date), ("on", day))
        self.assertEqual(archived.state, "off")
        template = self.env.ref("crm_relationship.rule_template_key_date")
        self.assertEqual(template.state, "off")

    def test_profiles_of_before_learn_of_habits(self):
        refresh = self.env["relationship.refresh"]
        self.Profile._refresh_everybody(self.company)
        self.assertTrue(refresh._is_done(self.company))
        self._migrate("19.0.1.1.0", "post")
        self.assertFalse(refresh._is_done(self.company))

    def test_what_happened_before_becomes_interactions(self):
        call = self.env.ref("mail.mail_activity_data_call")
        call.relationship_channel_id = False
        backfills = self.env["relationship.backfill"]
        backfills.search([]).unlink()
        self._migrate("19.0.1.2.0", "post")
        self.assertEqual(
            call.relationship_channel_id, self.env.ref("crm_relationship.channel_phone")
        )
        sources = backfills.search([("state", "=", "waiting")]).mapped("source")
        self.assertIn("relationship.capture.message", sources)

    def test_profiles_of_before_are_scored(self):
        Refresh = self.env["relationship.refresh"]
        self.Profile._refresh_everybody(self.company)
        self.assertTrue(Refresh._is_done(self.company))
        self._migrate("19.0.1.3.0", "post")
        self.assertFalse(Refresh._is_done(self.company))
