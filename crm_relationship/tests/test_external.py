from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models.relationship_interaction_external import MAX_EVENTS
from .common import RelationshipCase


class ExternalCase(RelationshipCase):
    """A telephone system with a user of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.br")
        cls.system = new_test_user(
            cls.env,
            "relationship_pbx",
            groups="base.group_user,crm_relationship.group_relationship_external",
        )
        cls.Interaction = cls.env["relationship.interaction"]
        cls.customer = cls._create_customer(
            phone="(11) 98765-4321", email="Rosa <rosa@cafe.test>", ref="C-100"
        )
        cls.env.flush_all()

    def _event(self, **values):
        self.number = getattr(self, "number", 0) + 1
        return {
            "channel": "phone",
            "external_id": f"call-{self.number}",
            "from": {"phone": "+55 11 98765 4321"},
        } | values

    def _log(self, *events):
        return self.Interaction.with_user(self.system).log_external(list(events))

    def _log_one(self, **values):
        """The answer to one event."""
        [answer] = self._log(self._event(**values))["results"]
        return answer

    def _stored(self, answer):
        return self.Interaction.browse(answer["id"])

    def _code(self, **values):
        answer = self._log_one(**values)
        self.assertEqual(answer["status"], "error")
        self.assertFalse(answer["id"])
        self.assertTrue(answer["error"])
        return answer["code"]


@tagged("post_install", "-at_install", "crm_relationship")
class TestExternal(ExternalCase):
    def test_a_call_becomes_an_interaction_of_the_customer(self):
        result = self._log(
            self._event(
                date="2026-03-02T14:05:07-03:00",
                subject="Order <b>status</b>",
                text="<p>Asked&nbsp;for the <i>truffles</i></p><script>x()</script>",
                duration=90,
                outcome="reached",
                sentiment="positive",
                user=self.salesman.login,
            )
        )
        self.assertEqual(result["accepted"], 1)
        self.assertEqual(result["errors"], [])
        [answer] = result["results"]
        self.assertEqual(answer["status"], "created")
        self.assertEqual(answer["warnings"], [])
        interaction = self._stored(answer)
        self.assertEqual(interaction.partner_id, self.customer)
        self.assertEqual(interaction.customer_id, self.customer)
        self.assertEqual(interaction.company_id, self.company)
        self.assertEqual(
            interaction.date, fields.Datetime.to_datetime("2026-03-02 17:05:07")
        )
        self.assertEqual(interaction.kind, "call")
        self.assertEqual(interaction.direction, "in")
        self.assertTrue(interaction.is_contact)
        self.assertEqual(interaction.subject, "Order status")
        self.assertEqual(interaction.preview, "Asked for the truffles")
        self.assertEqual(interaction.duration, 0.025)
        self.assertEqual(interaction.outcome, "reached")
        self.assertEqual(interaction.sentiment, "positive")
        self.assertEqual(interaction.user_id, self.salesman)
        self.assertEqual(interaction.external_id, "call-1")
        self.assertEqual(interaction.external_address, "+5511987654321")

    def test_the_customer_is_computed_again(self):
        self.Profile._refresh(self.company, self.customer.ids)
        self.env.cr.flush()
        self.Queue.search([]).unlink()
        self._log_one()
        self.env.cr.flush()
        self.assertEqual(self.Queue.search([]).partner_id, self.customer)

    def test_a_second_delivery_is_a_duplicate_and_changes_nothing(self):
        event = self._event(outcome="reached")
        [first] = self._log(event)["results"]
        self._stored(first).with_user(self.salesman).outcome = "interested"
        result = self._log(event | {"subject": "Changed"})
        self.assertEqual(result["duplicates"], 1)
        self.assertEqual(result["accepted"], 0)
        self.assertEqual(result["results"][0]["id"], first["id"])
        self.assertEqual(self._stored(first).outcome, "interested")
        self.assertFalse(self._stored(first).subject)

    def test_the_same_event_twice_in_a_batch_is_taken_once(self):
        event = self._event()
        result = self._log(event, event, event)
        statuses = [answer["status"] for answer in result["results"]]
        self.assertEqual(statuses, ["created", "duplicate", "duplicate"])
        self.assertEqual(len({answer["id"] for answer in result["results"]}), 1)

    def test_an_id_is_taken_once_per_channel(self):
        event = self._event()
        result = self._log(event, event | {"channel": "whatsapp"})
        self.assertEqual(result["accepted"], 2)

    def test_what_is_wrong_with_one_event_stops_no_other(self):
        result = self._log(
            self._event(),
            "junk",
            self._event(channel="pigeon"),
            self._event(external_id=None),
            self._event(),
        )
        self.assertEqual(result["accepted"], 2)
        self.assertEqual([error["index"] for error in result["errors"]], [1, 2, 3])
        self.assertEqual(
            [error["code"] for error in result["errors"]],
            ["not_an_object", "channel_unknown", "external_id_missing"],
        )
        self.assertIn("pigeon", result["errors"][1]["error"])

    def test_essential_things_have_to_be_right(self):
        now = fields.Datetime.now()
        self.assertEqual(self._code(channel=None), "channel_missing")
        self.assertEqual(self._code(channel=["phone"]), "channel_missing")
        self.assertEqual(self._code(external_id=True), "external_id_invalid")
        self.assertEqual(self._code(external_id="a\x00b"), "external_id_invalid")
        self.assertEqual(self._code(external_id="\ud800"), "external_id_invalid")
        self.assertEqual(self._code(external_id="x" * 201), "external_id_too_long")
        self.assertEqual(self._code(date="yesterday"), "date_invalid")
        self.assertEqual(self._code(date=True), "date_invalid")
        self.assertEqual(self._code(date=float("nan")), "date_invalid")
        self.assertEqual(self._code(date=10**400), "date_invalid")
        self.assertEqual(self._code(date=0), "date_too_old")
        tomorrow = (now + timedelta(days=2)).isoformat()
        self.assertEqual(self._code(date=tomorrow), "date_in_future")
        self.assertEqual(self._code(direction="sideways"), "direction_invalid")
        self.assertEqual(self._code(kind="order"), "kind_invalid")
        self.assertEqual(self._code(**{"from": None}), "contact_missing")
        self.assertEqual(self._code(**{"from": 5}), "contact_invalid")
        self.assertEqual(self._code(**{"from": {"phone": {}}}), "contact_invalid")
        self.assertEqual(self._code(company="1"), "company_invalid")

    def test_what_is_only_an_addition_is_left_out_with_a_warning(self):
        answer = self._log_one(
            duration=-5,
            outcome="angry",
            sentiment=["positive"],
            user="nobody@nowhere.test",
            order="S99999999",
            subject={"a": 1},
            colour="green",
        )
        self.assertEqual(answer["status"], "created")
        self.assertEqual(len(answer["warnings"]), 7)
        interaction = self._stored(answer)
        self.assertFalse(interaction.duration)
        self.assertFalse(interaction.outcome)
        self.assertFalse(interaction.user_id)

    def test_dates_may_be_written_in_many_ways(self):
        expected = fields.Datetime.to_datetime("2026-03-02 14:05:07")
        for said in (
            "2026-03-02T14:05:07Z",
            "2026-03-02 14:05:07",
            "2026-03-02T14:05:07.123456+00:00",
            "20260302T140507Z",
            "2026-03-02T23:05:07+09:00",
            1772460307,
            1772460307.9,
            1772460307000,
            "1772460307",
        ):
            with self.subTest(said=said):
                self.assertEqual(self._stored(self._log_one(date=said)).date, expected)

    def test_texts_are_a_preview_and_no_more(self):
        answer = self._log_one(text="word " * 200_000, subject="&lt;img src=x&gt;hi")
        interaction = self._stored(answer)
        self.assertEqual(len(interaction.preview), 200)
        self.assertEqual(interaction.subject, "hi")

    def test_what_the_customer_is_called_by_depends_on_the_direction(self):
        ours = {"phone": "+55 11 3000 0000"}
        theirs = {"phone": "+55 11 98765 4321"}
        out = self._log_one(direction="out", to=theirs, **{"from": ours})
        self.assertEqual(self._stored(out).partner_id, self.customer)
        self.assertEqual(self._log_one(to=theirs)["status"], "created")
        both = self._log_one(direction="both", contact=theirs, **{"from": ours})
        self.assertEqual(self._stored(both).partner_id, self.customer)

    def test_an_order_says_whose_it_is_and_is_linked(self):
        order = self._create_order(self.customer)
        answer = self._log_one(order=order.name, **{"from": {}})
        interaction = self._stored(answer)
        self.assertEqual(interaction.partner_id, self.customer)
        self.assertEqual(interaction._get_document(), order)

    def test_too_many_are_refused_as_a_whole(self):
        with self.assertRaisesRegex(UserError, "parts"):
            self._log(*[{}] * (MAX_EVENTS + 1))
        for junk in (None, "x", {"channel": "phone"}, 5):
            with self.assertRaisesRegex(UserError, "list"):
                self.Interaction.with_user(self.system).log_external(junk)

    def test_no_event_is_no_trouble(self):
        self.assertEqual(self._log()["results"], [])

    def test_an_archived_channel_takes_nothing(self):
        self.env.ref("crm_relationship.channel_phone").active = False
        self.assertEqual(self._code(), "channel_unknown")

    def test_a_channel_of_the_company_goes_before_a_shared_one(self):
        own = self.env["relationship.channel"].create(
            {"name": "Hotline", "code": "phone", "company_id": self.company.id}
        )
        self.assertEqual(self._stored(self._log_one()).channel_id, own)

    def test_the_number_of_queries_does_not_depend_on_the_number_of_events(self):
        customers = self.env["res.partner"].create(
            [
                {"name": f"Customer {n}", "email": f"c{n}@external.test"}
                for n in range(100)
            ]
        )
        self.env.flush_all()
        counts = []
        for number, size in enumerate((1, 1, 10, 100)):
            events = [
                self._event(
                    external_id=f"{number}-{n}",
                    user=self.salesman.login,
                    **{"from": {"email": customers[n].email, "phone": f"119{n:08}"}},
                )
                for n in range(size)
            ]
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            result = self._log(*events)
            self.env.cr.flush()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(result["accepted"], size)
            self.assertEqual(result["unmatched"], 0)
        self.assertEqual(counts[1], counts[2])
        self.assertEqual(counts[2], counts[3])
        self.assertLessEqual(counts[3], 16)


@tagged("post_install", "-at_install", "crm_relationship")
class TestExternalAccess(ExternalCase):
    def test_only_users_of_other_systems_log_events(self):
        portal = new_test_user(
            self.env, "relationship_portal", groups="base.group_portal"
        )
        employee = new_test_user(self.env, "relationship_employee")
        public = self.env.ref("base.public_user")
        for user in (self.salesman, self.manager, employee, portal, public):
            with self.assertRaises(AccessError):
                self.Interaction.with_user(user).log_external([self._event()])

    def test_the_user_of_another_system_sees_no_customer(self):
        self._log_one()
        partners = self.env["res.partner"].with_user(self.system).search([])
        self.assertNotIn(self.customer, partners)
        self.assertEqual(partners, self.system.partner_id | self.company.partner_id)
        with self.assertRaises(AccessError):
            self.customer.with_user(self.system).read(["name"])
        for model in (
            "relationship.interaction",
            "relationship.profile",
            "relationship.channel",
            "sale.order",
        ):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.system).search([])

    def test_whoever_works_with_customers_too_sees_them(self):
        self.salesman.group_ids += self.env.ref(
            "crm_relationship.group_relationship_external"
        )
        self.assertEqual(self.customer.with_user(self.salesman).ref, "C-100")

    def test_events_are_for_companies_that_the_user_works_in(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.assertEqual(self._code(company=other.id), "company_denied")
        self.assertEqual(self._code(company=2**31 - 1), "company_denied")
        self.system.company_ids = [Command.link(other.id)]
        answer = self._log_one(
            company=other.id, **{"from": {"phone": "+5511911112222"}}
        )
        self.assertEqual(self._stored(answer).company_id, other)

    def test_customers_of_another_company_are_not_found(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.customer.company_id = other
        self.env.flush_all()
        self.assertEqual(self._log_one()["status"], "unmatched")
