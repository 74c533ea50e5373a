import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { deserializeDate, deserializeDateTime, formatDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import {
    formatFloat,
    formatMonetary,
    formatPercentage,
} from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { RelationshipConsent } from "../relationship_consent/relationship_consent";
import { RelationshipKeyDateAdd } from "../relationship_key_dates/relationship_key_date_add";
import { RelationshipValueCard } from "../relationship_value/value_card";

/** Days of history the picture shows at least, so that one order is no wall. */
const MIN_SPAN = 90;
/** Remembers on this device whether the details are shown. */
const DETAILS_KEY = "crm_relationship.card_details";

/**
 * Who this customer is, at one glance: stage, revenue, last order, rhythm, next step;
 * how they like to be reached, what they buy, how they pay, which dates come, what they
 * consented to and what to ask them next.
 *
 * A view widget for any form whose record is a partner or points to one:
 * `<widget name="relationship_card" partner_field="partner_id"/>`. Elsewhere it is given
 * the id of the partner.
 */
export class RelationshipCard extends Component {
    static template = "crm_relationship.RelationshipCard";
    static components = {
        RelationshipConsent,
        RelationshipKeyDateAdd,
        RelationshipValueCard,
    };
    static props = {
        ...standardWidgetProps,
        record: { type: Object, optional: true },
        partnerField: { type: String, optional: true },
        partnerId: { type: Number, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        const shown = browser.localStorage.getItem(DETAILS_KEY);
        this.state = useState({
            card: null,
            showDetails: shown ? shown === "yes" : !this.env.isSmall,
        });
        useRecordObserver((record, props) => {
            // Whatever was saved or reloaded may have moved the customer.
            const partnerId = props.partnerField
                ? record.data[props.partnerField]?.id
                : record.data && record.resId;
            if (partnerId !== this.partnerId || !record.dirty) {
                return this.load(partnerId);
            }
        });
        if (!this.props.record) {
            onWillStart(() => this.load(this.props.partnerId));
            onWillUpdateProps((props) => {
                if (props.partnerId !== this.partnerId) {
                    return this.load(props.partnerId);
                }
            });
        }
    }

    toggleDetails() {
        this.state.showDetails = !this.state.showDetails;
        browser.localStorage.setItem(
            DETAILS_KEY,
            this.state.showDetails ? "yes" : "no"
        );
    }

    /** What stands around the card follows, unless somebody is typing there. */
    async reload() {
        const { record } = this.props;
        if (!record || (await record.isDirty())) {
            await this.load(this.partnerId);
        } else {
            await record.load(); // and the card with it
        }
    }

    async load(partnerId) {
        this.partnerId = partnerId;
        const request = (this.request = {});
        const card = partnerId
            ? await this.orm.call("res.partner", "get_relationship_card", [[partnerId]])
            : null;
        if (request === this.request) {
            this.state.card = card; // not an answer that a later one has overtaken
        }
    }

    get card() {
        return this.state.card;
    }

    get revenue() {
        return formatMonetary(this.card.revenue, { currencyId: this.card.currency_id });
    }

    get basket() {
        return formatMonetary(this.card.basket, { currencyId: this.card.currency_id });
    }

    /** Channel, time, person and language that the customer prefers, in one line. */
    get reach() {
        const { channel, time_of_day, person, lang } = this.card.preferences;
        return [
            channel,
            time_of_day,
            person && _t("ask for %s", person),
            lang && _t("speaks %s", lang),
        ].filter(Boolean);
    }

    /** "Heard from them 12 days ago · Phone · Ana" */
    describeContact({ direction, date, channel, user: person }) {
        const today = deserializeDate(this.card.today);
        const days = Math.round(today.diff(deserializeDate(date), "days").days);
        return [this.describeContactDay(direction, days), channel, person]
            .filter(Boolean)
            .join(" · ");
    }

    /** Each a sentence of its own: other languages build them differently. */
    describeContactDay(direction, days) {
        const said = {
            in: [
                _t("Heard from them today"),
                _t("Heard from them yesterday"),
                _t("Heard from them %s days ago", days),
            ],
            out: [
                _t("Reached out today"),
                _t("Reached out yesterday"),
                _t("Reached out %s days ago", days),
            ],
            both: [
                _t("In touch today"),
                _t("In touch yesterday"),
                _t("In touch %s days ago", days),
            ],
        };
        return said[direction][Math.min(days, 2)];
    }

    /** "Open complaint · Ana · overdue since 11/20/2026" */
    describeCase(openCase) {
        const { kind, owner, deadline, overdue } = openCase;
        const day = deadline && formatDate(deserializeDateTime(deadline));
        return [
            {
                complaint: _t("Open complaint"),
                suggestion: _t("Open suggestion"),
                compliment: _t("Open compliment"),
                question: _t("Open question"),
            }[kind],
            owner || _t("Nobody's yet"),
            day && (overdue ? _t("overdue since %s", day) : _t("due on %s", day)),
        ]
            .filter(Boolean)
            .join(" · ");
    }

    nameOf({ number, name }) {
        return `${number} ${name}`;
    }

    get moreCases() {
        return _t("%s more open cases", this.card.case_count - this.card.cases.length);
    }

    openCase({ id }) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "relationship.case",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    get usualProducts() {
        return this.card.products.filter(({ state }) => state === "usual");
    }

    get productsBoughtOnce() {
        return this.card.products.filter(({ state }) => state === "once");
    }

    get noHabit() {
        return _t("No usual day or time");
    }

    get missing() {
        return _t("Missing: %s", this.card.missing.join(", "));
    }

    get categories() {
        return this.card.categories
            .map(({ name, share }) => `${name} ${this.percent(share)}`)
            .join(", ");
    }

    percent(share) {
        return formatPercentage(share, { digits: [16, 0] });
    }

    describeUsual(product) {
        return _t("on %(days)s order days, last on %(date)s", {
            days: product.order_day_count,
            date: this.date(product.last_date),
        });
    }

    get orders() {
        return this.card.order_count === 1
            ? _t("1 order")
            : _t("%s orders", this.card.order_count);
    }

    get rhythm() {
        if (this.card.rhythm_state === "none") {
            return _t("No rhythm yet");
        }
        const { interval } = this.card;
        return interval === 1
            ? _t("Usually every day")
            : _t("Usually every %s days", this.number(interval));
    }

    get rhythmClass() {
        return {
            on_time: "text-success",
            due: "text-warning",
            late: "text-danger",
        }[this.card.rhythm_state];
    }

    get rhythmState() {
        return {
            on_time: _t("On time"),
            due: _t("Due"),
            late: _t("%s × the usual", this.number(this.card.rhythm_ratio)),
        }[this.card.rhythm_state];
    }

    get stayClass() {
        return { due: "text-warning", stuck: "text-danger" }[this.card.stage.state];
    }

    get stayState() {
        return { due: _t("due to move on"), stuck: _t("stuck") }[this.card.stage.state];
    }

    get nextStepClass() {
        return {
            overdue: "text-danger",
            today: "text-warning",
            planned: "text-success",
        }[this.card.next_step.state];
    }

    number(value) {
        return formatFloat(value, { digits: [16, 1], trailingZeros: false });
    }

    date(value) {
        return formatDate(deserializeDate(value));
    }

    /** The order days as positions in percent between the first shown one and today. */
    get picture() {
        const today = deserializeDate(this.card.today);
        const days = this.card.order_days.map(deserializeDate);
        const age = (day) => today.diff(day, "days").days;
        const span = Math.max(MIN_SPAN, days.length ? age(days[0]) : 0);
        const place = (day) => 100 - (100 * age(day)) / span;
        return {
            marks: days.map((day) => ({ left: place(day), title: formatDate(day) })),
            expected: this.getExpected(place),
            start: formatDate(today.minus({ days: span })),
        };
    }

    /** Where the next order was due by the customer's own rhythm, if that is past. */
    getExpected(place) {
        if (!this.card.interval || this.card.rhythm_ratio < 1) {
            return null;
        }
        const due = deserializeDate(this.card.last_order_date).plus({
            days: Math.round(this.card.interval),
        });
        return { left: place(due), title: _t("Expected on %s", formatDate(due)) };
    }

    async scheduleActivity() {
        await new Promise((resolve) =>
            this.action.doAction(
                {
                    type: "ir.actions.act_window",
                    name: _t("Schedule Activity"),
                    res_model: "mail.activity.schedule",
                    view_mode: "form",
                    views: [[false, "form"]],
                    target: "new",
                    context: {
                        active_model: "res.partner",
                        active_ids: [this.card.partner_id],
                        active_id: this.card.partner_id,
                        default_activity_user_id: user.userId,
                    },
                },
                { onClose: resolve }
            )
        );
        await this.load(this.partnerId);
    }
}

registry.category("view_widgets").add("relationship_card", {
    component: RelationshipCard,
    extractProps: ({ attrs }) => ({ partnerField: attrs.partner_field }),
    fieldDependencies: ({ attrs }) =>
        attrs.partner_field
            ? [{ name: attrs.partner_field, type: "many2one", relation: "res.partner" }]
            : [],
});
