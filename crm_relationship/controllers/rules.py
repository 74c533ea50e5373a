from odoo.http import Controller, Response, content_disposition, request, route


class RulesController(Controller):
    @route("/relationship/rules/export", type="http", auth="user", methods=["GET"])
    def export(self, rules=""):
        """Retention rules as a data file. Whoever may change them may have them."""
        parts = [part for part in rules.split(",") if len(part) < 10]
        numbers = [int(part) for part in parts if part.isdecimal()]
        records = request.env["relationship.rule"].browse(numbers).exists()
        if not records:
            raise request.not_found()
        records.check_access("write")
        headers = [
            ("Content-Type", "application/xml; charset=utf-8"),
            ("Content-Disposition", content_disposition(records._get_export_name())),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return Response(records._export_xml(), headers=headers)
