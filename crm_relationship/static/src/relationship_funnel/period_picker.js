import { Component, useState } from "@odoo/owl";

import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { deserializeDate, formatDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

/** The periods of `tools/periods.py`, but for one's own dates. */
const PERIODS = {
    this_month: _t("This month"),
    last_month: _t("Last month"),
    this_quarter: _t("This quarter"),
    last_quarter: _t("Last quarter"),
    this_year: _t("This year"),
    last_year: _t("Last year"),
    last_12_months: _t("Last 12 months"),
};

/** "01/01/2026 – 01/31/2026" */
export function sayDays({ since, until }) {
    return [since, until].map((day) => formatDate(deserializeDate(day))).join(" – ");
}

/**
 * @prop {Object} period what the server takes: {key} or {key: "custom", since, until}
 * @prop {Object} days what the server made of it: {since, until}
 * @prop {Function} onChange gets the next period
 */
export class PeriodPicker extends Component {
    static template = "crm_relationship.PeriodPicker";
    static components = { DateTimeInput, Dropdown, DropdownItem };
    static props = { period: Object, days: Object, onChange: Function };

    setup() {
        this.state = useState({ isCustom: this.props.period.key === "custom" });
    }

    get items() {
        return Object.entries(PERIODS).map(([key, label]) => ({ key, label }));
    }

    get label() {
        return PERIODS[this.props.period.key] || _t("Own dates");
    }

    get days() {
        return sayDays(this.props.days);
    }

    get since() {
        return deserializeDate(this.props.days.since);
    }

    get until() {
        return deserializeDate(this.props.days.until);
    }

    choose(key) {
        this.state.isCustom = false;
        this.props.onChange({ key });
    }

    chooseCustom() {
        this.state.isCustom = true;
        this.props.onChange({ key: "custom", ...this.props.days });
    }

    /** The other date follows one that would pass it. */
    setDay(name, day) {
        if (!day) {
            return;
        }
        const days = { since: this.since, until: this.until, [name]: day };
        if (days.since > days.until) {
            days.since = days.until = day;
        }
        this.props.onChange({
            key: "custom",
            since: serializeDate(days.since),
            until: serializeDate(days.until),
        });
    }
}
