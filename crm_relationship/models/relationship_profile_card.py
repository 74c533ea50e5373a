from odoo import fields, models
from odoo.tools import SQL

from ..tools.customers import Customers
from ..tools.days import end_of_day

# Order days shown in the picture of the card, newest first.
CARD_ORDER_DAYS = 48
# Products of each kind, and categories, that the card names.
CARD_PRODUCTS = 3
# Open cases that the card names.
CARD_CASES = 3
# What the card explains without being asked: it costs no query. The client asks for the
# sentence of the others when somebody points at them.
CARD_EXPLAINED = ("buy_probability", "churn_risk", "expected_value", "next_order_date")


class RelationshipProfileCard(models.AbstractModel):
    """The relationship card: what whoever serves a customer should see first. A part
    of ``relationship.profile``.
    """

    _name = "relationship.profile.card"
    _description = "Relationship Card"

    def _get_card(self, partner) -> dict:
        """The card of one customer, for one of its contacts; twelve queries at most,
        whatever the history.

        Who may see the profile may see what follows from it; see the record rules.

        :param partner: the contact whose preferences are shown
        """
        self.ensure_one()
        details = self._get_card_details()
        return {
            "profile_id": self.id,
            "partner_id": self.partner_id.id,
            "contact_id": partner.id,
            "company_id": self.company_id.id,
            "today": fields.Date.to_string(self.company_id._relationship_today()),
            "stage": {
                "name": self.stage_id.name,
                "color": self.stage_id.color,
                "description": self.stage_id.description or "",
                "since": fields.Date.to_string(self.stage_date),
                "pinned_until": fields.Date.to_string(self.stage_pinned_until),
                "pin_reason": self.stage_pin_reason or "",
                "stay": self.stage_stay or "",
                "state": self.stage_state or "",
            },
            "segment": details["segment"],
            "scores": self._get_card_scores(),
            "forecast": self._get_card_forecast(),
            "explanations": self.explain(CARD_EXPLAINED)[self.id],
            "explanation": self.explanation,
            "revenue": self.revenue,
            "basket": self.basket_mean,
            "currency_id": self.currency_id.id,
            "order_count": self.order_count,
            "last_order_date": fields.Date.to_string(self.last_order_date),
            "interval": self.interval_median,
            "rhythm_ratio": self.rhythm_ratio,
            "rhythm_state": self.rhythm_state,
            "order_days": details["order_days"],
            "next_step": self.partner_id._get_relationship_next_step(),
            "contacts": details["contacts"],
            "contact_habit": self.contact_habit,
            "cases": self.partner_id._get_relationship_open_cases(
                self.company_id, limit=CARD_CASES
            ),
            "case_count": self.open_case_count,
            "order_habit": self.order_habit or "",
            "payment_habit": self.payment_habit or "",
            "payment_way": self._say_payment_way(*details["payment_way"]) or "",
            "products": details["products"],
            "categories": details["categories"],
            "key_dates": partner._get_relationship_key_dates(self.company_id),
            "preferences": partner._get_card_preferences(),
            "completeness": details["completeness"],
            "missing": [fact.name for fact in details["missing"]],
            "question": details["missing"][0].question if details["missing"] else "",
        }

    def _get_card_scores(self) -> dict | bool:
        """The scores, or False where the customer has none."""
        return bool(self.recency_score) and {
            "recency_score": self.recency_score,
            "frequency_score": self.frequency_score,
            "value_score": self.value_score,
            "abc_class": (self.abc_class or "").upper(),
        }

    def _get_card_forecast(self) -> dict | bool:
        """The forecast, or False where there is none. The figures of a model that is
        not in force any more, until they are gone, are none."""
        model = self.env["relationship.value.model"]._get_in_force(self.company_id)
        known = bool(model and model.forecasts and self._is_forecast())
        is_range = self._is_next_order_range()
        return bool(known or self.next_order_date) and {
            "buy_probability": self.buy_probability if known else None,
            "churn_risk": self.churn_risk if known else None,
            "expected_value": self.expected_value if known else None,
            "horizon_days": model.horizon_days if known else None,
            "next_order_date": fields.Date.to_string(self.next_order_date),
            "next_order_from": is_range and fields.Date.to_string(self.next_order_from),
            "next_order_to": is_range and fields.Date.to_string(self.next_order_to),
        }

    def _get_card_details(self) -> dict:
        """What the card shows of other tables, in one query."""
        Fact = self.env["relationship.profile.fact"]
        company = self.company_id
        for model in (
            "relationship.key.date",
            "relationship.consent",
            "relationship.segment",
        ):
            self.env[model].flush_model()
        [row] = self.env.execute_query(
            SQL(
                "SELECT %s, %s, %s, %s, %s, %s, %s, %s FROM res_partner customer"
                " WHERE customer.id = %s",
                self._get_order_days_sql(CARD_ORDER_DAYS),
                self._get_card_segment_sql(),
                self._get_card_contacts_sql(),
                self._get_card_products_sql(),
                self._get_card_categories_sql(),
                self._get_card_payment_way_sql(),
                Fact._get_score_sql(company, Customers(ids=self.partner_id.ids)),
                Fact._get_missing_sql(company),
                self.partner_id.id,
            )
        )
        days, segment, contacts, products, categories, way, score, missing = row
        return {
            "order_days": sorted(days or []),
            "segment": segment or False,
            "contacts": self._sort_card_contacts(contacts),
            "products": products or [],
            "categories": categories or [],
            "payment_way": way or (None, None, None),
            "completeness": score,
            "missing": Fact._pick_missing(company, missing),
        }

    def _get_card_segment_sql(self) -> SQL:
        """The segment with what it promises and asks for."""
        return SQL(
            """(
            SELECT JSONB_BUILD_OBJECT(
                       'id', segment.id,
                       'name', %(name)s,
                       'color', segment.color,
                       'value_proposition', COALESCE(%(proposition)s, ''),
                       'treatment', COALESCE(%(treatment)s, ''),
                       'since', %(since)s::date,
                       'pinned_until', %(pinned_until)s::date
                   )
              FROM relationship_segment segment
             WHERE segment.id = %(segment_id)s
            )""",
            name=self._get_translated_sql("segment", "name"),
            proposition=self._get_translated_sql("segment", "value_proposition"),
            treatment=self._get_translated_sql("segment", "treatment"),
            since=self.segment_date or None,
            pinned_until=self.segment_pinned_until or None,
            segment_id=self.segment_id.id or None,
        )

    def _get_card_contacts_sql(self) -> SQL:
        """The last contact each way: {"in": ..., "out": ...}, without the rights to
        read colleagues."""
        return SQL(
            """(
            SELECT JSONB_OBJECT_AGG(last.direction, JSONB_BUILD_OBJECT(
                       'direction', last.direction,
                       'date', last.day,
                       'channel', %(name)s,
                       'icon', channel.icon,
                       'user', person.name
                   ))
              FROM (VALUES %(last_in)s, %(last_out)s)
                   last (direction, day, channel_id, user_id)
              JOIN relationship_channel channel ON channel.id = last.channel_id
              LEFT JOIN res_users colleague ON colleague.id = last.user_id
              LEFT JOIN res_partner person ON person.id = colleague.partner_id
            )""",
            name=self._get_translated_sql("channel", "name"),
            last_in=self._get_last_contact_sql("in"),
            last_out=self._get_last_contact_sql("out"),
        )

    def _get_last_contact_sql(self, way) -> SQL:
        return SQL(
            "(%s, %s::date, %s::int, %s::int)",
            way,
            self[f"last_{way}_date"] or None,
            self[f"last_{way}_channel_id"].id or None,
            self[f"last_{way}_user_id"].id or None,
        )

    def _sort_card_contacts(self, contacts) -> list[dict]:
        """Latest first; a mutual contact, like a meeting, is told once."""
        heard, reached = (contacts or {}).get("in"), (contacts or {}).get("out")
        if heard and reached and heard == reached | {"direction": "in"}:
            return [heard | {"direction": "both"}]
        found = [contact for contact in (heard, reached) if contact]
        return sorted(found, key=lambda contact: contact["date"], reverse=True)

    def _get_card_products_sql(self) -> SQL:
        """The products of each habit that say most: usual ones by the order days, those
        bought once by what was paid for them."""
        return SQL(
            """(
            SELECT JSONB_AGG(TO_JSONB(named) - 'rank' ORDER BY state DESC, rank)
              FROM (
                   SELECT %(name)s AS name, habit.product_id, habit.state, habit.share,
                          habit.order_day_count, habit.last_date,
                          ROW_NUMBER() OVER (
                              PARTITION BY habit.state
                              ORDER BY CASE WHEN habit.state = 'usual'
                                            THEN habit.order_day_count ELSE 0 END DESC,
                                       habit.amount DESC, habit.id
                          ) AS rank
                     FROM relationship_profile_product habit
                     JOIN product_product product ON product.id = habit.product_id
                     JOIN product_template template
                       ON template.id = product.product_tmpl_id
                    WHERE habit.partner_id = %(partner_id)s
                      AND habit.company_id = %(company_id)s
                      AND habit.state IN ('usual', 'once')
              ) named
             WHERE rank <= %(limit)s
            )""",
            name=self._get_translated_sql("template", "name"),
            partner_id=self.partner_id.id,
            company_id=self.company_id.id,
            limit=CARD_PRODUCTS,
        )

    def _get_card_categories_sql(self) -> SQL:
        return SQL(
            """(
            SELECT JSONB_AGG(named ORDER BY share DESC)
              FROM (
                   SELECT category.name, SUM(habit.share) AS share,
                          MAX(habit.last_date) AS last_date
                     FROM relationship_profile_product habit
                     JOIN product_product product ON product.id = habit.product_id
                     JOIN product_template template
                       ON template.id = product.product_tmpl_id
                     JOIN product_category category ON category.id = template.categ_id
                    WHERE habit.partner_id = %(partner_id)s
                      AND habit.company_id = %(company_id)s
                    GROUP BY category.id
                    ORDER BY share DESC
                    LIMIT %(limit)s
              ) named
            )""",
            partner_id=self.partner_id.id,
            company_id=self.company_id.id,
            limit=CARD_PRODUCTS,
        )

    def _get_card_payment_way_sql(self) -> SQL:
        """Arguments of `_say_payment_way`, without the rights to read accounting."""
        return SQL(
            """(
            SELECT ARRAY[%(journal)s, line.name, method.code]
              FROM account_journal journal
              LEFT JOIN account_payment_method_line line ON line.id = %(line_id)s
              LEFT JOIN account_payment_method method
                     ON method.id = line.payment_method_id
             WHERE journal.id = %(journal_id)s
            )""",
            journal=self._get_translated_sql("journal", "name"),
            journal_id=self.sudo().payment_journal_id.id or None,
            line_id=self.sudo().payment_method_line_id.id or None,
        )

    def _get_translated_sql(self, alias, column) -> SQL:
        column = SQL.identifier(alias, column)
        lang = self.env.lang or "en_US"
        return SQL("COALESCE(%s->>%s, %s->>'en_US')", column, lang, column)

    def _get_order_days_sql(self, limit) -> SQL:
        """The latest order days as ISO dates.

        Days only, no documents: whoever may see the profile may see its rhythm.
        """
        company = self.company_id.sudo()
        tz = company._relationship_tz()
        return SQL(
            """(
            SELECT ARRAY_AGG(day)
              FROM (
                   SELECT DISTINCT
                          (o.date_order AT TIME ZONE 'UTC' AT TIME ZONE %s)::date::text
                              AS day
                     FROM res_partner contact
                     JOIN sale_order o ON o.partner_id = contact.id
                    WHERE contact.commercial_partner_id = %s
                      AND o.company_id = %s
                      AND o.state = 'sale'
                      AND o.amount_untaxed > 0
                      AND o.date_order < %s
                    ORDER BY day DESC
                    LIMIT %s
              ) latest
            )""",
            tz,
            self.partner_id.id,
            company.id,
            end_of_day(company._relationship_today(), tz),
            limit,
        )
