from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_datetime


class ResPartner(models.Model):
    """The consents of a person, as people see them."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    @api.readonly
    def get_relationship_consents(self):
        """What the person said for each purpose and channel, and what follows from it.

        Read-only; a bounded number of queries, whatever the history.

        :return: dict, or False where the user may not see the customer. ``channels``
            are those that reach people by an address, and those used; ``cells`` is
            {purpose: {channel_id: see `_get_consent_cell`}}
        """
        self.ensure_one()
        self.check_access("read")
        Consent = self.env["relationship.consent"]
        Consent.check_access("read")
        if not self._may_see_relationship():
            return False
        company = self.env.company
        # What the company of a contact said holds for the contact.
        customer = self.sudo().commercial_partner_id
        current = Consent._get_current({self.id, customer.id}, company)
        closed = self._get_blacklisted_reaches()
        channels = self._get_consent_channels({key[2] for key in current})
        users = {row["user_id"] for row in current.values() if row["user_id"]}
        # Who recorded it is part of the entry; a name that is no secret.
        names = {
            user.id: user.name for user in self.env["res.users"].sudo().browse(users)
        }
        purposes = self._get_consent_choices("purpose")
        return {
            "partner_id": self.id,
            "customer_id": customer.id,
            "may_record": Consent.has_access("create"),
            "purposes": purposes,
            "states": self._get_consent_choices("state"),
            "sources": self._get_consent_choices("source"),
            "channels": [
                {
                    "id": channel.id,
                    "name": channel.name,
                    "icon": channel.icon or "fa-comments-o",
                    "blacklisted": channel.reach in closed,
                }
                for channel in channels
            ],
            "cells": {
                purpose: {
                    channel.id: self._get_consent_cell(
                        current, purpose, channel, closed, names
                    )
                    for channel in channels
                }
                for purpose, _label in purposes
            },
        }

    def action_open_relationship_consents(self):
        """Open all that the customer and its contacts ever said."""
        self.ensure_one()
        self.check_access("read")
        self.env["relationship.consent"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_consent_action"
        )
        action["domain"] = [
            ("partner_id", "in", (self | self.commercial_partner_id).ids)
        ]
        action["context"] = {}
        return action

    def _may_see_relationship(self) -> bool:
        """Whether the user may see what is known of this customer: who sees the
        profile, or, before there is one, its salesperson and everybody if there is
        none. The record rules of the ledgers say the same."""
        self.ensure_one()
        if self.relationship_profile_id:
            return True
        known = self.sudo()  # only to tell a hidden profile from one that is not there
        if known.relationship_profile_id:
            return False
        return (
            known.commercial_partner_id.user_id <= self.env.user
            or self.env.user.has_group("sales_team.group_sale_salesman_all_leads")
            or self.env.user.has_group("crm_relationship.group_relationship_manager")
        )

    def _get_consent_choices(self, field_name) -> list[tuple[str, str]]:
        field = self.env["relationship.consent"]._fields[field_name]
        return field._description_selection(self.env)

    def _get_consent_channels(self, used_ids):
        """The channels to show: those that reach people by an address, and those that
        somebody said something about, be they archived."""
        return (
            self.env["relationship.channel"]
            .with_context(active_test=False)
            .search(
                Domain("company_id", "in", [False, self.env.company.id])
                & (
                    Domain("id", "in", list(used_ids))
                    | Domain("reach", "!=", "none") & Domain("active", "=", True)
                )
            )
        )

    def _get_consent_cell(self, current, purpose, channel, closed, names) -> dict:
        """What the person said for one purpose and channel, and what follows.

        :return: ``state`` as it holds; ``inherited``: it is that of the customer the
            contact belongs to; ``allowed``; ``reason`` why not, in words; ``said``:
            when, how and to whom
        """
        customer = self.sudo().commercial_partner_id
        own = current.get((self.id, purpose, channel.id))
        row = own
        if not own or own["state"] == "not_asked":
            theirs = current.get((customer.id, purpose, channel.id))
            row = theirs if theirs and theirs["state"] != "not_asked" else own
        state = row["state"] if row else "not_asked"
        refusal = self._get_refusal(state, purpose, channel.reach in closed)
        return {
            "state": state,
            "inherited": bool(row and row["partner_id"] != self.id),
            "allowed": not refusal,
            "reason": (
                self._describe_contact_refusal(refusal, channel) if refusal else ""
            ),
            "said": self._say_consent(row, names, customer) if row else "",
        }

    def _get_refusal(self, state, purpose, blacklisted):
        """As `_get_contact_refusals` has it, from what is known already."""
        if blacklisted:
            return "blacklisted"
        if state == "not_asked":
            needed = self.env.company._relationship_needs_consent(purpose)
            return needed and state
        return state != "granted" and state

    def _say_consent(self, row, names, customer) -> str:
        """``3/14/2026 9:30 AM, Phone, Ana``; with the company it was said by."""
        parts = [
            format_datetime(self.env, row["date"], dt_format="short"),
            dict(self._get_consent_choices("source"))[row["source"]],
            names.get(row["user_id"]),
            row["partner_id"] != self.id
            and self.env._("said by %s", customer.display_name),
            row["proof"],
        ]
        return ", ".join(filter(None, parts))
