from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Datetime
from odoo.tests import tagged
from odoo.tools import SQL

from .common import RelationshipCase

PLAN_ROWS = 20_000


@tagged("post_install", "-at_install", "crm_relationship")
class TestTimeline(RelationshipCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Interaction = cls.env["relationship.interaction"]
        cls.phone = cls.env.ref("crm_relationship.channel_phone")
        cls.email = cls.env.ref("crm_relationship.channel_email")
        cls.customer = cls._create_customer()
        cls.contact = cls.env["res.partner"].create(
            {"name": "Rosa", "parent_id": cls.customer.id}
        )
        cls.env.cr.flush()
        cls.Profile._refresh(cls.company, cls.customer.ids)

    def _log(self, subject="Wants truffles", user=None, **values):
        return self.Interaction.with_user(user or self.salesman).create(
            {
                "partner_id": self.contact.id,
                "channel_id": self.phone.id,
                "subject": subject,
            }
            | values
        )

    @classmethod
    def _insert(cls, number, customer=None, company=None):
        """Interactions as a capture would write them: one a minute."""
        customer = customer or cls.customer
        cls.env.cr.execute(
            SQL(
                """
                INSERT INTO relationship_interaction (
                    date, partner_id, customer_id, company_id, channel_id, direction,
                    kind, user_id, source, is_contact, raw_subject
                )
                SELECT TIMESTAMP '2024-01-01' + n * INTERVAL '1 minute', %s, %s, %s, %s,
                       'in', 'message', %s, 'mail', TRUE, 'Message ' || n
                  FROM GENERATE_SERIES(1, %s) n
                """,
                customer.id,
                customer.id,
                (company or cls.company).id,
                cls.email.id,
                cls.salesman.id,
                number,
            )
        )

    def _page(self, user=None, partner=None, **options):
        self.env.flush_all()
        partner = self.customer if partner is None else partner
        Interaction = self.Interaction.with_user(user or self.salesman)
        return Interaction.get_timeline(partner.id, **options)

    def _ids(self, **options):
        return [entry["id"] for entry in self._page(**options)["interactions"]]

    def _walk(self, between=lambda: None, **options):
        ids, page = [], {"cursor": None, "more": True}
        while page["more"]:
            page = self._page(cursor=page["cursor"], **options)
            ids += [entry["id"] for entry in page["interactions"]]
            between()
        return ids

    def test_the_newest_is_first_and_contacts_roll_up(self):
        old = self._log(date=Datetime.now() - timedelta(days=2))
        new = self._log(partner_id=self.customer.id)
        page = self._page()
        self.assertEqual(self._ids(), [new.id, old.id])
        self.assertFalse(page["more"])
        newest, oldest = page["interactions"]
        self.assertFalse(newest["contact"])
        self.assertEqual(oldest["contact"]["id"], self.contact.id)
        self.assertEqual(oldest["subject"], "Wants truffles")
        self.assertEqual(oldest["channel"]["icon"], "fa-phone")
        self.assertEqual(oldest["user"]["name"], self.salesman.name)

    def test_a_contact_is_asked_for_alone(self):
        of_contact = self._log()
        self._log(partner_id=self.customer.id)
        self.assertEqual(
            self._ids(partner=self.contact, only_contact=True), of_contact.ids
        )
        self.assertEqual(len(self._ids(partner=self.contact)), 2)

    def test_pages_have_neither_gaps_nor_duplicates(self):
        same = Datetime.now() - timedelta(days=1)
        logged = [self._log(str(n), date=same).id for n in range(7)]
        # As precisely as the database stores it.
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE relationship_interaction SET date = date"
                " + (id %% 3) * INTERVAL '1 microsecond' WHERE id = ANY(%s)",
                logged,
            )
        )
        self.env.invalidate_all()
        walked = self._walk(limit=2)
        self.assertCountEqual(walked, logged)
        self.assertEqual(len(walked), len(set(walked)))

    def test_what_arrives_while_somebody_scrolls_shifts_nothing(self):
        past = Datetime.now() - timedelta(days=1)
        logged = [self._log(date=past - timedelta(hours=n)).id for n in range(5)]
        walked = self._walk(between=self._log, limit=2)
        self.assertEqual(walked, logged)

    def test_filters(self):
        call = self._log("Asks for truffles", direction="in", kind="call")
        mail = self._log(
            "Offer", channel_id=self.email.id, kind="quotation", preview="100% Cacao"
        )
        other = self._log("Cafe", user=self.manager, kind="mailing")
        for filters, found in (
            ({"channel_ids": [self.email.id]}, mail),
            ({"kinds": ["contacts"]}, call),
            ({"kinds": ["contacts", "documents"]}, call + mail),
            ({"kinds": ["mailings"]}, other),
            ({"direction": "in"}, call),
            ({"user_id": self.manager.id}, other),
            ({"text": "TRUFFLES"}, call),
            ({"text": "100% c"}, mail),
            ({"text": "100_"}, self.Interaction),
            ({"text": "   "}, call + mail + other),
        ):
            with self.subTest(filters=filters):
                self.assertCountEqual(self._ids(filters=filters), found.ids)

    def test_odd_wishes_find_nothing_and_break_nothing(self):
        self._log()
        for filters in (
            {"channel_ids": [10**12]},
            {"channel_ids": ["x", None, {}]},
            {"kinds": ["sandwich", 7]},
            {"direction": "sideways"},
            {"direction": {"$ne": 1}},
            {"user_id": "admin"},
            {"text": "x" * 10_000},
            {"text": "'; DROP TABLE res_partner; --"},
            {"text": "tr\0ffles%"},
        ):
            with self.subTest(filters=filters):
                self.assertFalse(self._ids(filters=filters))
        self.assertEqual(len(self._ids(filters="nonsense")), 1)

    def test_a_page_has_its_limit_whatever_is_asked_for(self):
        self._insert(120)
        self.assertEqual(len(self._ids(limit=10**9)), 100)
        self.assertEqual(len(self._ids(limit=-3)), 1)
        self.assertEqual(len(self._ids(limit="many")), 30)

    def test_a_cursor_that_is_none_is_refused(self):
        for cursor in ("x", ["yesterday", 1], [1, 2, 3], {"a": 1}, ["2024-01-01", {}]):
            with self.subTest(cursor=cursor), self.assertRaises(UserError):
                self._page(cursor=cursor)

    def test_a_customer_who_is_none_is_refused(self):
        for partner_id in ("x", 10**8, [1]):
            with self.subTest(partner_id=partner_id), self.assertRaises(UserError):
                self.Interaction.get_timeline(partner_id)

    def test_who_does_not_see_the_customer_sees_what_they_took_part_in(self):
        self._log()
        own = self._log(user=self.other_salesman)
        self.assertEqual(self._ids(user=self.other_salesman), own.ids)

    def test_without_the_right_there_is_no_timeline(self):
        clerk = self._create_user("clerk", "base.group_user")
        with self.assertRaises(AccessError):
            self._page(user=clerk)

    def test_what_a_document_says_is_masked(self):
        order = self._create_order(self.contact, user_id=self.other_salesman.id)
        self._capture_changed()
        [masked] = self._page()["interactions"]
        self.assertTrue(masked["is_masked"])
        self.assertFalse(masked["has_document"])
        self.assertEqual(
            (masked["subject"], masked["preview"], masked["amount"]), ("", "", 0)
        )
        self.assertFalse(self._ids(filters={"text": order.name}))
        [told] = self._page(user=self.manager)["interactions"]
        self.assertEqual((told["subject"], told["amount"]), (order.name, 100))
        self.assertTrue(told["has_document"])
        self.assertEqual(
            self._ids(user=self.manager, filters={"text": order.name}), [told["id"]]
        )

    def test_each_company_has_its_own_and_those_of_both_are_mixed_by_date(self):
        other = self.env["res.company"].create({"name": "Branch"})
        self.manager.company_ids += other
        Interaction = self.Interaction.with_user(self.manager)
        here = self._log(user=self.manager, date=Datetime.now() - timedelta(hours=2))
        there = self._log(user=self.manager, company_id=other.id)
        old = self._log(user=self.manager, date=Datetime.now() - timedelta(hours=9))
        self.env.flush_all()
        alone = Interaction.with_context(allowed_company_ids=self.company.ids)
        page = alone.get_timeline(self.customer.id)
        self.assertEqual(
            [entry["id"] for entry in page["interactions"]], [here.id, old.id]
        )
        both = Interaction.with_context(allowed_company_ids=[self.company.id, other.id])
        page = both.get_timeline(self.customer.id)
        self.assertEqual(
            [entry["id"] for entry in page["interactions"]],
            [there.id, here.id, old.id],
        )
        self.assertEqual(page["interactions"][0]["company"], "Branch")
        self.assertFalse(self._ids(user=self.other_salesman))

    def test_the_timeline_of_the_app_is_everybodys_or_ones_own(self):
        mine = self._log()
        other = self._log(user=self.manager)
        nobody = self.env["res.partner"]
        ids = self._ids(partner=nobody, limit=100)
        self.assertLessEqual({mine.id, other.id}, set(ids))
        self.assertEqual(self._ids(partner=nobody, only_mine=True), mine.ids)

    def test_what_is_next_is_on_top_overdue_first(self):
        order = self._create_order(self.contact, state="draft")
        order.user_id = self.salesman
        user_id = self.salesman.id
        late = order.activity_schedule(
            date_deadline=self._days_ago(3), summary="Ask", user_id=user_id
        )
        soon = self.contact.activity_schedule(
            date_deadline=self._days_ago(-2), summary="Call", user_id=user_id
        )
        steps = self._page()["next_steps"]
        self.assertEqual([step["id"] for step in steps], [late.id, soon.id])
        self.assertEqual([step["state"] for step in steps], ["overdue", "planned"])
        self.assertEqual(steps[0]["res_model"], "sale.order")
        mine = self._page(partner=self.env["res.partner"])["next_steps"]
        self.assertEqual([step["id"] for step in mine], [late.id, soon.id])
        self._log()
        self._log()
        second = self._page(cursor=self._page(limit=1)["cursor"])
        self.assertNotIn("next_steps", second)

    def test_what_is_to_be_done_for_an_open_case_is_next(self):
        case = self.env["relationship.case"].create(
            {"name": "Melted", "partner_id": self.contact.id}
        )
        step = case.activity_schedule(summary="Replace", user_id=self.manager.id)
        steps = self._page(user=self.manager)["next_steps"]
        self.assertIn(step.id, [found["id"] for found in steps])

    def test_nobody_sees_the_steps_of_an_order_that_is_not_for_them(self):
        order = self._create_order(
            self.contact, state="draft", user_id=self.other_salesman.id
        )
        order.activity_schedule(summary="Secret", user_id=self.other_salesman.id)
        self.assertFalse(self._page()["next_steps"])

    def _count(self, **options):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._page(**options)
        return self.env.cr.sql_log_count - before

    def test_the_number_of_queries_does_not_grow(self):
        self._insert(10)
        self._count()
        few = self._count()
        self._insert(9_990)
        many = self._count()
        self.assertEqual(few, many)
        self.assertLessEqual(many, 25)

    def test_a_page_is_read_along_the_index_however_far_back(self):
        """Neither a sort nor a scan of the customer's history."""
        self._insert(PLAN_ROWS)
        self._insert(PLAN_ROWS, self._create_customer("Bakery"))
        self.env.cr.execute("ANALYZE relationship_interaction")
        companies = self.env["res.company"].create([{"name": "A"}, {"name": "B"}])
        self.manager.company_ids = [Command.link(company.id) for company in companies]
        for user in (self.salesman, self.manager):
            page = self._page(user=user)
            deep = ["2024-01-02T00:00:00", 1]
            for cursor in (page["cursor"], deep):
                plan = self._explain(user, cursor)
                self.assertIn("relationship_interaction_customer_idx", plan)
                self.assertNotRegex(plan, r"rows=\d{4,}")

    def _explain(self, user, cursor):
        """The plan that a page was read with, as far as rows were really touched."""
        Interaction = self.Interaction.with_user(user)
        if user == self.manager:
            Interaction = Interaction.with_context(
                allowed_company_ids=user.company_ids.ids
            )
        statements = []
        execute_query = type(self.env).execute_query

        def spy(env, query):
            statements.append(query)
            return execute_query(env, query)

        domain = Interaction._get_timeline_domain(self.customer, False, False)
        domain &= Interaction._get_timeline_after(cursor)
        self.patch(type(self.env), "execute_query", spy)
        Interaction._search_timeline(domain, self.customer, 31)
        statement = statements[-1]
        self.patch(type(self.env), "execute_query", execute_query)
        rows = self.env.execute_query(
            SQL("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) %s", statement)
        )
        return "\n".join(row[0] for row in rows)
