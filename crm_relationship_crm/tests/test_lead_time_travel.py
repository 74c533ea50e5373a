from odoo.tests import tagged

from odoo.addons.crm_relationship.tests import test_time_travel

from .common import LeadCase


@tagged("post_install", "-at_install", "crm_relationship_crm")
class TestLeadTimeTravel(LeadCase, test_time_travel.TestTimeTravel):
    """The past is what a refresh of the day gave, with what leads say of customers."""

    # About other things than facts.
    test_a_share_of_revenue_is_that_of_the_day = None
    test_slices_add_up_to_the_whole = None
    test_the_scale_of_a_past_day_holds_on_no_other = None
    test_what_somebody_set_later_was_not_set_then = None

    def _random_histories(self, draw, count=20):
        customers = super()._random_histories(draw, count)
        source = self.env["utm.source"].create({"name": "Source of the Tests"})
        for customer in customers:
            for _lead in range(draw.choice([0, 1, 1, 2, 4])):
                self._random_lead(draw, customer, source)
        return customers

    def _random_lead(self, draw, customer, source):
        """A lead that came in, perhaps became an opportunity, perhaps ended."""
        came, qualified, closed = sorted(
            (draw.randrange(500) for _event in range(3)), reverse=True
        )
        lead = self._create_lead(
            customer,
            came,
            type=draw.choice(["lead", "opportunity"]),
            expected_revenue=draw.choice([0, 50, 99.99]),
            source_id=draw.choice([False, source.id]),
            user_id=draw.choice([self.salesman.id, self.other_salesman.id, False]),
            company_id=draw.choice([self.company.id, False]),
        )
        if lead.type == "lead" and draw.random() < 0.5:
            self._qualify(lead, qualified)
        end = draw.choice(["open", "won", "lost", "aside"])
        if end == "won":
            self._win(lead, closed)
        elif end == "lost":
            self._lose(lead, closed)
        elif end == "aside":
            lead.probability = 50
            lead.action_archive()
            self._date(lead, date_closed=closed)
