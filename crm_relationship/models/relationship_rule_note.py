from collections import defaultdict

from markupsafe import Markup

from odoo import models
from odoo.tools import SQL, format_amount, format_list, is_html_empty

# Products named in a note; nobody reads a catalogue on the phone.
OFFERS = 3


class RelationshipRuleNote(models.AbstractModel):
    """What an activity tells the one who gets it: why now, what to say, what to offer.
    A part of ``relationship.rule``.
    """

    _name = "relationship.rule.note"
    _description = "Rule that Says What to Do"

    def _get_notes(self, items) -> dict:
        """The notes of a batch, each in the language of the one who gets it.

        Two queries a company, and those for stages, segments and products in each
        language, whatever the number of customers.

        :param items: list of :class:`PlanItem`
        :return: {item: Markup}
        """
        users = self.env["res.users"].sudo().browse({item.user_id for item in items})
        langs = {user.id: user.lang for user in users}
        groups = defaultdict(list)
        for item in items:
            groups[item.company_id, item.day, langs[item.user_id]].append(item)
        offers = {
            key: self._get_offers(*key, items)
            for key, items in self._by_company_and_day(items).items()
        }
        notes = {}
        for (company_id, day, lang), group in groups.items():
            # Whoever gets the activity is to know; the rule acts for every customer.
            rule = self.sudo().with_context(lang=lang)
            rule = rule.with_company(company_id)
            notes |= rule._write_notes(group, offers[company_id, day])
        return notes

    def _by_company_and_day(self, items) -> dict:
        groups = defaultdict(list)
        for item in items:
            groups[item.company_id, item.day].append(item)
        return groups

    def _write_notes(self, items, offers) -> dict:
        """In the language of the context.

        :param offers: as `_get_offers` returns them
        """
        say = {}  # most customers of a batch are in a few stages and segments
        names = self._get_product_names(offers)
        notes = {}
        for item in items:
            place = item.found.stage_id, item.found.segment_id
            if place not in say:
                say[place] = self._say_place(*place)
            offered = [
                (names[product_id], due)
                for product_id, due in offers.get(item.partner_id, ())
            ]
            parts = [self._say_why(item), say[place], self._say_offers(offered)]
            notes[item] = Markup().join(parts)
        return notes

    def _say_why(self, item) -> Markup:
        """Why the customer is to be contacted, in words and with figures."""
        reason = self.env["relationship.touch"]._describe(item.evidence)
        worth = self.env._(
            "Revenue so far: %(revenue)s in %(orders)s orders.",
            revenue=format_amount(
                self.env, item.evidence["revenue"], self.env.company.currency_id
            ),
            orders=item.evidence["order_count"],
        )
        return Markup("<p>%s</p><p>%s</p>") % (reason, worth)

    def _say_place(self, stage_id, segment_id) -> Markup:
        """What to say to the customers of a segment, and how those of a stage are
        served."""
        segment = self.env["relationship.segment"].browse(segment_id or [])
        stage = self.env["relationship.stage"].browse(stage_id or [])
        said = Markup()
        lines = [
            Markup("<br/>").join(text.splitlines())
            for text in (segment.value_proposition, segment.treatment)
            if text
        ]
        if lines:
            said += self._say_titled(
                self.env._("What to say"), Markup("<br/>").join(lines)
            )
        if not is_html_empty(stage.playbook):
            said += self._say_titled(self.env._("How to go about it"), Markup())
            said += stage.playbook
        return said

    def _say_offers(self, offered) -> Markup:
        """What the customer may want.

        :param offered: (name of a product, whether it is due for reorder)
        """
        due = [name for name, is_due in offered if is_due]
        usual = [name for name, is_due in offered if not is_due]
        lines = []
        if due:
            names = format_list(self.env, due)
            lines.append(self.env._("Due again: %s.", names))
        if usual:
            names = format_list(self.env, usual)
            lines.append(self.env._("Usually buys: %s.", names))
        if not lines:
            return Markup()
        return self._say_titled(self.env._("What to offer"), " ".join(lines))

    def _say_titled(self, title, text) -> Markup:
        return Markup("<p><strong>%s</strong><br/>%s</p>") % (title, text)

    def _get_offers(self, company_id, day, items) -> dict:
        """What these customers buy again and again, what is due by their own rhythm
        first; one query.

        Due is what was bought on three days at least, and the last time as long ago as
        it took between two of them on average.

        :return: {partner_id: [(product_id, whether it is due)]}
        """
        self.env["relationship.profile.product"].flush_model()
        self.env["product.product"].flush_model(["active"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id, product_id, due
                  FROM (
                       SELECT habit.partner_id, habit.product_id, rhythm.due,
                              ROW_NUMBER() OVER (
                                  PARTITION BY habit.partner_id
                                  ORDER BY rhythm.due DESC, habit.order_day_count DESC,
                                        habit.amount DESC, habit.product_id
                              ) AS rank
                         FROM relationship_profile_product habit
                         JOIN product_product product
                           ON product.id = habit.product_id AND product.active
                        CROSS JOIN LATERAL (
                              SELECT habit.order_day_count >= 3
                                     AND (%(day)s - habit.last_date)
                                         * (habit.order_day_count - 1)
                                         >= habit.last_date - habit.first_date AS due
                        ) rhythm
                        WHERE habit.company_id = %(company_id)s
                          AND habit.partner_id = ANY(%(partner_ids)s)
                          AND (rhythm.due OR habit.state = 'usual')
                  ) ranked
                 WHERE rank <= %(count)s
                 ORDER BY partner_id, rank
                """,
                day=day,
                company_id=company_id,
                partner_ids=[item.partner_id for item in items],
                count=OFFERS,
            )
        )
        offers = defaultdict(list)
        for partner_id, product_id, due in rows:
            offers[partner_id].append((product_id, due))
        return offers

    def _get_product_names(self, offers) -> dict:
        """Names of all products that are offered; a few queries for all of them."""
        product_ids = {
            product_id for offered in offers.values() for product_id, due in offered
        }
        products = self.env["product.product"].with_context(display_default_code=False)
        return {
            product.id: product.display_name
            for product in products.browse(sorted(product_ids))
        }
