from odoo.http import Controller, Response, content_disposition, request, route


class PrivacyController(Controller):
    @route(
        "/relationship/privacy/export/<int:partner_id>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def export(self, partner_id):
        """What is known of a person, as a file that no table keeps a copy of.

        Whether the user may have it is checked by the export itself.
        """
        partner = request.env["res.partner"].browse(partner_id).exists()
        if not partner:
            raise request.not_found()
        name, file = request.env["relationship.privacy.export"]._export(partner)
        headers = [
            ("Content-Type", "application/zip"),
            ("Content-Disposition", content_disposition(name)),
            ("Cache-Control", "no-store"),
        ]
        return Response(file, headers=headers, direct_passthrough=True)
