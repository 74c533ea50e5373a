from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from .trigger_case import TriggerCase


def _add_trigger_refund(self, query, as_of):
    """What an add-on writes: money was given back. Once per customer."""
    query.add_where(SQL("relationship_profile.refund_amount >= %s", self.trigger_days))
    return SQL("'refund'"), {"given_back": SQL("relationship_profile.refund_amount")}


def _say_trigger_refund(self):
    return f"a customer got back {self.trigger_days} or more"


def _describe_trigger_refund(self, evidence):
    return f"Got back {evidence['given_back']}."


@tagged("post_install", "-at_install", "crm_relationship")
class TestTriggerExtension(TriggerCase):
    """Others add a trigger by methods: see ``relationship.rule.trigger``."""

    @contextmanager
    def _refund_trigger(self):
        """As if an add-on had extended ``relationship.rule``."""
        Rule = type(self.Rule)
        methods = {
            "_add_trigger_refund": _add_trigger_refund,
            "_say_trigger_refund": _say_trigger_refund,
            "_describe_trigger_refund": _describe_trigger_refund,
        }
        field = Rule._fields["trigger"]
        selection = [*field.selection, ("refund", "Money was given back")]
        with (
            patch.multiple(Rule, create=True, **methods),
            patch.object(field, "selection", selection),
            patch.dict(field._selection, {"refund": "Money was given back"}),
        ):
            yield

    def test_a_trigger_of_another_add_on_works_like_any_other(self):
        customer, other = self._create_customer(), self._create_customer()
        for one in (customer, other):
            self._create_history(one, (30,))
        self._refresh_changed()
        self.env.cr.execute(
            "UPDATE relationship_profile SET refund_amount = 50 WHERE partner_id = %s",
            [customer.id],
        )
        self.env.invalidate_all()
        with self._refund_trigger():
            rule = self._create_rule("refund", trigger_days=40)
            self.assertIn("a customer got back 40 or more", rule.sentence)
            self.assertEqual(self._get_keys(rule, other), [])
            [touch] = self._act_twice(rule, customer)
            self.assertTrue(touch.reason.startswith("Got back 50"))
            self.assertEqual(
                set(rule.get_past()), {"7", "30", "90", "sampled", "customers"}
            )
