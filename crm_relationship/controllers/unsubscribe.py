from odoo import SUPERUSER_ID
from odoo.http import Controller, request, route


class UnsubscribeController(Controller):
    @route(
        "/relationship/unsubscribe/<int:touch_id>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        # The one-click request of a mail program knows no session (RFC 8058); what it
        # may do is in the signature of its address.
        csrf=False,
        save_session=False,
    )
    def unsubscribe(self, touch_id, purpose="", channel="", token="", **_kwargs):
        """Let the receiver of an e-mail get no more like it.

        Looking at the page does nothing: scanners of e-mails follow every link. Only
        what is posted counts.
        """
        channel_id = int(channel) if channel.isdecimal() and len(channel) < 10 else 0
        Rule = request.env["relationship.rule"]
        if not Rule._check_unsubscribe_token(touch_id, purpose, channel_id, token):
            return self._render("invalid", status=404)
        # The signature is the right to do this one thing, in the name of the system.
        env = request.env(user=SUPERUSER_ID, su=True)
        touch = env["relationship.touch"].browse(touch_id).exists()
        channel = env["relationship.channel"].browse(channel_id).exists()
        if not (touch and channel):
            return self._render("invalid", status=404)
        state = "asked"
        if request.httprequest.method == "POST":
            touch._refuse_more(purpose, channel)
            state = "done"
        return self._render(state, touch, purpose)

    def _render(self, state, touch=None, purpose=None, status=200):
        lang = touch and touch.partner_id.lang
        installed = request.env["res.lang"].get_installed()
        if lang not in dict(installed):  # it may have been deactivated since
            lang = False
        if lang:
            request.update_context(lang=lang)
        response = request.render(
            "crm_relationship.unsubscribe_page",
            {
                "state": state,
                "purpose": purpose,
                "company_id": touch and touch.company_id.id,
                "company_name": touch and touch.company_id.name,
                "lang_code": (lang or request.env.lang or "en_US").replace("_", "-"),
            },
        )
        response.status_code = status
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
