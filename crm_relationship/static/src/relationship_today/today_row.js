import { Component, markup, useRef, useState } from "@odoo/owl";

import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatMonetary } from "@web/views/fields/formatters";

import { ChoiceButtons } from "../log_contact/choice_buttons";
import { RelationshipCard } from "../relationship_card/relationship_card";
import { describeDeadline } from "../relationship_timeline/timeline_text";

/**
 * A customer to contact: who, why, what for, and what came of it in one tap.
 *
 * @prop {Object} row as `relationship.today.get_today` returns it
 * @prop {Object[]} reasons for a lost customer
 * @prop {Number[]} days until the next attempt
 * @prop {boolean} isSaving
 * @prop {Function} onOutcome called with an outcome and its values
 */
export class TodayRow extends Component {
    static template = "crm_relationship.TodayRow";
    static components = { ChoiceButtons, RelationshipCard };
    static props = {
        row: Object,
        reasons: Array,
        days: Array,
        isSaving: Boolean,
        onOutcome: Function,
    };

    setup() {
        this.action = useService("action");
        this.rootRef = useRef("root");
        this.state = useState({ isOpen: false, asks: "", text: "" });
    }

    get row() {
        return this.props.row;
    }

    get outcomes() {
        const { is_contact } = this.row;
        const said = [
            { id: "interested", name: _t("Interested"), icon: "fa-thumbs-up" },
            { id: "not_now", name: _t("Not Now"), icon: "fa-hourglass-half" },
            { id: "lost", name: _t("Lost"), icon: "fa-thumbs-down" },
            { id: "no_answer", name: _t("No Answer"), icon: "fa-microphone-slash" },
        ];
        // What is no talk by itself is just done, as a rule.
        const done = { id: "done", name: _t("Done"), icon: "fa-check" };
        return is_contact ? said : [done, ...said];
    }

    /** By their keys: the same key means the same in every row. */
    get keys() {
        const choices = this.state.asks
            ? this.choices
            : this.outcomes.filter(({ id }) => id !== "done");
        const keys = choices.map((choice, index) => [`${index + 1}`, choice]);
        const done = this.outcomes.find(({ id }) => id === "done");
        return new Map(this.state.asks || !done ? keys : [["0", done], ...keys]);
    }

    get choices() {
        if (this.state.asks === "lost") {
            return this.props.reasons;
        }
        return this.props.days.map((days) => ({
            id: days,
            name: days === 1 ? _t("1 day") : _t("%s days", days),
        }));
    }

    get question() {
        return this.state.asks === "lost" ? _t("Why?") : _t("Again in");
    }

    /** What is at risk, or what was earned so far. */
    get worth() {
        const { value_at_risk, revenue, currency_id } = this.row;
        const amount = formatMonetary(value_at_risk || revenue, {
            currencyId: currency_id,
        });
        const shown = markup`<b class="text-body">${amount}</b>`;
        if (value_at_risk) {
            return _t("%s at risk", shown);
        }
        return revenue ? _t("%s so far", shown) : "";
    }

    get deadline() {
        return describeDeadline(deserializeDate(this.row.deadline));
    }

    get date() {
        return formatDate(deserializeDate(this.row.deadline));
    }

    get deadlineClass() {
        return ["text-danger", "text-warning-emphasis", "text-success"][
            this.row.section
        ];
    }

    get attempts() {
        const { attempts } = this.row;
        if (!attempts) {
            return "";
        }
        return attempts === 1
            ? _t("Nobody answered once")
            : _t("Nobody answered %s times", attempts);
    }

    /** Sanitized by the field it comes from. */
    get note() {
        return markup(this.row.note);
    }

    get phoneUrl() {
        return `tel:${this.row.phone.replace(/[^\d+]/g, "")}`;
    }

    get callLabel() {
        return _t("Call %s", this.row.phone);
    }

    get mailLabel() {
        return _t("Write to %s", this.row.email);
    }

    get mailUrl() {
        return `mailto:${encodeURIComponent(this.row.email)}`;
    }

    toggle() {
        this.state.isOpen = !this.state.isOpen;
    }

    choose(outcome) {
        if (this.props.isSaving) {
            return;
        }
        if (outcome === "lost" || outcome === "no_answer") {
            this.state.asks = this.state.asks === outcome ? "" : outcome;
            return;
        }
        this.say(outcome, {});
    }

    answer(id) {
        const values =
            this.state.asks === "lost" ? { lost_reason_id: id } : { days: id };
        this.say(this.state.asks, values);
    }

    say(outcome, values) {
        const text = this.state.text.trim();
        this.props.onOutcome(outcome, text ? { ...values, text } : values);
    }

    /** Keys for whoever stands on the row: numbers say the outcome, Enter opens. */
    onKeydown(ev) {
        if (ev.altKey || ev.ctrlKey || ev.metaKey || ev.isComposing) {
            return;
        }
        if (ev.key === "Escape" && this.state.asks) {
            ev.stopPropagation();
            this.state.asks = "";
            this.rootRef.el.focus();
            return;
        }
        const isHere = ev.target === this.rootRef.el;
        if (isHere && ev.key === "Enter") {
            ev.preventDefault();
            this.toggle();
        } else if (isHere || ev.target.closest(".o_today_asks")) {
            this.onNumber(ev); // nobody types, or presses a button
        }
    }

    onNumber(ev) {
        const choice = this.row.may_act && this.keys.get(ev.key);
        if (!choice) {
            return;
        }
        ev.preventDefault();
        if (this.state.asks) {
            this.answer(choice.id);
        } else {
            this.choose(choice.id);
        }
    }

    openCustomer() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: this.row.partner_id,
            views: [[false, "form"]],
        });
    }

    newQuotation() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("New Quotation"),
            res_model: "sale.order",
            views: [[false, "form"]],
            context: { default_partner_id: this.row.partner_id },
        });
    }
}
