import json
import zipfile
from collections import Counter
from tempfile import TemporaryFile

from odoo import api, fields, models
from odoo.tools import json_default

from ..tools.privacy import PrivacyColumn

# Records that are in memory at a time.
BATCH = 500
# Stands in a template for what is written piece by piece.
GAP = "crm-relationship-privacy-gap"
FORMAT = "crm_relationship.privacy/1"


class RelationshipPrivacyExport(models.AbstractModel):
    """Everything known about a person, as files.

    Two files in a zip archive: a page that people read and print, and the same for
    machines, which is what data portability asks for. Apart, for whoever reads the one
    has no use for the other, and no program has to find its data within a page.

    Records are read in batches and written at once, so a long history takes no more
    memory than a short one. The archive is a temporary file that no table refers to:
    a copy of personal data in the database would be found in no later request.
    """

    _name = "relationship.privacy.export"
    _description = "Export of Personal Data"

    @api.model
    def _export(self, partner):
        """Write what is known of a person, and enter it into the log.

        :return: name of the archive, the archive as an open file
        :raise AccessError: the user is no privacy officer or may not see the contact
        """
        partner.ensure_one()
        partner._check_privacy_officer()
        partner.check_access("read")
        reader = self._get_reader(partner)
        archive = TemporaryFile()  # noqa: SIM115 who sends it closes it
        with (
            TemporaryFile("w+", encoding="utf-8") as page,
            TemporaryFile("w+", encoding="utf-8") as data,
        ):
            counts = self.with_env(reader.env)._write_sections(reader, page, data)
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
                for name, file in (
                    ("personal-data.html", page),
                    ("personal-data.json", data),
                ):
                    file.flush()
                    file.buffer.seek(0)
                    with zipped.open(name, "w", force_zip64=True) as target:
                        while chunk := file.buffer.read(1 << 20):
                            target.write(chunk)
        archive.seek(0)
        self.env["privacy.log"]._relationship_log("export", partner, counts)
        return f"personal-data-{partner.id}.zip", archive

    @api.model
    def _get_reader(self, partner):
        """The contact as the export reads it.

        With superuser rights: a person has a right to everything that is kept, also to
        what the officer has no right to in daily work, as invoices or the profiles of
        other salespeople's customers. The group of officers is made for this; they get
        the data in the file only. Companies stay apart: of documents, only those of
        the companies that the officer works in.

        In the person's language, for the file is for the person.
        """
        installed = dict(self.env["res.lang"].get_installed())
        lang = partner.lang if partner.lang in installed else self.env.lang
        user = self.env.user
        return partner.sudo().with_context(
            lang=lang,
            tz=partner.tz or user.tz or "UTC",
            allowed_company_ids=(user.company_id | user.company_ids).ids,
            active_test=True,
            bin_size=True,
        )

    @api.model
    def _write_sections(self, partner, page, data) -> Counter:
        """Write both files at once.

        :return: {title: number of records}
        """
        sections = partner._get_privacy_sections()
        filled = [section for section in sections if section.records]
        head, foot = self._render_page(partner, sections, filled)
        page.write(head)
        data.write(self._get_json_head(partner))
        counts = Counter()
        for section in filled:
            start, end = self._render("section", section=section, gap=GAP).split(GAP)
            page.write(start)
            self._write_records(section, page, data, first=not counts)
            page.write(end)
            counts[section.title] += len(section.records)
        page.write(foot)
        data.write("]}\n")
        return counts

    @api.model
    def _write_records(self, section, page, data, first):
        columns = self._get_columns(section)
        data.write("" if first else ",")
        title = json.dumps(section.title, ensure_ascii=False)
        data.write(f'\n{{"key": "{section.key}", "title": {title}, "records": [')
        template = "cards" if section.as_cards else "rows"
        for start in range(0, len(section.records), BATCH):
            ids = section.records.ids[start : start + BATCH]
            records = section.records.browse(ids)
            rows = [self._read_record(record, columns) for record in records]
            page.write(
                self._render(template, rows=rows, labels=columns, first=not start)
            )
            data.writelines(
                f"{',' if start or number else ''}\n{self._dump(record, columns, row)}"
                for number, (record, row) in enumerate(zip(records, rows, strict=True))
            )
            self.env.invalidate_all()
        data.write("]}")

    @api.model
    def _render_page(self, partner, sections, filled):
        """The page without its sections: what comes before, and after them."""
        page = self._render(
            "page",
            partner=partner,
            companies=self.env.companies,
            filled=filled,
            empty=[section for section in sections if not section.records],
            now=self._format_datetime(fields.Datetime.now()),
            language=(self.env.lang or "en_US").replace("_", "-"),
            gap=GAP,
        )
        head, foot = page.split(GAP)
        return f"<!DOCTYPE html>\n{head}", foot

    @api.model
    def _get_json_head(self, partner) -> str:
        head = {
            "format": FORMAT,
            "created": fields.Datetime.now(),
            "timezone": "UTC",
            "database": self.env["ir.config_parameter"].get_param("web.base.url"),
            "contact": {"id": partner.id, "name": partner.name},
            "companies": self.env.companies.mapped("name"),
        }
        text = json.dumps(head, default=json_default, ensure_ascii=False)
        return f'{text[:-1]}, "sections": ['

    @api.model
    def _render(self, template, **values) -> str:
        return str(
            self.env["ir.qweb"]._render(
                f"crm_relationship.privacy_export_{template}", values
            )
        )

    # Values

    @api.model
    def _get_columns(self, section) -> list[PrivacyColumn]:
        return [
            column
            if isinstance(column, PrivacyColumn)
            else self._get_field_column(section.records, column)
            for column in section.columns
        ]

    @api.model
    def _get_field_column(self, records, name):
        field = records._fields[name]
        label = field._description_string(self.env) or name
        return PrivacyColumn(
            name, label, lambda record: self._format(record, name, field)
        )

    @api.model
    def _read_record(self, record, columns) -> list[str]:
        """The readable values of a record, "" for none."""
        values = [column.get(record) for column in columns]
        return [
            "" if value is None or value is False else str(value) for value in values
        ]

    @api.model
    def _dump(self, record, columns, row) -> str:
        """A record for machines; empty values are left out."""
        values = {"id": record.id}
        for column, text in zip(columns, row, strict=True):
            if text:
                values[column.name] = self._get_machine_value(record, column.name, text)
        return json.dumps(values, default=json_default, ensure_ascii=False)

    @api.model
    def _get_machine_value(self, record, name, text):
        field = record._fields.get(name)
        if field is None or field.company_dependent or field.type == "properties":
            return text
        if field.relational:
            return [{"id": one.id, "name": one.display_name} for one in record[name]]
        return record[name]

    @api.model
    def _format(self, record, name, field) -> str:
        """A value in the reader's words; in each company, where it depends on it."""
        if not field.company_dependent:
            return self.env["relationship.privacy.format"]._format(record, name)
        texts = []
        for company in self.env.companies:
            own = record.with_company(company)
            # What a company has for everybody says nothing about a person.
            default = own.browse()._fields[name].get_company_dependent_fallback(own)
            if own[name] and own[name] != default:
                text = self.env["relationship.privacy.format"]._format(own, name)
                texts.append(f"{company.name}: {text}")
        return "\n".join(texts)

    @api.model
    def _format_datetime(self, moment) -> str:
        return self.env["relationship.privacy.format"]._format_datetime(moment)
