from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from ..models import res_partner_consent
from ..models.relationship_consent_sql import standing
from .common import RelationshipCase


class ConsentCase(RelationshipCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Consent = cls.env["relationship.consent"]
        cls.phone = cls.env.ref("crm_relationship.channel_phone")
        cls.email = cls.env.ref("crm_relationship.channel_email")
        cls.meeting = cls.env.ref("crm_relationship.channel_meeting")
        cls.customer = cls._create_customer(
            email="hello@cafe.example",
            phone="+32 470 12 34 56",
            country_id=cls.env.ref("base.be").id,
        )
        cls.contact = cls.env["res.partner"].create(
            {"name": "Bia", "parent_id": cls.customer.id}
        )
        cls.now = fields.Datetime.now()

    @classmethod
    def _say(
        cls, partner, state, days_ago=0, purpose="service", channel=None, **values
    ):
        return cls.Consent.create(
            {
                "partner_id": partner.id,
                "purpose": purpose,
                "channel_id": (channel or cls.phone).id,
                "state": state,
                "date": cls.now - timedelta(days=days_ago),
            }
            | values
        )

    def _count_queries(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        work()
        return self.env.cr.sql_log_count - start


@tagged("post_install", "-at_install", "crm_relationship")
class TestContactAllowed(ConsentCase):
    def _get_reason(self, partner=None, purpose="service", channel=None, company=None):
        partner = partner or self.customer
        channel = channel or self.phone
        refusals = partner._get_contact_refusals(purpose, channel, company)
        self.assertEqual(
            partner._is_contact_allowed(purpose, channel, company),
            partner.id not in refusals,
        )
        return refusals.get(partner.id)

    def test_not_asked_refuses_offers_and_research_but_not_service(self):
        reasons = [
            self._get_reason(purpose=p) for p in ("offers", "service", "research")
        ]
        self.assertEqual(reasons, ["not_asked", None, "not_asked"])

    def test_each_company_decides_what_needs_a_consent(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.company.relationship_offers_consent = False
        self.company.relationship_service_consent = True
        self.assertIsNone(self._get_reason(purpose="offers"))
        self.assertEqual(self._get_reason(purpose="service"), "not_asked")
        self.assertEqual(self._get_reason(purpose="offers", company=other), "not_asked")

    def test_the_latest_statement_counts(self):
        self._say(self.customer, "withdrawn", days_ago=1, purpose="offers")
        self._say(self.customer, "granted", days_ago=2, purpose="offers")
        self.assertEqual(self._get_reason(purpose="offers"), "withdrawn")
        self._say(self.customer, "granted", purpose="offers")
        self.assertIsNone(self._get_reason(purpose="offers"))

    def test_of_the_same_second_the_later_entry_counts(self):
        self._say(self.customer, "granted")
        self._say(self.customer, "declined")
        self.assertEqual(self._get_reason(), "declined")

    def test_a_statement_holds_for_its_purpose_and_channel_only(self):
        self._say(self.customer, "withdrawn")
        self.assertEqual(self._get_reason(), "withdrawn")
        self.assertIsNone(self._get_reason(channel=self.email))
        self._say(self.customer, "granted", purpose="offers")
        self.assertEqual(
            self._get_reason(purpose="offers", channel=self.email), "not_asked"
        )

    def test_a_statement_holds_for_its_company_only(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._say(self.customer, "withdrawn", company_id=other.id)
        self.assertIsNone(self._get_reason())
        self.assertEqual(self._get_reason(company=other), "withdrawn")

    def test_a_contact_without_a_statement_has_that_of_its_company(self):
        self._say(self.customer, "withdrawn")
        self.assertEqual(self._get_reason(self.contact), "withdrawn")
        self._say(self.contact, "granted", days_ago=9)
        self.assertIsNone(self._get_reason(self.contact))
        self._say(self.contact, "not_asked")
        self.assertEqual(self._get_reason(self.contact), "withdrawn")

    def test_a_customer_does_not_inherit_from_its_contacts(self):
        self._say(self.contact, "withdrawn")
        self.assertIsNone(self._get_reason())

    def test_a_blacklist_wins_over_any_consent(self):
        for purpose in ("service", "offers"):
            for channel in (self.phone, self.email, self.meeting):
                self._say(self.customer, "granted", purpose=purpose, channel=channel)
        self.assertIsNone(self._get_reason(purpose="offers"))
        self.env["mail.blacklist"]._add("HELLO@cafe.example")
        self.env["phone.blacklist"].create({"number": "+32470123456"})
        for purpose in ("service", "offers"):
            reasons = [
                self._get_reason(purpose=purpose, channel=channel)
                for channel in (self.phone, self.email, self.meeting)
            ]
            self.assertEqual(reasons, ["blacklisted", "blacklisted", None])

    def test_an_entry_that_was_taken_off_the_blacklist_closes_nothing(self):
        entry = self.env["phone.blacklist"].create({"number": "+32470123456"})
        self.assertEqual(self._get_reason(), "blacklisted")
        entry.active = False
        self.assertIsNone(self._get_reason())

    def test_a_contact_without_an_address_is_reached_by_that_of_its_company(self):
        self.env["mail.blacklist"]._add("hello@cafe.example")
        self.assertEqual(
            self._get_reason(self.contact, channel=self.email), "blacklisted"
        )
        self.contact.email = "bia@cafe.example"
        self.assertIsNone(self._get_reason(self.contact, channel=self.email))

    def test_reasons_in_the_readers_language(self):
        for reason in ("blacklisted", "withdrawn", "declined", "not_asked"):
            self.assertTrue(self.customer._describe_contact_refusal(reason, self.phone))
        self.assertIn(
            "e-mail", self.customer._describe_contact_refusal("blacklisted", self.email)
        )

    def test_one_query_for_any_number_of_people(self):
        for size in (1, 10, 100):
            people = self.env["res.partner"].concat(
                *(self._create_customer(f"C{i}") for i in range(size))
            )
            for person in people[::2]:
                self._say(person, "withdrawn")
            found = {}
            queries = self._count_queries(
                lambda people=people, found=found: found.update(
                    people._get_contact_refusals("service", self.phone, self.company)
                )
            )
            self.assertEqual(found, dict.fromkeys(people[::2].ids, "withdrawn"))
            self.assertLessEqual(queries, 4, "settings, channel, company and the one")

    def test_many_people_get_the_same_answers_as_few(self):
        people = self.customer + self.contact
        for i, state in enumerate(("granted", "withdrawn", "declined", "not_asked")):
            one = self._create_customer(f"C{i}", phone=f"+3247012340{i}")
            two = self._create_customer(f"D{i}", phone=f"+3247012350{i}")
            contacts = self.env["res.partner"].create(
                [
                    {"name": f"E{i}", "parent_id": one.id},
                    {"name": f"F{i}", "parent_id": two.id, "phone": "+32470777777"},
                    {"name": f"G{i}", "parent_id": two.id},
                ]
            )
            self._say(one, state, channel=self.email)
            self._say(one, state)
            self._say(contacts[2], state)
            people += one + two + contacts
        self.env["phone.blacklist"].create(
            [{"number": "+32470777777"}, {"number": "+32470123401"}]
        )
        for purpose in ("service", "offers"):
            for channel in (self.phone, self.email, self.meeting):
                asked = purpose, channel
                few = people._get_contact_refusals(*asked)
                with patch.object(res_partner_consent, "MANY", 0):
                    many = people._get_contact_refusals(*asked)
                self.assertEqual(many, few)
                self.assertEqual(
                    {
                        p.id
                        for p in people
                        if not p._is_contact_allowed(purpose, channel)
                    },
                    set(few),
                )
        reasons = people._get_contact_refusals("service", self.phone).values()
        self.assertEqual(set(reasons), {"blacklisted", "withdrawn", "declined"})

    def test_the_query_serves_set_based_jobs(self):
        self._say(self.customer, "withdrawn")
        query = self.env["res.partner"]._get_contact_refusals_sql(
            SQL("SELECT id FROM res_partner"), "service", self.phone
        )
        rows = self.env.execute_query(
            SQL("SELECT refusal.* FROM (%s) refusal ORDER BY partner_id", query)
        )
        expected = sorted(
            (partner.id, "withdrawn") for partner in self.customer + self.contact
        )
        self.assertEqual(rows, expected)


@tagged("post_install", "-at_install", "crm_relationship")
class TestConsentLedger(ConsentCase):
    def test_a_statement_of_tomorrow_is_refused(self):
        with self.assertRaises(ValidationError):
            self._say(self.customer, "granted", days_ago=-1)

    def test_nobody_changes_or_deletes_a_statement(self):
        row = self._say(self.customer, "granted")
        system = self._create_user(
            "root",
            "base.group_system,sales_team.group_sale_manager,"
            "crm_relationship.group_relationship_manager",
        )
        for user in (self.salesman, self.manager, system):
            mine = row.with_user(user)
            self.assertEqual(mine.state, "granted")
            with self.assertRaises(AccessError):
                mine.write({"state": "withdrawn"})
            with self.assertRaises(AccessError):
                mine.unlink()

    def test_nobody_unsays_what_was_said(self):
        self._say(self.customer, "withdrawn", days_ago=1)
        values = {
            "partner_id": self.customer.id,
            "purpose": "service",
            "channel_id": self.phone.id,
        }
        for user in (self.salesman, self.manager):
            mine = self.Consent.with_user(user)
            with self.assertRaises(ValidationError):
                mine.create({**values, "state": "not_asked"})
            with self.assertRaises(ValidationError):
                mine.with_context(default_state="not_asked").create(values)
            with self.assertRaises(ValidationError):
                self.customer.with_user(user).set_relationship_consent(
                    "service", self.phone.id, "not_asked"
                )
        with self.assertRaises(ValidationError):
            self.customer.set_relationship_consent(
                "service", self.phone.id, "not_asked"
            )
        self.assertFalse(self.customer._is_contact_allowed("service", self.phone))

    def test_a_contact_that_said_something_is_not_deleted(self):
        other = self.env["res.company"].create({"name": "Other"})
        row = self._say(self.contact, "withdrawn", company_id=other.id)
        stranger = self._create_customer("Said nothing")
        with self.assertRaisesRegex(UserError, r"(?s)anonymize.*Bia"):
            (self.contact + stranger).unlink()
        self.assertTrue(row.exists())
        stranger.unlink()
        self.contact.action_archive()
        self.assertFalse(self.contact.active)

    def test_a_row_stands_if_it_neither_undoes_nor_was_undone(self):
        first = self._say(self.customer, "granted", days_ago=2)
        slip = self._say(self.customer, "withdrawn", days_ago=1)
        undoing = self._say(self.customer, "granted", undone_id=slip.id)
        last = self._say(self.customer, "declined")
        found = self.env.execute_query(
            SQL(
                "SELECT given.id FROM relationship_consent given"
                " WHERE given.id = ANY(%s) AND %s ORDER BY given.id",
                (first + slip + undoing + last).ids,
                standing("given"),
            )
        )
        self.assertEqual([row_id for [row_id] in found], (first + last).ids)

    def test_who_recorded_it_can_not_be_forged(self):
        slip = self._say(self.customer, "withdrawn", days_ago=1)
        row = self.Consent.with_user(self.salesman).create(
            {
                "partner_id": self.customer.id,
                "purpose": "offers",
                "channel_id": self.phone.id,
                "state": "granted",
                "user_id": self.manager.id,
                "merged_partner_ref": 7,
                "undone_id": slip.id,
            }
        )
        self.assertEqual(row.user_id, self.salesman)
        self.assertEqual(row.merged_partner_ref, 0)
        self.assertFalse(row.undone_id)

    def test_the_system_records_without_a_person(self):
        row = self._say(self.customer, "granted")
        self.assertFalse(row.user_id)

    def test_whoever_does_not_see_the_customer_neither_reads_nor_records(self):
        theirs = self._create_customer("Theirs", user_id=self.other_salesman.id)
        their_contact = self._create_customer(
            "Zoe", parent_id=theirs.id, user_id=False, is_company=False
        )
        for profile_is_there in (False, True):
            if profile_is_there:
                self._refresh_changed()
            for partner in (theirs, their_contact):
                with self.subTest(partner=partner.name, profile=profile_is_there):
                    row = self._say(partner, "granted")
                    self.assertNotIn(
                        row, self.Consent.with_user(self.salesman).search([])
                    )
                    self.assertIn(
                        row, self.Consent.with_user(self.other_salesman).search([])
                    )
                    self.assertIn(row, self.Consent.with_user(self.manager).search([]))
                    with self.assertRaises(AccessError):
                        row.with_user(self.salesman).read(["state"])
                    seen = partner.with_user(self.salesman)
                    self.assertFalse(seen.get_relationship_consents())
                    with self.assertRaises(AccessError):
                        seen.set_relationship_consent(
                            "service", self.phone.id, "withdrawn"
                        )
                    with self.assertRaises(AccessError):
                        self.Consent.with_user(self.salesman).create(
                            {
                                "partner_id": partner.id,
                                "purpose": "service",
                                "channel_id": self.phone.id,
                                "state": "withdrawn",
                            }
                        )

    def test_own_customers_and_nobodys_are_recorded_before_they_have_a_profile(self):
        nobodys = self._create_customer("Nobody's", user_id=False)
        for partner in (self.customer, self.contact, nobodys):
            for _with_profile in (False, True):
                row = partner.with_user(self.salesman).set_relationship_consent(
                    "offers", self.phone.id, "granted", proof=str(_with_profile)
                )
                self.assertTrue(row["consent_id"])
                self.assertTrue(
                    partner.with_user(self.salesman).get_relationship_consents()
                )
                self._refresh_changed()

    def test_the_leader_sees_the_customers_of_the_team(self):
        self._create_order(self.customer, 3)
        self._refresh_changed()
        row = self._say(self.contact, "granted")
        self.assertIn(row, self.Consent.with_user(self.leader).search([]))
        self.assertTrue(self.contact.with_user(self.leader).get_relationship_consents())

    def test_another_companys_statements_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Other"})
        row = self._say(self.customer, "withdrawn", company_id=other.id)
        self.assertNotIn(row, self.Consent.with_user(self.manager).search([]))
        with self.assertRaises(AccessError):
            row.with_user(self.manager).read(["state"])
        with self.assertRaises(AccessError):
            row.with_user(self.manager).copy()
        board = self.customer.with_user(self.manager).get_relationship_consents()
        self.assertEqual(board["cells"]["service"][self.phone.id]["state"], "not_asked")

    def test_without_the_group_nothing_is_seen_or_recorded(self):
        clerk = self._create_user("clerk", "base.group_user")
        customer = self.customer.with_user(clerk)
        with self.assertRaises(AccessError):
            customer.get_relationship_consents()
        with self.assertRaises(AccessError):
            customer.set_relationship_consent("offers", self.phone.id, "granted")
        with self.assertRaises(AccessError):
            customer.undo_relationship_consent(self._say(self.customer, "granted").id)
        with self.assertRaises(AccessError):
            customer.action_open_relationship_consents()

    def test_the_history_of_a_contact_one_may_not_see_does_not_open(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self._create_customer("Theirs", company_id=other.id, user_id=False)
        with self.assertRaises(AccessError):
            theirs.with_user(self.manager).action_open_relationship_consents()
        action = self.customer.with_user(self.manager)
        self.assertEqual(
            action.action_open_relationship_consents()["res_model"],
            "relationship.consent",
        )

    def test_the_current_statement_of_each_purpose_and_channel(self):
        old = self._say(self.customer, "granted", days_ago=2)
        new = self._say(self.customer, "withdrawn", days_ago=1)
        late = self._say(self.customer, "declined", days_ago=3)
        elsewhere = self._say(self.customer, "granted", channel=self.email)
        rows = old + new + late + elsewhere
        mine = [("partner_id", "=", self.customer.id)]
        current = self.Consent.search([*mine, ("is_current", "=", True)])
        self.assertEqual(current, new + elsewhere)
        self.assertEqual(
            self.Consent.search([*mine, ("is_current", "=", False)]), old + late
        )
        self.assertEqual(rows.filtered("is_current"), new + elsewhere)

    def test_an_archived_channel_keeps_its_history_and_a_used_one_is_not_deleted(self):
        row = self._say(self.customer, "granted", channel=self.meeting)
        with self.assertRaises(UserError):
            self.meeting.unlink()
        self.meeting.active = False
        self.assertEqual(row.channel_id, self.meeting)
        self.assertIsNone(
            self.customer._get_contact_refusals("service", self.meeting).get(
                self.customer.id
            )
        )
        board = self.customer.get_relationship_consents()
        self.assertIn(self.meeting.id, [item["id"] for item in board["channels"]])
        unused = self.env["relationship.channel"].create({"name": "Fax"})
        unused.unlink()

    def test_a_channel_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.env["relationship.channel"].create(
            {"name": "Theirs", "company_id": other.id}
        )
        with self.assertRaises(UserError):
            self._say(self.customer, "granted", channel=theirs)
        with self.assertRaises(AccessError):
            self.customer.with_user(self.manager).set_relationship_consent(
                "offers", theirs.id, "granted"
            )


@tagged("post_install", "-at_install", "crm_relationship")
class TestConsentBoard(ConsentCase):
    def setUp(self):
        super().setUp()
        self._refresh_changed()
        self.mine = self.customer.with_user(self.salesman)

    def _set(self, state, purpose="service", **values):
        return self.mine.set_relationship_consent(
            purpose, self.phone.id, state, **values
        )

    def _get_rows(self, partner=None):
        partner = partner or self.customer
        return self.Consent.search([("partner_id", "=", partner.id)])

    def test_the_board_agrees_with_what_is_asked_before_contacting(self):
        self._say(self.customer, "withdrawn")
        self._say(self.customer, "granted", purpose="offers")
        self._say(self.contact, "declined", purpose="offers", channel=self.email)
        self._say(self.customer, "granted", purpose="research", channel=self.meeting)
        self.env["mail.blacklist"]._add("hello@cafe.example")
        for partner in (self.customer, self.contact):
            board = partner.get_relationship_consents()
            self.assertIn(self.meeting.id, [c["id"] for c in board["channels"]])
            for purpose, cells in board["cells"].items():
                for channel_id, cell in cells.items():
                    channel = self.env["relationship.channel"].browse(channel_id)
                    refusals = partner._get_contact_refusals(purpose, channel)
                    reason = refusals.get(partner.id)
                    self.assertEqual(cell["allowed"], reason is None)
                    self.assertEqual(
                        cell["reason"],
                        partner._describe_contact_refusal(reason, channel)
                        if reason
                        else "",
                    )

    def test_inherited_statements_show_as_such(self):
        self._say(self.customer, "withdrawn", user_id=self.salesman.id)
        cell = self.contact.get_relationship_consents()["cells"]["service"][
            self.phone.id
        ]
        self.assertTrue(cell["inherited"])
        self.assertEqual(cell["state"], "withdrawn")
        self.assertIn("Café Central", cell["said"])
        self.assertIn(self.salesman.name, cell["said"])
        cell = self.customer.get_relationship_consents()["cells"]["service"][
            self.phone.id
        ]
        self.assertFalse(cell["inherited"])

    def test_a_blacklist_shows_on_its_channel(self):
        self.env["mail.blacklist"]._add("hello@cafe.example")
        channels = self.customer.get_relationship_consents()["channels"]
        closed = [item["id"] for item in channels if item["blacklisted"]]
        self.assertEqual(closed, [self.email.id])

    def test_recording_says_who_and_how(self):
        result = self._set("granted", proof="Said yes to Ana")
        row = self._get_rows()
        self.assertEqual(result["consent_id"], row.id)
        self.assertEqual(
            (row.state, row.user_id, row.source, row.proof),
            ("granted", self.salesman, "phone", "Said yes to Ana"),
        )
        self.assertIn("granted", result["message"])

    def test_a_doubled_click_is_one_statement(self):
        self._set("withdrawn")
        self.assertFalse(self._set("withdrawn")["consent_id"])
        self.assertEqual(len(self._get_rows()), 1)
        self._set("withdrawn", proof="In writing, too", source="email")
        self.assertEqual(len(self._get_rows()), 2)
        self._set("granted")
        self._set("withdrawn")
        self.assertEqual(len(self._get_rows()), 4)

    def test_the_same_said_to_somebody_else_or_later_is_a_new_statement(self):
        self._set("withdrawn")
        self.customer.with_user(self.manager).set_relationship_consent(
            "service", self.phone.id, "withdrawn"
        )
        self.assertEqual(len(self._get_rows()), 2)
        tomorrow = self.now + timedelta(days=2)
        with patch.object(fields.Datetime, "now", lambda: tomorrow):
            self.customer.with_user(self.manager).set_relationship_consent(
                "service", self.phone.id, "withdrawn"
            )
        self.assertEqual(len(self._get_rows()), 3)

    def test_undo_restores_what_held_before(self):
        before = self._say(
            self.customer, "granted", days_ago=9, source="paper", proof="Signed"
        )
        slip = self._set("withdrawn")
        self.assertFalse(self.customer._is_contact_allowed("service", self.phone))
        self.mine.undo_relationship_consent(slip["consent_id"])
        rows = self._get_rows()
        self.assertEqual(len(rows), 3, "nothing is deleted")
        self.assertEqual(
            (rows[0].state, rows[0].source, rows[0].user_id, rows[0].create_uid),
            ("granted", "other", self.salesman, self.salesman),
        )
        self.assertIn("Taken back", rows[0].proof)
        self.assertNotIn("Signed", rows[0].proof, "that was not said today")
        self.assertEqual(rows[0].undone_id.id, slip["consent_id"])
        self.assertEqual(before.state, "granted")
        self.assertTrue(self.customer._is_contact_allowed("service", self.phone))

    def test_undo_of_the_first_statement_means_not_asked(self):
        slip = self._set("granted", purpose="offers")
        self.mine.undo_relationship_consent(slip["consent_id"])
        self.assertEqual(self._get_rows()[0].state, "not_asked")
        self.assertEqual(
            self.customer._get_contact_refusals("offers", self.phone),
            {self.customer.id: "not_asked"},
        )

    def _enter_earlier(self, consent_id, minutes):
        self.env.cr.execute(
            SQL(
                "UPDATE relationship_consent SET create_date = create_date - %s"
                " WHERE id = %s",
                timedelta(minutes=minutes),
                consent_id,
            )
        )
        self.Consent.invalidate_model(["create_date"])

    def test_an_entry_is_undone_within_minutes_or_never(self):
        slip = self._set("withdrawn")["consent_id"]
        self._enter_earlier(slip, 11)
        with self.assertRaisesRegex(UserError, "10 minutes"):
            self.mine.undo_relationship_consent(slip)
        self._enter_earlier(slip, -2)
        self.mine.undo_relationship_consent(slip)
        self.assertEqual(len(self._get_rows()), 2)

    def test_an_undo_is_not_undone(self):
        slip = self._set("withdrawn")["consent_id"]
        undoing = self.mine.undo_relationship_consent(slip)["consent_id"]
        with self.assertRaises(UserError):
            self.mine.undo_relationship_consent(undoing)
        with self.assertRaises(UserError):
            self.mine.undo_relationship_consent(slip)
        self.assertEqual(len(self._get_rows()), 2)

    def test_undo_restores_the_last_statement_that_was_not_taken_back(self):
        self._say(self.customer, "granted", days_ago=9)
        self.mine.undo_relationship_consent(self._set("declined")["consent_id"])
        # A form that arrived by post.
        self._say(self.customer, "withdrawn", days_ago=2)
        self.mine.undo_relationship_consent(self._set("declined")["consent_id"])
        self.assertEqual(self._get_rows()[0].state, "withdrawn")

    def test_what_is_said_after_an_undo_is_entered(self):
        self._set("granted", source="other")
        self.mine.undo_relationship_consent(self._set("withdrawn")["consent_id"])
        self.assertTrue(self._set("granted", source="other")["consent_id"])

    def test_only_ones_own_latest_entry_is_undone(self):
        slip = self._set("withdrawn")
        with self.assertRaises(UserError):
            self.customer.with_user(self.manager).undo_relationship_consent(
                slip["consent_id"]
            )
        with self.assertRaises(UserError):
            self.contact.with_user(self.salesman).undo_relationship_consent(
                slip["consent_id"]
            )
        self._set("granted")
        with self.assertRaises(UserError):
            self.mine.undo_relationship_consent(slip["consent_id"])

    def test_nonsense_is_refused(self):
        for arguments in (
            ("spam", self.phone.id, "granted"),
            ("offers", self.phone.id, "maybe"),
            ("offers", 0, "granted"),
            ("offers", self.phone.id, "granted", "telepathy"),
        ):
            with self.assertRaises(ValidationError):
                self.mine.set_relationship_consent(*arguments)

    def test_queries_of_the_board_do_not_grow_with_the_history(self):
        counts = []
        self._say(self.customer, "granted", user_id=self.env.uid)
        self._count_queries(self.mine.get_relationship_consents)  # fill the caches
        for size in (1, 10, 100):
            for day in range(size):
                self._say(self.customer, "granted", days_ago=day, user_id=self.env.uid)
            counts.append(self._count_queries(self.mine.get_relationship_consents))
        self.assertEqual(len(set(counts)), 1, counts)
        self.assertLessEqual(counts[0], 20)

    def test_one_query_for_what_everybody_said(self):
        for size in (1, 10, 100):
            people = [self._create_customer(f"C{i}") for i in range(size)]
            for person in people:
                for channel in (self.phone, self.email):
                    self._say(person, "granted", channel=channel)
            ids = [person.id for person in people]
            found = {}
            queries = self._count_queries(
                lambda ids=ids, found=found: found.update(
                    self.Consent._get_current(ids, self.company)
                )
            )
            self.assertEqual(len(found), 2 * size)
            self.assertEqual(queries, 1)


@tagged("post_install", "-at_install", "crm_relationship")
class TestConsentMerge(ConsentCase):
    def _merge(self, kept, *gone):
        people = kept.concat(*gone)
        self.env["base.partner.merge.automatic.wizard"].create(
            {
                "partner_ids": [(6, 0, [kept.id, *(person.id for person in gone)])],
                "dst_partner_id": kept.id,
            }
        ).action_merge()
        self.env.invalidate_all()
        return people

    def test_a_merge_of_customers_keeps_every_statement_and_the_latest_wins(self):
        gone = self._create_customer("Gone", email=self.customer.email)
        first = self._say(self.customer, "granted", days_ago=5)
        last = self._say(gone, "withdrawn", days_ago=3)
        old = self._say(gone, "declined", days_ago=9, purpose="offers")
        self._refresh_changed()
        gone_id = gone.id
        self._merge(self.customer, gone)
        rows = (first + last + old).exists()
        self.assertEqual(len(rows), 3)
        self.assertEqual(rows.partner_id, self.customer)
        self.assertEqual(rows.mapped("merged_partner_ref"), [0, gone_id, gone_id])
        self.assertEqual(rows.filtered("is_current"), last + old)
        self.assertEqual(
            self.customer._get_contact_refusals("service", self.phone),
            {self.customer.id: "withdrawn"},
        )

    def test_a_merge_of_contacts_too(self):
        twin = self.env["res.partner"].create(
            {"name": "Bea", "parent_id": self.customer.id}
        )
        self._say(self.contact, "withdrawn", days_ago=5)
        self._say(twin, "granted", days_ago=3)
        self._merge(self.contact, twin)
        self.assertEqual(
            len(self.Consent.search([("partner_id", "=", self.contact.id)])), 2
        )
        self.assertTrue(self.contact._is_contact_allowed("service", self.phone))
