import logging

from psycopg2.errors import OperationalError

from odoo import api, fields, models
from odoo.fields import Domain

from .relationship_case_category import SEVERITIES

_logger = logging.getLogger(__name__)


class RelationshipCaseLevel(models.Model):
    """How soon a case is to be answered and resolved, in working hours.

    The first level, by sequence, whose severity and customers match is that of a case.
    """

    _name = "relationship.case.level"
    _inherit = ["relationship.domain.mixin"]
    _description = "Service Level"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: the level is that of every company."
    )
    severity = fields.Selection(SEVERITIES, help="Empty: whatever the severity.")
    domain = fields.Char(
        string="Customers",
        help="Empty: every customer, and mail from strangers too.",
    )
    hours_to_answer = fields.Float(
        string="Answer Within",
        required=True,
        default=8.0,
        help="Working hours until the customer has a first answer. 0: no deadline.",
    )
    hours_to_resolve = fields.Float(
        string="Resolve Within",
        required=True,
        default=40.0,
        help="Working hours until the case is resolved, without the time in which it "
        "waits for the customer. 0: no deadline.",
    )

    _not_negative = models.Constraint(
        "CHECK (hours_to_answer >= 0 AND hours_to_resolve >= 0)",
        "Hours can't be negative.",
    )

    @api.model
    def _match(self, cases) -> dict:
        """The level of each case; one query per level that asks for customers.

        :return: {case: level}; cases that no level fits are not in it
        """
        found = {}
        for company, rest in cases.grouped("company_id").items():
            for level in self.search([("company_id", "in", (False, company.id))]):
                fits = rest.filtered(
                    lambda case, level=level: level.severity in (False, case.severity)
                )
                fits = level._filter_customers(fits, company)
                found |= dict.fromkeys(fits, level)
                rest -= fits
                if not rest:
                    break
        return found

    def _filter_customers(self, cases, company):
        """Those of the cases whose customers the level is for.

        A condition that has broken since it was written fits nobody, so that cases
        still come in.
        """
        if not cases or not self.domain:
            return cases
        customers = cases.customer_id._origin
        try:
            domain = self._get_domain()
            with self.env.cr.savepoint(flush=False):
                profiles = self.env["relationship.profile"].search(
                    domain
                    & Domain("company_id", "=", company.id)
                    & Domain("partner_id", "in", customers.ids)
                )
                matching = profiles.partner_id
        except OperationalError:
            raise  # not the condition's fault
        except Exception as error:  # whatever the ORM or PostgreSQL says of it
            _logger.warning("Service level %s fits nobody: %s", self.id, error)
            return cases.browse()
        return cases.filtered(lambda case: case.customer_id._origin in matching)
