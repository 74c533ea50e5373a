import json
import zipfile

from odoo.tests import tagged

from .common import LeadCase


@tagged("post_install", "-at_install", "crm_relationship_crm")
class TestLeadPrivacy(LeadCase):
    """Leads are full of personal data."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = cls._create_user(
            "officer",
            "base.group_user,base.group_partner_manager,"
            "crm_relationship.group_relationship_privacy",
            email="officer@example.org",
        )
        cls.person = cls.env["res.partner"].create(
            {"name": "Zenobia Zquux", "email": "zenobia.zquux@example.com"}
        )
        said = {
            "name": "Zquux wants truffles",
            "contact_name": "Zenobia Zquux",
            "email_from": "zenobia.zquux@example.com",
            "description": "<p>Call Zquux at night</p>",
        }
        cls.lead = cls._create_lead(cls.person, 20, **said)
        cls._lose(cls.lead, 10)
        cls.other = cls._create_lead(**said)
        cls.env.flush_all()

    def test_an_export_tells_what_leads_say(self):
        person = self.person.with_user(self.officer)
        _name, file = (
            self.env["relationship.privacy.export"]
            .with_user(self.officer)
            ._export(person)
        )
        with file, zipfile.ZipFile(file) as archive:
            [name] = [name for name in archive.namelist() if name.endswith(".json")]
            told = json.loads(archive.read(name))
        self.assertEqual(str(told).count("Call Zquux at night"), 2)

    def test_nothing_of_a_forgotten_person_is_left_in_leads(self):
        eraser = self.env["relationship.privacy.eraser"].with_user(self.officer)
        eraser._anonymize(self.person.with_user(self.officer))
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT row_to_json(l)::text FROM crm_lead l WHERE id = ANY(%s)",
            [(self.lead + self.other).ids],
        )
        rows = [row[0].lower() for row in self.env.cr.fetchall()]
        self.assertEqual(len(rows), 2)
        for row in rows:
            self.assertNotIn("zquux", row)
            self.assertNotIn("zenobia", row)
        self.assertEqual(self.lead.won_status, "lost")
        self.assertEqual(self.lead.date_closed.date(), self._days_ago(10))
        self.assertFalse(self.person.email)
