from unittest.mock import patch

from psycopg2.errors import NotNullViolation

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.modules.migration import load_script
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..models import sale_order_relationship, sale_order_relationship_sql
from ..models.sale_order_relationship import RECORDED
from ..models.sale_order_relationship_sql import record
from ..tools.documents import Documents
from .common import RelationshipCase
from .test_migration import MIGRATIONS


@tagged("post_install", "-at_install", "crm_relationship")
class TestOrderRecorded(RelationshipCase):
    """An order remembers who the customer was when it was confirmed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer()
        cls.first, cls.second, cls.contact_stage, cls.risk = (
            cls.env.ref(f"crm_relationship.stage_{name}")
            for name in ("first", "second", "contact", "risk")
        )

    def setUp(self):
        super().setUp()
        self._quote()  # only who was in touch has a profile
        self._refresh_changed()

    def _quote(self, customer=None, **values):
        return self._create_order(customer or self.customer, state="draft", **values)

    def _confirm(self, customer=None, **values):
        order = self._quote(customer, **values)
        order.action_confirm()
        return order

    def _get_recorded(self, order):
        """What is in the database."""
        self.env.flush_all()
        order.invalidate_recordset()
        return tuple(
            order[name].id if name.endswith("_id") else order[name] for name in RECORDED
        )

    def _get_numbers(self, *orders):
        self.env.flush_all()
        self.env.invalidate_all()
        return [order.relationship_ordinal for order in orders]

    def test_stage_segment_and_number_are_those_just_before_the_order(self):
        profile = self._get_profile(self.customer)
        before = profile.stage_id
        self.assertTrue(before)
        first = self._confirm()
        self.assertEqual(
            self._get_recorded(first), (before.id, profile.segment_id.id, 1, "first")
        )
        profile = self._get_profile(self.customer)
        self.assertEqual(profile.stage_id, self.first)
        segment = self.env["relationship.segment"].search([], limit=1)
        profile._pin(self.risk, "Complained")
        profile._pin(segment, "Known to us")
        second = self._confirm()
        self.assertEqual(
            self._get_recorded(second), (self.risk.id, segment.id, 2, "repeat")
        )

    def test_it_is_there_at_once(self):
        """E.g. for the template of the message that confirms the order."""
        order = self._quote()
        order.action_confirm()
        self.assertEqual(order.relationship_ordinal, 1)
        self.assertEqual(order.relationship_order_kind, "first")

    def test_a_quotation_has_nothing_recorded(self):
        self._refresh_changed()
        order = self._quote()
        self.assertEqual(self._get_recorded(order), (False, False, 0, False))
        order.action_quotation_sent()
        self.assertEqual(self._get_recorded(order), (False, False, 0, False))

    def test_cancelling_and_confirming_again_changes_nothing(self):
        self._refresh_changed()
        order = self._confirm()
        recorded = self._get_recorded(order)
        self._refresh_changed()
        self._confirm()
        self._refresh_changed()
        order._action_cancel()
        self.assertEqual(self._get_recorded(order), recorded)
        order.action_draft()
        self.assertEqual(self._get_recorded(order), recorded)
        order.action_confirm()
        self.assertEqual(self._get_recorded(order), recorded)

    def test_confirmed_anew_together_with_others(self):
        again, new = self._confirm(), self._quote()
        again._action_cancel()
        again.action_draft()
        self.env.flush_all()
        (again | new).action_confirm()
        self.assertEqual(self._get_numbers(again, new), [1, 2])
        self.assertEqual(self._get_numbers(self._confirm()), [3])

    def test_confirmed_anew_after_another_has_got_its_number(self):
        """Otherwise both would be the first order, for good."""
        again = self._confirm()
        stage = again.relationship_confirmed_stage_id
        self._refresh_changed()
        again._action_cancel()
        self._confirm()
        again.action_draft()
        again.action_confirm()
        self.assertEqual(self._get_recorded(again)[2:], (2, "repeat"))
        self.assertEqual(again.relationship_confirmed_stage_id, stage)
        self.assertEqual(self._get_numbers(self._confirm()), [3])

    def test_several_confirmed_anew_have_numbers_of_their_own(self):
        one = self._confirm()
        one._action_cancel()
        other = self._confirm()
        other._action_cancel()
        self.assertEqual(self._get_numbers(one, other), [1, 1])
        (one | other).action_draft()
        (one | other).action_confirm()
        self.assertEqual(self._get_numbers(one, other), [1, 2])

    def test_nobody_waits_for_another_who_confirms(self):
        """So two orders of one moment get the same number: each of them sees what was
        there before. Help and documentation say so."""
        orders = [self._quote(), self._quote()]
        rows = [(0, order.id, None, None, None) for order in orders]
        recorded = [self.env["sale.order"]._get_recorded([row])[0] for row in rows]
        for values in recorded:
            self.assertEqual(values["relationship_ordinal"], 1)
        text = self.env["sale.order"]._fields["relationship_ordinal"].help
        self.assertIn("another order can have the same", text)

    def _plan(self, rows):
        """How PostgreSQL confirms orders, where all tables are large."""
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        explain = SQL("EXPLAIN (ANALYZE, FORMAT JSON) %s", record(rows))
        [[[plan]]] = self.env.execute_query(explain)
        nodes, found = [plan["Plan"]], []
        while nodes:
            node = nodes.pop()
            nodes += node.get("Plans", ())
            found.append(node)
        return found

    def _count_read(self):
        """Rows of orders that are read to confirm one."""
        order = self._quote()
        self.env.flush_all()
        self.env.cr.execute("ANALYZE sale_order")
        return sum(
            node["Actual Rows"] * node["Actual Loops"]
            for node in self._plan([(0, order.id, None, None, None)])
            if node.get("Relation Name") == "sale_order"
        )

    def test_a_counter_customer_is_not_counted_order_by_order(self):
        """E.g. the one customer for everybody who pays at the counter."""
        self.patch(sale_order_relationship_sql, "COUNTED", 20)
        few = self._count_read()
        self._import(*[3] * 300)
        self.assertLess(self._count_read(), few + 50)
        self.assertEqual(self._get_numbers(self._confirm()), [301])

    def test_orders_without_a_number_are_counted(self):
        """Those of before, as long as the background job has not come to them."""
        self.patch(sale_order_relationship_sql, "COUNTED", 2)
        self._import(*[3] * 5)
        self.env.cr.execute(
            "UPDATE sale_order SET relationship_ordinal = NULL WHERE partner_id = %s",
            [self.customer.id],
        )
        self.assertEqual(self._get_numbers(self._confirm()), [6])

    def test_nobody_changes_it(self):
        order = self._confirm()
        recorded = self._get_recorded(order)
        for user in (self.salesman, self.manager, self.env.user):
            for name, value in zip(
                RECORDED, (self.risk.id, False, 7, "repeat"), strict=True
            ):
                with self.subTest(user=user.login, name=name):
                    with self.assertRaises(UserError):
                        order.with_user(user).write({name: value})
                    with self.assertRaises(UserError):
                        order.with_user(user).web_save({name: value}, {})
                    with self.assertRaises(UserError):
                        order.sudo()[name] = value
        self.assertEqual(self._get_recorded(order), recorded)
        result = order.load([".id", "relationship_ordinal"], [[str(order.id), "9"]])
        self.assertFalse(result["ids"])
        self.assertEqual(self._get_recorded(order), recorded)

    def test_nobody_makes_it_up(self):
        made_up = {
            "relationship_confirmed_stage_id": self.risk.id,
            "relationship_ordinal": 9,
            "relationship_order_kind": "repeat",
        }
        values = {"partner_id": self.customer.id}
        Order = self.env["sale.order"].with_user(self.manager)
        defaults = {f"default_{name}": value for name, value in made_up.items()}
        for order in (
            Order.create(values | made_up),
            Order.with_context(**defaults).create(values),
        ):
            self.assertEqual(self._get_recorded(order), (False, False, 0, False))
        order.action_confirm()
        self.assertEqual(self._get_recorded(order)[2:], (1, "first"))

    def test_a_copy_remembers_nothing(self):
        copy = self._confirm().copy()
        self.assertEqual(self._get_recorded(copy), (False, False, 0, False))
        copy.action_confirm()
        self.assertEqual(self._get_numbers(copy), [2])

    def test_all_contacts_of_a_customer_count(self):
        buyer = self._create_customer(
            "Bia", is_company=False, parent_id=self.customer.id
        )
        self._refresh_changed()
        orders = [
            self._confirm(buyer),
            self._confirm(),
            self._confirm(buyer),
            self._confirm(self._create_customer("Another")),
        ]
        self.assertEqual(self._get_numbers(*orders), [1, 2, 3, 1])
        stage = self._get_profile(self.customer).stage_id
        later = self._confirm(buyer)
        self.assertEqual(later.relationship_confirmed_stage_id, stage)

    def test_each_company_counts_for_itself(self):
        other = self.env["res.company"].create({"name": "Branch"})
        self._confirm()
        there = self._confirm(company_id=other.id)
        self.assertEqual(self._get_numbers(there, self._confirm()), [1, 2])
        profile = self._get_profile(self.customer, other)
        profile._pin(self.risk)
        self.assertEqual(
            self._confirm(company_id=other.id).relationship_confirmed_stage_id,
            self.risk,
        )
        self.assertNotEqual(self._confirm().relationship_confirmed_stage_id, self.risk)

    def test_orders_confirmed_together_are_counted_one_by_one(self):
        other = self._create_customer("Other")
        self._confirm(other)
        orders = [
            self._quote(customer)
            for customer in (self.customer, other, self.customer, self.customer)
        ]
        self.env["sale.order"].concat(*orders).action_confirm()
        self.assertEqual(self._get_numbers(*orders), [1, 2, 2, 3])
        self.assertEqual(
            [order.relationship_order_kind for order in orders],
            ["first", "repeat", "repeat", "repeat"],
        )

    def test_an_order_cancelled_for_good_is_no_purchase(self):
        gone = self._confirm()
        gone._action_cancel()
        instead = self._confirm()
        self.assertEqual(self._get_numbers(gone, instead), [1, 1])
        another = self._confirm()
        instead._action_cancel()
        self.assertEqual(self._get_numbers(another, self._confirm()), [2, 3])

    def test_a_customer_made_with_the_order(self):
        customer = self._create_customer("Brand new")
        order = self._confirm(customer)
        self.assertEqual(self._get_recorded(order), (False, False, 1, "first"))

    def test_whoever_confirms(self):
        """Without the right to read profiles, as a customer who signs on the portal."""
        self._refresh_changed()
        order = self._quote()
        portal = new_test_user(self.env, "relationship_portal", "base.group_portal")
        self.env.flush_all()
        order.with_user(portal).sudo().action_confirm()
        self.assertEqual(order.relationship_ordinal, 1)
        self.assertTrue(order.relationship_confirmed_stage_id)

    def test_the_customer_is_changed_in_the_same_moment(self):
        other = self._create_customer("Other")
        self._confirm(other)
        order = self._quote()
        self.env.flush_all()
        order.partner_id = other
        order.action_confirm()
        self.assertEqual(self._get_numbers(order), [2])

    # Orders that come into being as confirmed

    def _import(self, *days, customer=None):
        """As an import does it."""
        return self.env["sale.order"].create(
            [
                {
                    "partner_id": (customer or self.customer).id,
                    "company_id": self.company.id,
                    "state": "sale",
                    "date_order": fields.Datetime.to_datetime(self._days_ago(day)),
                }
                for day in days
            ]
        )

    def test_imported_orders_are_counted_by_their_dates(self):
        orders = self._import(10, 30, 20)
        self.assertEqual(self._get_numbers(*orders), [3, 1, 2])
        self.assertEqual(self._get_numbers(*self._import(5)), [4])
        self.assertEqual(self._get_numbers(self._confirm()), [5])

    def test_without_a_customer_it_is_odoo_that_says_so(self):
        Order = self.env["sale.order"]
        values = {"partner_id": self.customer.id, "state": "sale"}
        for wrong in ({"state": "sale"}, {"state": "sale", "partner_id": False}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(NotNullViolation),
                self.env.cr.savepoint(),
            ):
                Order.create([values, wrong])
                self.env.flush_all()
        order = self._quote()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(NotNullViolation),
            self.env.cr.savepoint(),
        ):
            order.write({"state": "sale", "partner_id": False})
            self.env.flush_all()

    def test_an_imported_order_has_the_stage_of_its_day(self):
        profile = self._get_profile(self.customer)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE relationship_stage_move SET date = %s WHERE partner_id = %s",
            [self._days_ago(20), self.customer.id],
        )
        entered = profile.stage_id
        profile._pin(self.risk)
        before, then, now = self._import(30, 15, 0)
        self.assertFalse(before.relationship_confirmed_stage_id, "nobody knows")
        self.assertEqual(then.relationship_confirmed_stage_id, entered)
        self.assertEqual(now.relationship_confirmed_stage_id, self.risk)

    def test_nothing_is_asked_for_quotations(self):
        with patch.object(
            sale_order_relationship, "record", side_effect=AssertionError
        ):
            self._quote().action_quotation_sent()
            self.env.flush_all()

    # What it is good for

    def test_merged_customers_keep_what_was_recorded(self):
        gone = self._create_customer("Gone")
        self._refresh_changed()
        orders = self._confirm() | self._confirm(gone) | self._confirm(gone)
        self._refresh_changed()
        before = [self._get_recorded(order) for order in orders]
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | gone).ids, self.customer
        )
        self.env.invalidate_all()
        self.assertEqual(orders.partner_id, self.customer)
        self.assertEqual([self._get_recorded(order) for order in orders], before)
        self.assertEqual(self._get_numbers(self._confirm()), [4])

    def test_a_recorded_stage_is_not_deleted(self):
        stage = self.Stage.create({"name": "Guests", "sequence": 5})
        self._get_profile(self.customer)._pin(stage)
        order = self._confirm()
        self.assertEqual(order.relationship_confirmed_stage_id, stage)
        with self.assertRaises(UserError):
            stage.unlink()
        stage.active = False
        self.assertEqual(order.relationship_confirmed_stage_id, stage)

    def test_orders_are_found_and_grouped_by_it(self):
        self._refresh_changed()
        orders = self._confirm() | self._confirm() | self._confirm()
        Order = self.env["sale.order"].with_user(self.salesman)
        own = Domain("id", "in", orders.ids)
        self.assertEqual(
            Order.search(own & Domain("relationship_order_kind", "=", "first")),
            orders[0],
        )
        self.assertEqual(
            Order.search(own & Domain("relationship_ordinal", ">", 1), order="id"),
            orders[1:],
        )
        self.assertEqual(
            dict(Order._read_group(own, ["relationship_order_kind"], ["__count"])),
            {"first": 1, "repeat": 2},
        )
        stage = orders.relationship_confirmed_stage_id
        self.assertEqual(
            dict(Order._read_group(own, [RECORDED[0]], ["__count"])), {stage: 3}
        )

    def test_the_sales_analysis_tells_first_from_repeat_revenue(self):
        dollar = self.env["res.currency"].create(
            {
                "name": "XDO",
                "symbol": "x",
                "rate_ids": [Command.create({"name": "2000-01-01", "rate": 2})],
            }
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Abroad", "currency_id": dollar.id}
        )
        self._refresh_changed()
        self._confirm(amount=100)
        self._confirm(amount=30)
        self._confirm(amount=50, pricelist_id=pricelist.id)
        self.env.flush_all()
        report = self.env["sale.report"].with_user(self.salesman)
        own = [("partner_id", "=", self.customer.id), ("state", "=", "sale")]
        self.assertEqual(
            dict(
                report._read_group(
                    own, ["relationship_order_kind"], ["price_subtotal:sum"]
                )
            ),
            {"first": 100, "repeat": 55},
        )
        self.assertEqual(
            report._read_group(own, ["relationship_ordinal"], ["price_subtotal:sum"]),
            [(1, 100), (2, 30), (3, 25)],
        )
        [(stage, revenue)] = report._read_group(
            own, ["relationship_confirmed_stage_id"], ["price_subtotal:sum"]
        )
        self.assertEqual(revenue, 155)
        self.assertTrue(stage)

    def test_the_menu_opens_it(self):
        action = self.env.ref("crm_relationship.sale_report_action_order_kind")
        menu = self.env.ref("crm_relationship.menu_order_kinds")
        self.assertEqual(menu.action, action)
        self.assertEqual(
            menu.parent_id, self.env.ref("crm_relationship.menu_reporting")
        )
        views = action.with_user(self.salesman)._get_action_dict()["views"]
        self.assertEqual([kind for _id, kind in views][:2], ["graph", "pivot"])
        self.assertIn("confirm", str(action.help))

    def test_only_who_may_see_profiles_sees_it(self):
        order = self._confirm()
        outsider = self._create_user("outsider", "base.group_user")
        for model in ("sale.order", "sale.report"):
            known = self.env[model].with_user(outsider).fields_get()
            self.assertTrue(set(RECORDED).isdisjoint(known))
        with self.assertRaises(AccessError):
            order.with_user(outsider).read(["relationship_ordinal"])
        self.assertEqual(
            order.with_user(self.salesman).read(["relationship_ordinal"])[0][
                "relationship_ordinal"
            ],
            1,
        )


@tagged("post_install", "-at_install", "crm_relationship")
class TestOrderHistory(RelationshipCase):
    """Orders of before the add-on are numbered in the background."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Backfill = cls.env["relationship.backfill"]
        cls.History = cls.env["relationship.order.history"]
        cls.Order = cls.env["sale.order"]
        cls.Backfill.search([]).unlink()
        cls.one, cls.other = (cls._create_customer(name) for name in ("One", "Other"))
        # Not in the order of their dates.
        cls.orders = cls.Order.concat(
            *cls._create_history(cls.one, (10, 40, 20, 30)),
            *cls._create_history(cls.other, (5, 15)),
        )
        cls.numbers = [4, 1, 3, 2, 2, 1]
        cls._forget()

    def setUp(self):
        super().setUp()
        self.patch(type(self.History), "_batch", 2)
        self.patch(type(self.History), "_more", 0)

    @classmethod
    def _forget(cls, orders=None):
        """As if they were of before."""
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE sale_order SET relationship_ordinal = NULL,"
            " relationship_order_kind = NULL,"
            " relationship_confirmed_stage_id = NULL WHERE id = ANY(%s)",
            [(orders or cls.Order.search([])).ids],
        )
        cls.env.invalidate_all()

    def _start(self):
        return self.Backfill.create({"source": self.History._name})

    def _run(self):
        while self.Backfill._step_in_turn():
            pass

    def _get_numbers(self, orders=None):
        self.env.invalidate_all()
        return (orders or self.orders).mapped("relationship_ordinal")

    def test_past_orders_are_numbered_by_their_dates(self):
        history = self._start()
        self._run()
        self.assertEqual(history.state, "done")
        self.assertEqual(self._get_numbers(), self.numbers)
        self.assertEqual(
            self.orders.mapped("relationship_order_kind"),
            ["first" if number == 1 else "repeat" for number in self.numbers],
        )
        self.assertFalse(self.orders.relationship_confirmed_stage_id)
        self.assertGreaterEqual(history.looked_count, 6)
        self.assertEqual(history.found_count, 0, "they are no interactions")

    def test_it_comes_with_the_other_histories(self):
        histories = self.Backfill._start()
        self.assertIn(self.History._name, histories.mapped("source"))
        self._run()
        self.assertEqual(set(histories.mapped("state")), {"done"})
        self.assertEqual(self._get_numbers(), self.numbers)

    def test_slice_by_slice_with_progress_stop_and_resume(self):
        history = self._start()
        self.Backfill._step_in_turn()
        self.assertTrue(0 < history.progress < 100)
        self.assertIn("Order", history.name)
        done = [number for number in self._get_numbers() if number]
        self.assertLessEqual(len(done), 2)
        history.with_user(self.manager).action_stop()
        self._run()
        self.assertEqual(history.state, "stopped")
        history.with_user(self.manager).action_resume()
        self._run()
        self.assertEqual(history.state, "done")
        self.assertEqual(self._get_numbers(), self.numbers)

    def test_further_orders_of_the_same_customers_are_numbered_with_them(self):
        """Each slice would rank all orders of a counter customer otherwise."""
        first = Documents(ids=tuple(self.orders[:1].ids))
        self.patch(type(self.History), "_more", 2)
        self.assertEqual(self.History._number(first), 3)
        numbers = self._get_numbers()
        self.assertEqual(numbers[0], 4)
        self.assertEqual(sorted(numbers[1:4])[0], 0)
        self.patch(type(self.History), "_more", 100)
        second = Documents(after=self.orders[0].id, upto=self.orders[3].id)
        self.assertEqual(self.History._number(second), 1)
        self.assertEqual(self._get_numbers(), [4, 1, 3, 2, 0, 0])
        self.assertEqual(self.History._number(second), 0)

    def test_a_slice_that_was_lost_is_done_again(self):
        history = self._start()
        self.Backfill._step_in_turn()
        before = history.last_id, self._get_numbers()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            history._step()
            raise ZeroDivisionError
        self.env.invalidate_all()
        self.assertEqual((history.last_id, self._get_numbers()), before)
        self._run()
        self.assertEqual(self._get_numbers(), self.numbers)

    def test_a_second_run_changes_nothing(self):
        history = self._start()
        self._run()
        history.with_user(self.manager).action_restart()
        with patch.object(type(self.Order), "invalidate_model") as invalidate:
            self._run()
        invalidate.assert_not_called()
        self.assertEqual(self._get_numbers(), self.numbers)

    def test_what_is_confirmed_meanwhile_counts_those_of_before(self):
        self._start()
        self.Backfill._step_in_turn()
        new = self._create_order(self.one, 0)
        self.assertEqual(self._get_numbers(new), [5])
        self._run()
        self.assertEqual(self._get_numbers(), self.numbers)
        self.assertEqual(self._get_numbers(new), [5])
        self.assertEqual(self._get_numbers(self._create_order(self.one, 0)), [6])

    def test_quotations_and_cancelled_orders_have_no_number(self):
        quotation = self._create_order(self.one, 50, state="draft")
        cancelled = self._create_order(self.one, 60)
        cancelled._action_cancel()
        self._forget()
        self._start()
        self._run()
        self.assertEqual(self._get_numbers(quotation | cancelled), [0, 0])
        self.assertEqual(self._get_numbers(), self.numbers)

    def test_each_company_counts_for_itself(self):
        branch = self.env["res.company"].create({"name": "Branch"})
        there = self._create_order(self.one, 90, company_id=branch.id)
        self._forget()
        self.Backfill.create({"source": self.History._name, "company_id": branch.id})
        self._run()
        self.assertEqual(self._get_numbers(there), [1])
        self.assertEqual(self._get_numbers(), [0] * 6)
        self._start()
        self._run()
        self.assertEqual(self._get_numbers(), self.numbers)

    def test_the_next_night_finds_what_slipped_through(self):
        self._start()
        self._run()
        self._forget(self.orders[2:])
        with self.enter_registry_test_mode():
            self.env.ref(
                "crm_relationship.ir_cron_number_orders"
            ).method_direct_trigger()
        self.assertEqual(self._get_numbers(), self.numbers)

    def test_at_night_nobody_is_passed_over_who_stopped_it(self):
        self._start().with_user(self.manager).action_stop()
        self.History._cron_number()
        self.assertEqual(self._get_numbers(), [0] * 6)

    def test_an_upgrade_starts_it_and_no_other(self):
        for _twice in range(2):
            script = MIGRATIONS / "19.0.1.4.0/post-orders.py"
            load_script(str(script), "migration").migrate(self.env.cr, "19.0.1.3.0")
        histories = self.Backfill.search([])
        self.assertEqual(histories.mapped("source"), [self.History._name])
        self.assertEqual(histories.state, "waiting")
        self._run()
        self.assertEqual(self._get_numbers(), self.numbers)
