from odoo import api, fields, models
from odoo.tools import format_date, format_time, formatLang, html2plaintext


class RelationshipPrivacyFormat(models.AbstractModel):
    """The values of records as texts that people read, in the current language."""

    _name = "relationship.privacy.format"
    _description = "Texts of an Export"

    @api.model
    def _format(self, record, name) -> str:
        """A value as text, "" where there is none."""
        field = record._fields[name]
        value = record[name]
        method = getattr(self, f"_format_{field.type}", None)
        if method is None:
            return str(value) if value else ""
        if field.type in ("boolean", "integer", "float"):
            return method(value)
        return method(value, record, field) if value else ""

    @api.model
    def _format_boolean(self, value) -> str:
        return self.env._("Yes") if value else ""

    @api.model
    def _format_integer(self, value) -> str:
        return str(value) if value else ""

    @api.model
    def _format_float(self, value) -> str:
        return formatLang(self.env, value, digits=2) if value else ""

    @api.model
    def _format_monetary(self, value, record, field) -> str:
        name = field.get_currency_field(record)
        return formatLang(self.env, value, currency_obj=record[name] if name else None)

    @api.model
    def _format_selection(self, value, record, field) -> str:
        return dict(field._description_selection(record.env)).get(value) or value

    @api.model
    def _format_many2one(self, value, record, field) -> str:
        return value.display_name or ""

    @api.model
    def _format_many2many(self, value, record, field) -> str:
        return ", ".join(filter(None, value.mapped("display_name")))

    @api.model
    def _format_one2many(self, value, record, field) -> str:
        return self._format_many2many(value, record, field)

    @api.model
    def _format_date(self, value, record=None, field=None) -> str:
        return format_date(self.env, value)

    @api.model
    def _format_datetime(self, value, record=None, field=None) -> str:
        local = fields.Datetime.context_timestamp(self, value)
        day = format_date(self.env, local.date())
        return f"{day} {format_time(self.env, local.timetz(), time_format='short')}"

    @api.model
    def _format_html(self, value, record, field) -> str:
        return html2plaintext(value).strip()

    @api.model
    def _format_properties(self, value, record, field) -> str:
        """One line per field that the company has added to its contacts."""
        lines = []
        for item in record.read([field.name])[0][field.name]:
            text = self._format_property(item)
            if text and item["type"] != "separator":
                lines.append(f"{item.get('string') or item['name']}: {text}")
        return "\n".join(lines)

    @api.model
    def _format_property(self, item) -> str:
        value = item.get("value")
        if not value:
            return ""
        if item["type"] == "boolean":
            return self.env._("Yes")
        if item["type"] == "selection":
            return dict(item.get("selection") or []).get(value) or str(value)
        if item["type"] == "tags":
            names = {tag[0]: tag[1] for tag in item.get("tags") or []}
            return ", ".join(names.get(tag, tag) for tag in value)
        if item["type"] == "many2one":
            return value[1] or ""
        if item["type"] == "many2many":
            return ", ".join(one[1] for one in value if one[1])
        return str(value)
