from odoo.tests import new_test_user, tagged

from .capture_case import CaptureCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestCaptureRating(CaptureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._create_order(
            cls.contact, state="draft", user_id=cls.salesman.id
        ).with_env(cls.env)
        cls.Interaction.search([]).unlink()

    def _ask(self):
        token = self.order._rating_get_access_token()
        return self.env["rating.rating"].search([("access_token", "=", token)])

    def _rate(self, stars, feedback="Fine truffles"):
        rating = self._ask()
        self.order.rating_apply(stars, rating=rating, feedback=feedback)
        return rating

    def test_a_rating_is_captured_with_what_it_says(self):
        rating = self._ask()
        self.assertFalse(self._all(), "nobody has answered")
        self._rate(5)
        [captured] = self._captured(self.order)
        self.assertEqual(captured.kind, "rating")
        self.assertEqual(captured.direction, "in")
        self.assertEqual(captured.sentiment, "positive")
        self.assertEqual(captured.rating, 5)
        self.assertEqual(captured.preview, "Fine truffles")
        self.assertEqual(captured.subject, self.order.name)
        self.assertEqual(captured.partner_id, self.contact)
        self.assertEqual(captured.channel_id, self._channel("web_form"))
        self.assertEqual(captured.date, rating.rated_on)
        self.assertEqual(captured.user_id, self.salesman)
        self.assertTrue(captured.is_contact)

    def test_the_value_is_a_sentiment(self):
        sentiments = {
            5: "positive",
            4: "positive",
            3: "neutral",
            2: "negative",
            1: "negative",
        }
        for stars, sentiment in sentiments.items():
            with self.subTest(stars=stars):
                self._rate(stars)
                self.assertEqual(self._all()[0].sentiment, sentiment)

    def test_who_thinks_again_has_one_opinion(self):
        rating = self._rate(1)
        self.assertEqual(self._all().sentiment, "negative")
        rating.write({"rating": 4, "feedback": "After all"})
        self.assertEqual(self._all().sentiment, "positive")
        self.assertEqual(self._all().preview, "After all")
        self.assertEqual(self._all().rating, 4)

    def test_a_rating_that_is_reset_was_not_given(self):
        rating = self._rate(1)
        self.assertTrue(self._all())
        rating.reset()
        self.assertFalse(self._all())

    def test_stars_in_the_portal_are_one_contact_and_not_two(self):
        visitor = new_test_user(self.env, "relationship_visitor", "base.group_portal")
        # As the controller of the portal does for who may see the order.
        message = (
            self.order.with_user(visitor)
            .sudo()
            .message_post(
                body="Fine truffles",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                rating_value=5,
            )
        )
        self.assertTrue(message.rating_ids.consumed)
        [captured] = self._all()
        self.assertEqual(captured.kind, "rating")
        self.assertEqual(captured.channel_id, self._channel("portal"))

    def test_the_switch_is_obeyed(self):
        self.company.relationship_capture_rating = False
        self._rate(5)
        self.assertFalse(self._all())

    def test_the_history_says_what_the_hook_said(self):
        self._rate(5)
        before = self._all().read()
        self._take_in("relationship.capture.rating")
        self.assertEqual(self._all().read(), before)
