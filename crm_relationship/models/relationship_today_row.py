from collections import Counter

from odoo import api, fields, models
from odoo.tools import SQL, format_date, is_html_empty

CONTACT_CATEGORIES = ("phonecall", "meeting")


class RelationshipTodayRow(models.AbstractModel):
    """What a row of the work list says. A part of ``relationship.today``."""

    _name = "relationship.today.row"
    _description = "Row of the Work List"

    @api.model
    def _describe_work(self, page, user) -> list[dict]:
        """Rows as found, in words; a few queries for all of them."""
        # What the query has found may be read: the own work, or that of a member of
        # the team on customers whom the user sees.
        activities = self.env["mail.activity"].sudo().browse(row[4] for row in page)
        partners = self.env["res.partner"].browse(row[6] for row in page)
        profiles = self.env["relationship.profile"].browse(
            row[7] for row in page if row[7]
        )
        reasons = self._get_reasons([row[5] for row in page if row[5]])
        offers = self._get_offers(
            [
                (row[4], row[7], reasons.get(row[5], {}).pop("product_id", None))
                for row in page
                if row[7]
            ]
        )
        attempts = self._count_attempts(activities)
        may_act = set(self._get_may_act(activities, user)._ids)
        return [
            self._describe_activity(activity)
            | self._describe_customer(partner)
            | self._describe_worth(
                profiles.browse(row[7] or ()).with_prefetch(profiles._ids)
            )
            | reasons.get(row[5], {"reason": "", "rule": ""})
            | {
                "section": row[0],
                "offer": offers.get(activity.id, False),
                "attempts": attempts[activity.id],
                "may_act": activity.id in may_act,
            }
            for row, activity, partner in zip(page, activities, partners, strict=True)
        ]

    @api.model
    def _get_may_act(self, activities, user):
        """Whose rows have buttons: the own ones, and those that Odoo lets the user
        write."""
        if user == self.env.user:
            return activities
        return activities.sudo(False)._filtered_access("write")

    @api.model
    def _describe_activity(self, activity) -> dict:
        kind = activity.activity_type_id
        return {
            "id": activity.id,
            "summary": activity.summary or kind.name or "",
            "type": kind.name or "",
            "icon": kind.icon or "fa-tasks",
            "deadline": fields.Date.to_string(activity.date_deadline),
            # Sanitized by its field.
            "note": "" if is_html_empty(activity.note) else activity.note,
            "is_contact": bool(
                kind.relationship_channel_id or kind.category in CONTACT_CATEGORIES
            ),
        }

    @api.model
    def _describe_customer(self, partner) -> dict:
        return {
            "partner_id": partner.id,
            "name": partner.name or partner.display_name,
            # The customer whose contact it is; the contact may be read.
            "customer": partner.parent_id.sudo().name or "",
            "phone": partner.phone or "",
            "email": partner.email or "",
        }

    @api.model
    def _describe_worth(self, profile) -> dict:
        """What the user may know of the customer; nothing where the profile is not for
        him or her."""
        if not profile:
            return {
                "value_at_risk": False,
                "revenue": False,
                "currency_id": False,
                "stage": False,
                "last_contact": "",
            }
        return {
            "value_at_risk": profile.value_at_risk or False,
            "revenue": profile.revenue,
            "currency_id": profile.currency_id.id,
            "stage": {"name": profile.stage_id.name, "color": profile.stage_id.color},
            "last_contact": self._say_last_contact(profile),
        }

    @api.model
    def _say_last_contact(self, profile) -> str:
        if not profile.last_interaction_date:
            return self.env._("No contact yet")
        latest = max(
            ("in", "out"),
            key=lambda way: str(profile[f"last_{way}_date"] or ""),
        )
        # By which channel is no secret to whoever sees the customer.
        channel = profile[f"last_{latest}_channel_id"].sudo().name
        return " · ".join(filter(None, [profile._say_last_contact(), channel]))

    @api.model
    def _get_reasons(self, touch_ids) -> dict:
        touches = self.env["relationship.touch"].browse(touch_ids)
        return {
            touch.id: {
                "reason": touch.reason,
                # Who sees the touch may know which rule it was.
                "rule": touch.rule_id.sudo().name,
                # What the rule is about, where it is about a product.
                "product_id": (touch.evidence or {}).get("product_id"),
            }
            for touch in touches._filtered_access("read")
        }

    @api.model
    def _count_attempts(self, activities) -> Counter:
        """How often nobody was reached, by activity."""
        # That somebody has tried is told to whoever has the activity.
        Outcome = self.env["relationship.touch.outcome"].sudo()
        groups = Outcome._read_group(
            [
                ("activity_id", "in", activities.ids),
                ("outcome", "=", "no_answer"),
                ("undo_ids", "=", False),
            ],
            ["activity_id"],
            ["__count"],
        )
        return Counter({activity.id: count for activity, count in groups})

    @api.model
    def _get_offers(self, asked) -> dict:
        """What to offer: the product that the rule is about, else the one that is due
        by the customer's own rhythm, else the most usual one, else what was bought
        once; one query.

        Who sees the profile sees what the customer buys.

        :param asked: (activity id, profile id, product id of the rule or None)
        :return: {activity id: dict of ``product`` and ``why``}
        """
        if not asked:
            return {}
        lang = self.env.lang or "en_US"
        activities, profiles, products = map(list, zip(*asked, strict=True))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (asked.activity_id)
                       asked.activity_id, %(name)s, habit.state, habit.last_date,
                       habit.order_day_count, rhythm.days, age.days
                  FROM UNNEST(%(activities)s::int[], %(profiles)s::int[],
                              %(products)s::int[])
                       asked (activity_id, profile_id, product_id)
                  JOIN relationship_profile_product habit
                    ON habit.profile_id = asked.profile_id
                  JOIN product_product product ON product.id = habit.product_id
                  JOIN product_template template
                    ON template.id = product.product_tmpl_id
                 CROSS JOIN LATERAL (
                       SELECT (habit.last_date - habit.first_date)
                              / NULLIF(habit.order_day_count - 1, 0)
                  ) rhythm (days)
                 CROSS JOIN LATERAL (SELECT %(today)s - habit.last_date) age (days)
                 WHERE product.active
                   AND template.sale_ok
                   AND (
                       habit.state IN ('usual', 'once')
                       OR habit.product_id = asked.product_id
                   )
                 ORDER BY asked.activity_id,
                       COALESCE(habit.product_id = asked.product_id, FALSE) DESC,
                       COALESCE(habit.state = 'once', FALSE),
                       COALESCE(age.days >= rhythm.days AND rhythm.days > 0, FALSE)
                           DESC,
                       habit.order_day_count DESC, habit.amount DESC, habit.id
                """,
                name=SQL("COALESCE(template.name->>%s, template.name->>'en_US')", lang),
                today=self.env.company._relationship_today(),
                activities=activities,
                profiles=profiles,
                products=products,
            )
        )
        return {
            row[0]: {"product": row[1], "why": self._say_offer(*row[2:])}
            for row in rows
        }

    @api.model
    def _say_offer(self, state, last_date, order_days, rhythm, age) -> str:
        day = format_date(self.env, last_date)
        if state == "once":
            return self.env._("bought once, on %s", day)
        if rhythm and age >= rhythm:
            return self.env._(
                "due: usually every %(rhythm)s days, last on %(day)s",
                rhythm=rhythm,
                day=day,
            )
        return self.env._(
            "bought on %(count)s days, last on %(day)s", count=order_days, day=day
        )
