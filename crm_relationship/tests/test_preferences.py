from odoo.tests import Form, tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestPreferences(RelationshipCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.whatsapp = cls.env.ref("crm_relationship.channel_whatsapp")
        cls.phone = cls.env.ref("crm_relationship.channel_phone")
        cls.customer = cls._create_customer(lang="en_US")
        cls.contact, cls.ana = cls.env["res.partner"].create(
            [
                {"name": "Bia", "parent_id": cls.customer.id},
                {"name": "Ana", "parent_id": cls.customer.id},
            ]
        )
        cls.customer.write(
            {
                "relationship_channel_id": cls.whatsapp.id,
                "relationship_time_of_day": "morning",
                "relationship_contact_id": cls.ana.id,
                "relationship_contact_note": "Let it ring",
            }
        )

    def _get(self, partner):
        return partner._get_relationship_preferences()[partner]

    def test_a_contact_inherits_value_by_value_where_its_own_is_empty(self):
        self.contact.relationship_channel_id = self.phone
        values = self._get(self.contact)
        self.assertEqual(values["channel"], (self.phone, False))
        self.assertEqual(values["time_of_day"], ("morning", True))
        self.assertEqual(values["contact"], (self.ana, True))
        self.assertEqual(values["note"], ("Let it ring", True))
        own = self._get(self.customer)
        self.assertEqual(own["channel"], (self.whatsapp, False))
        self.assertFalse(any(item.inherited for item in own.values()))

    def test_the_language_is_inherited_too(self):
        self.contact.lang = False
        self.assertEqual(self._get(self.contact)["lang"], ("en_US", True))

    def test_nobody_asks_for_oneself(self):
        self.assertEqual(self._get(self.ana)["contact"], (self.ana.browse(), False))

    def test_the_form_shows_what_is_inherited_in_empty_fields(self):
        form = Form(self.contact.with_user(self.salesman))
        self.assertEqual(form.relationship_channel_hint, "WhatsApp (from Café Central)")
        self.assertEqual(form.relationship_time_hint, "Morning (from Café Central)")
        self.assertEqual(form.relationship_contact_hint, "Ana (from Café Central)")
        self.assertEqual(form.relationship_note_hint, "Let it ring (from Café Central)")
        self.assertEqual(
            Form(self.customer.with_user(self.salesman)).relationship_time_hint,
            "Any time",
        )

    def test_an_archived_person_is_nobody_to_ask_for(self):
        self.ana.active = False
        for partner in (self.customer, self.contact):
            self.assertFalse(self._get(partner)["contact"].value)
        self.assertIn("archived", self.customer.relationship_contact_problem)
        self.ana.active = True
        self.assertFalse(self.customer.relationship_contact_problem)
        self.assertEqual(self._get(self.customer)["contact"].value, self.ana)

    def test_a_person_who_moved_to_another_customer_is_nobody_to_ask_for(self):
        self.ana.parent_id = self._create_customer("Elsewhere")
        self.assertFalse(self._get(self.customer)["contact"].value)
        self.assertIn("another customer", self.customer.relationship_contact_problem)

    def test_a_person_who_was_merged_is_asked_for_by_the_other_name(self):
        self._merge(self.contact, self.ana)
        self.assertEqual(self._get(self.customer)["contact"], (self.contact, False))

    def test_a_merge_keeps_the_preferences_and_fills_in_those_of_the_other(self):
        other = self._create_customer("Other", relationship_channel_id=self.phone.id)
        self._merge(other, self.customer)
        values = self._get(other)
        self.assertEqual(values["channel"], (self.phone, False))
        self.assertEqual(values["time_of_day"], ("morning", False))
        self.assertEqual(values["note"], ("Let it ring", False))
        self.assertEqual(values["contact"], (self.ana, False))

    def _merge(self, kept, gone):
        self.env["base.partner.merge.automatic.wizard"].create(
            {"partner_ids": [(6, 0, [kept.id, gone.id])], "dst_partner_id": kept.id}
        ).action_merge()
        self.env.invalidate_all()

    def test_queries_do_not_grow_with_the_people(self):
        counts = []
        for size in (1, 10, 100):
            people = self.env["res.partner"].create(
                [
                    {"name": f"P{i}", "parent_id": self._create_customer(f"C{i}").id}
                    for i in range(size)
                ]
            )
            for person in people:
                person.parent_id.relationship_contact_id = person
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            people._get_relationship_preferences()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(len(set(counts)), 1, counts)
        self.assertLessEqual(counts[0], 4)
