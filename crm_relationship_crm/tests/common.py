from datetime import datetime, time, timedelta

from odoo.tools import SQL

from odoo.addons.crm_relationship.tests.capture_case import CaptureCase


class LeadCase(CaptureCase):
    """Leads beside orders: the same company and people as in the base's tests."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Lead = cls.env["crm.lead"]
        cls.env["crm.lead"].with_context(active_test=False).search([]).unlink()
        cls.won = cls.env["crm.stage"].create({"name": "Sold", "is_won": True})
        cls.reason = cls.env["crm.lost.reason"].create({"name": "Too expensive"})
        cls.env.flush_all()

    @classmethod
    def _create_lead(cls, partner=None, day=0, **values):
        """A lead that came in so many days ago.

        :param partner: its contact, if it has one
        """
        lead = cls.env["crm.lead"].create(
            {
                "name": "Truffles for a wedding",
                "type": "lead",
                "partner_id": partner and partner.id,
                "company_id": cls.company.id,
                "user_id": cls.salesman.id,
            }
            | values
        )
        cls._date(lead, create_date=day)
        return lead

    @classmethod
    def _create_opportunity(cls, partner=None, day=0, **values):
        return cls._create_lead(partner, day, **{"type": "opportunity"} | values)

    @classmethod
    def _qualify(cls, lead, day=0):
        lead.convert_opportunity(lead.partner_id)
        cls._date(lead, date_conversion=day)

    @classmethod
    def _win(cls, lead, day=0):
        lead.stage_id = cls.won
        cls._date(lead, date_closed=day)

    @classmethod
    def _lose(cls, lead, day=0, reason=None):
        lead.action_set_lost(lost_reason_id=(reason or cls.reason).id)
        cls._date(lead, date_closed=day)

    @classmethod
    def _date(cls, lead, **days):
        """Let it have happened so many days ago, at noon; today, a moment ago."""
        lead.flush_recordset()
        for name, day in days.items():
            if not day:
                continue
            moment = datetime.combine(cls.today - timedelta(days=day), time(12))
            cls.env.cr.execute(
                SQL(
                    "UPDATE crm_lead SET %s = %s WHERE id = %s",
                    SQL.identifier(name),
                    moment,
                    lead.id,
                )
            )
        lead.invalidate_recordset()
