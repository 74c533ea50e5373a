from ..tools.documents import Documents
from .common import RelationshipCase


class CaptureCase(RelationshipCase):
    """Documents that post messages and track, as in everyday work."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Everyday work is not silent, as the records of the other tests are.
        cls.env = cls.env(context={})
        for name in ("company", "salesman", "other_salesman", "manager", "product"):
            setattr(cls, name, getattr(cls, name).with_env(cls.env))
        cls.Interaction = cls.env["relationship.interaction"]
        cls.customer = cls._create_customer(email="central@example.com")
        cls.contact = cls.env["res.partner"].create(
            {
                "name": "Rosa",
                "parent_id": cls.customer.id,
                "email": "rosa@example.com",
            }
        )
        cls.colleague = cls.salesman.partner_id
        cls.env.flush_all()

    @classmethod
    def _channel(cls, code):
        return cls.env.ref(f"crm_relationship.channel_{code}")

    def _captured(self, record, **values):
        """Interactions of a document, the oldest first."""
        self._capture_changed()
        domain = [("res_model", "=", record._name), ("res_id", "=", record.id)]
        domain += [(name, "=", value) for name, value in values.items()]
        return self.Interaction.search(domain, order="id")

    def _all(self):
        self._capture_changed()
        return self.Interaction.search([])

    def _take_in(self, source):
        """The history of a source."""
        self.env.flush_all()
        self.env["relationship.capture"]._capture({source: Documents()})

    def _count_queries(self, work):
        """Queries of a function, up to what would be the commit."""
        self.env.cr.flush()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        work()
        self.env.cr.flush()
        return self.env.cr.sql_log_count - start
