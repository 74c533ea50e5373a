from unittest.mock import patch

from odoo.tests import tagged

from .common import LeadCase


@tagged("post_install", "-at_install", "crm_relationship_crm")
class TestLeadQueries(LeadCase):
    """Whoever works with leads does not wait for us."""

    def _count(self, work):
        work()  # once more than counted, so that all caches are warm
        return self._count_queries(work)

    def _compare(self, work):
        """Queries of a function, with and without this add-on's part."""
        with patch.object(type(self.Lead), "_note_relationship", lambda leads: None):
            bare = self._count(work)
        return self._count(work), bare

    def test_creating_leads_costs_one_query_more(self):
        for count in (1, 10, 100):
            vals_list = [
                {"name": f"Lead {number}", "email_from": f"{number}@example.com"}
                for number in range(count)
            ]

            def create(vals_list=vals_list):
                self.Lead.create(vals_list)

            ours, bare = self._compare(create)
            self.assertLessEqual(ours - bare, 1, count)

    def test_changing_leads_costs_one_query_more(self):
        for count in (1, 10, 100):
            leads = self.Lead.create(
                [
                    {"name": f"Lead {number}", "partner_id": self.customer.id}
                    for number in range(count)
                ]
            )
            revenue = iter(range(1, 10))

            def change(leads=leads, revenue=revenue):
                leads.write({"expected_revenue": next(revenue)})

            ours, bare = self._compare(change)
            self.assertLessEqual(ours - bare, 1, count)

    def test_what_happens_after_the_commit_does_not_grow(self):
        counts = []
        for number, count in enumerate((1, 10, 100)):
            self.Lead.create(
                [
                    {
                        "name": "Lead",
                        "partner_id": self.customer.id,
                        "email_from": f"{number}@example.com",
                    }
                    for _lead in range(count)
                ]
            )
            self.env.cr.flush()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self._capture_changed()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[1], counts[2])

    def test_where_leads_are_open_is_one_query_for_a_list(self):
        leads = self.Lead.create(
            [
                {"name": "Lead", "partner_id": self.customer.id, "user_id": False}
                for _lead in range(20)
            ]
        )
        self._refresh_changed()
        self.env.invalidate_all()
        leads.mapped("relationship_stage_id")
        self.env.invalidate_all()
        one = self._count_queries(lambda: leads[:1].mapped("relationship_stage_id"))
        many = self._count_queries(lambda: leads.mapped("relationship_stage_id"))
        self.assertEqual(one, many)
