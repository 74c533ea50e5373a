import { Component } from "@odoo/owl";

import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { formatPercentage } from "@web/views/fields/formatters";

import {
    RelationshipChance,
    RelationshipExplained,
    RelationshipScore,
} from "./explained";
import { formatAmount } from "./value_text";

/** What a customer is worth and what is to be expected: a part of the card. */
export class RelationshipValueCard extends Component {
    static template = "crm_relationship.RelationshipValueCard";
    static components = {
        RelationshipChance,
        RelationshipExplained,
        RelationshipScore,
    };
    static props = { card: Object };

    get segment() {
        return this.props.card.segment;
    }

    get forecast() {
        return this.props.card.forecast;
    }

    /** What the segment promises, and what is to be done. */
    get notes() {
        const { treatment, value_proposition: proposition } = this.segment;
        return [
            { title: _t("What they get from us"), text: proposition },
            { title: _t("How to treat them"), text: treatment },
        ].filter(({ text }) => text);
    }

    get scores() {
        const { scores } = this.props.card;
        return [
            { name: "recency_score", title: _t("Recency"), letter: _t("R") },
            { name: "frequency_score", title: _t("Frequency"), letter: _t("F") },
            { name: "value_score", title: _t("Value"), letter: _t("V") },
        ].map((score) => ({
            ...score,
            value: scores[score.name],
            label: _t("%s of 5", scores[score.name]),
        }));
    }

    get chance() {
        return formatPercentage(this.forecast.buy_probability, { digits: [16, 0] });
    }

    get chanceTitle() {
        return _t("Likely to buy in %s days", this.forecast.horizon_days);
    }

    get expected() {
        return _t(
            "%s expected in 12 months",
            formatAmount(this.forecast.expected_value, this.props.card.currency_id)
        );
    }

    date(value) {
        return formatDate(deserializeDate(value));
    }

    get range() {
        const { next_order_from: from, next_order_to: to } = this.forecast;
        return from && to
            ? _t("%(from)s to %(to)s", { from: this.date(from), to: this.date(to) })
            : "";
    }

    get isOverdue() {
        const { card } = this.props;
        return (
            (this.forecast.next_order_to || this.forecast.next_order_date) < card.today
        );
    }

    explain(name) {
        return this.props.card.explanations[name];
    }
}
