from .common import RelationshipCase


class QuietCase(RelationshipCase):
    """Customers who have gone quiet, for the shipped rule."""

    def _create_quiet_customer(self, amount=200, **values):
        """Orders every 10 days, the last one 25 days ago."""
        customer = self._create_customer(**values)
        self._create_history(customer, (45, 35, 25), amount=amount)
        self._refresh_changed()
        return customer

    def _create_other_rule(self, **values):
        return self.rule.copy({"name": "Other", "state": "on"} | values)

    def _get_outcomes(self, customer, rule=None, as_of=None):
        items = (rule or self.rule).evaluate(as_of).items
        return [item.outcome for item in items if item.partner_id == customer.id]

    def _run_on(self, day, rule=None):
        """As the job would on that day."""
        rule = rule or self.rule
        return rule.apply(rule.evaluate(day))

    def _get_touches(self, customer):
        return self.Touch.search([("partner_id", "=", customer.id)], order="id")

    def _get_states(self, customer):
        return self._get_touches(customer).mapped("state")
