from lxml import etree

from odoo import api, fields, models
from odoo.exceptions import UserError

# What is of one database, or not for others to say.
OWN = {
    "active",
    "state",
    "company_id",
    "parent_id",
    "step_ids",
    "server_action_id",
    "start_date",
}
KINDS = {
    "boolean",
    "char",
    "float",
    "integer",
    "many2many",
    "many2one",
    "selection",
    "text",
}
# By which field a record is named where it has no external id.
NAMES = {"res.users": "login", "product.product": "name"}


class RelationshipRule(models.Model):
    """Rules as data files of Odoo, to take to another database.

    A rule refers to other records by their external id, or else by their name. Nothing
    runs from a file: server actions stay where they are, and what is imported is off.
    """

    _inherit = "relationship.rule"  # pylint: disable=consider-merging-classes-inherited

    def action_export(self):
        """Download the rules, with their steps, as a data file.

        :raise UserError: a rule runs a server action
        """
        self.check_access("write")
        self._check_portable()
        return {
            "type": "ir.actions.act_url",
            "url": "/relationship/rules/export?rules=" + ",".join(map(str, self.ids)),
            "target": "download",
        }

    def _check_portable(self):
        rules = self | self._get_live_steps()
        if with_code := rules.filtered(lambda rule: rule.action_kind == "server"):
            raise UserError(
                self.env._(
                    "“%s” runs a server action, which is of this database only. It "
                    "can't be exported.",
                    with_code[0].name,
                )
            )

    @api.model
    def _get_portable_fields(self) -> dict:
        """What a file may say of a rule: {name: field}. What others add to rules is
        among it, as long as people may edit and copy it."""
        return {
            name: field
            for name, field in self._fields.items()
            if field.store
            and field.copy
            and field.type in KINDS
            and name not in OWN
            and not (field.compute or field.related or field.readonly or field.groups)
            and name not in models.MAGIC_COLUMNS
        }

    def _export_xml(self) -> bytes:
        """The rules and their steps as a data file of Odoo."""
        self._check_portable()
        root = etree.Element("odoo", noupdate="1")
        for rule in self.filtered(lambda rule: not rule.parent_id):
            for record in rule | rule._get_live_steps():
                root.append(record._export_record())
        return etree.tostring(
            root, xml_declaration=True, encoding="UTF-8", pretty_print=True
        )

    def _export_record(self):
        self.ensure_one()
        element = etree.Element("record", id=f"rule_{self.id}", model=self._name)
        defaults = self.default_get(list(self._get_portable_fields()))
        for name, field in sorted(self._get_portable_fields().items()):
            if self[name] or field.type not in ("many2one", "many2many", "char"):
                element.append(self._export_field(name, field))
            elif defaults.get(name):  # empty is not the default
                etree.SubElement(element, "field", name=name, eval="False")
        if self.parent_id:
            parent = f"rule_{self.parent_id.id}"
            etree.SubElement(element, "field", name="parent_id", ref=parent)
        return element

    def _export_field(self, name, field):
        element = etree.Element("field", name=name)
        value = self[name]
        if field.relational:
            element.attrib.update(self._export_reference(value, field.type))
        elif field.type in ("boolean", "integer", "float"):
            element.set("eval", repr(value))
        else:
            element.text = value or ""
        return element

    @api.model
    def _export_reference(self, records, kind) -> dict:
        """How a file names records: by external ids if all have one that other
        databases may have, else by names."""
        ids = records._get_external_ids()
        known = [
            next((xmlid for xmlid in ids[id_] if not xmlid.startswith("__")), None)
            for id_ in records.ids
        ]
        if all(known):
            if kind == "many2one":
                return {"ref": known[0]}
            refs = ", ".join(f"ref({xmlid!r})" for xmlid in known)
            return {"eval": f"[Command.set([{refs}])]"}
        name_field = self._get_name_field(records)
        names = records.sudo().mapped(name_field)
        condition = (name_field, "in", names)
        if kind == "many2one":
            condition = (name_field, "=", names[0])
        return {"search": repr([condition])}

    @api.model
    def _get_name_field(self, records) -> str:
        return NAMES.get(records._name) or records._rec_name or "name"

    def _get_export_name(self) -> str:
        day = fields.Date.context_today(self)
        return self.env._("retention-rules-%s.xml", day)
