from odoo.tests import tagged

from .test_duplicate import DuplicateCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestDuplicateMerge(DuplicateCase):
    """Odoo's own merge leaves the pairs right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = [
            cls._create_person(f"Quirino Zabumba{letter}") for letter in "xyzw"
        ]
        cls.env.flush_all()

    def _pair(self, first, second, state="open", score=0.7):
        one, other = sorted((self.people[first].id, self.people[second].id))
        return self.Duplicate.create(
            {
                "partner_id": one,
                "other_partner_id": other,
                "state": state,
                "score": score,
            }
        )

    def _merge(self, kept, gone):
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {
                "partner_ids": [(6, 0, [self.people[kept].id, self.people[gone].id])],
                "dst_partner_id": self.people[kept].id,
            }
        )
        wizard.action_merge()

    def _get_partners(self, pair):
        return (pair.partner_id, pair.other_partner_id)

    def test_the_pair_of_those_who_are_merged_goes(self):
        pair = self._pair(0, 1)
        self._merge(0, 1)
        self.assertFalse(pair.exists())

    def test_pairs_with_others_follow_the_lower_id_first(self):
        pair = self._pair(0, 1)
        self._merge(3, 0)
        self.assertEqual(self._get_partners(pair), (self.people[1], self.people[3]))

    def test_of_two_pairs_that_become_one_the_dismissed_one_stays(self):
        dismissed = self._pair(1, 2, "dismissed", score=0.6)
        opened = self._pair(0, 2, score=0.9)
        among = self._pair(0, 1, "dismissed")
        self._merge(0, 1)
        self.assertFalse((opened + among).exists())
        self.assertEqual(
            self._get_partners(dismissed), (self.people[0], self.people[2])
        )
        self.assertEqual(dismissed.state, "dismissed")
        self.Duplicate._scan()
        self.assertEqual(self._get_pair(*self._get_partners(dismissed)), dismissed)

    def test_the_wizard_opens_with_both_and_keeps_the_one_with_history(self):
        pair = self._pair(0, 1)
        self.assertEqual(pair._get_survivor(), self.people[0], "the older one")
        self._create_history(self.people[1], (9, 8))
        action = pair.action_merge()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(wizard.partner_ids, self.people[0] + self.people[1])
        self.assertEqual(wizard.dst_partner_id, self.people[1])
        action = wizard.with_context(**action["context"]).action_merge()
        self.assertEqual(action["res_model"], "relationship.duplicate")
        self.assertFalse(self.people[0].exists())
        self.assertFalse(pair.exists())
