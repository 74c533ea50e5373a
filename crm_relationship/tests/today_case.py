from datetime import timedelta

from .common import RelationshipCase


class TodayCase(RelationshipCase):
    """Customers who have gone quiet, with calls that a rule has asked for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Today = cls.env["relationship.today"]
        cls.Outcome = cls.env["relationship.touch.outcome"]
        cls.Interaction = cls.env["relationship.interaction"]
        cls.Activity = cls.env["mail.activity"].with_context(active_test=False)
        cls.call = cls.env.ref("mail.mail_activity_data_call")
        cls.todo = cls.env.ref("mail.mail_activity_data_todo")
        cls.reason = cls.env.ref("crm_relationship.lost_reason_price")
        (cls.salesman + cls.other_salesman + cls.leader + cls.manager).tz = "UTC"

    @classmethod
    def _create_touched(cls, name="Café Central", deadline=0, revenue=100, **values):
        """A customer whom a rule wants to be called.

        :param deadline: days from today
        """
        customer = cls._create_customer(name, **values)
        cls._create_history(customer, [200, 190, 180, 170], amount=revenue / 4)
        cls.env["relationship.profile"]._refresh(cls.company, customer.ids)
        activity = cls._plan(
            customer, deadline, cls.env["res.users"].browse(customer.user_id.id)
        )
        cls.env["relationship.touch"].create(
            {
                "rule_id": cls.rule.id,
                "partner_id": customer.id,
                "company_id": cls.company.id,
                "user_id": customer.user_id.id,
                "date": cls.today,
                "occurrence": name,
                "dedup_key": name,
                "activity_id": activity.id,
                "evidence": {
                    "order_day_count": 4,
                    "days_since_order": 170,
                    "interval_median": 10,
                },
            }
        )
        return customer

    @classmethod
    def _plan(cls, partner, deadline=0, user=None, kind=None, **values):
        """An activity that a person has planned.

        :param deadline: days from today
        """
        return cls.env["mail.activity"].create(
            {
                "res_model_id": cls.env["ir.model"]._get_id("res.partner"),
                "res_id": partner.id,
                "activity_type_id": (kind or cls.call).id,
                "summary": "Ask how it was",
                "date_deadline": cls.today + timedelta(days=deadline),
                "user_id": (user or cls.salesman).id,
            }
            | values
        )

    def _list(self, user=None, **arguments):
        self.env.flush_all()
        return self.Today.with_user(user or self.salesman).get_today(**arguments)

    def _names(self, user=None, **arguments):
        return [row["name"] for row in self._list(user, **arguments)["rows"]]

    def _say(self, activity, outcome="interested", user=None, **values):
        Today = self.Today.with_user(user or self.salesman)
        answer = Today.log_outcome(activity.id, outcome, values)
        self.env.flush_all()
        return answer

    def _undo(self, answer, user=None):
        result = self.Today.with_user(user or self.salesman).undo_outcome(answer["id"])
        self.env.flush_all()
        return result
