import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";

import { ValueReportEmpty } from "../relationship_value/value_report_action";
import { PeriodPicker } from "./period_picker";

/**
 * A report on a period, of the customers that the search leaves.
 *
 * Who inherits says which `method` of `relationship.funnel.report` tells the figures, and
 * what else of its state is to come back to in `keys`.
 */
export class PeriodReport extends Component {
    static components = { PeriodPicker, ValueReportEmpty };
    static props = { domain: Array, state: { type: Object, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        const kept = this.props.state || {};
        this.state = useState({
            ...this.defaults,
            ...kept,
            period: kept.period || { key: "last_12_months" },
            report: null,
        });
        useSetupAction({ getLocalState: () => this.getLocalState() });
        onWillStart(() => this.load(this.props.domain));
        onWillUpdateProps(({ domain }) => this.load(domain));
    }

    /** What of the state is more than the period, with its first values. */
    get defaults() {
        return {};
    }

    getLocalState() {
        const names = ["period", ...Object.keys(this.defaults)];
        const values = names.map((name) => [name, this.state[name]]);
        return JSON.parse(JSON.stringify(Object.fromEntries(values)));
    }

    get report() {
        return this.state.report;
    }

    async load(domain, period = this.state.period) {
        const report = await this.keepLast.add(
            this.orm.call("relationship.funnel.report", this.method, [domain, period])
        );
        Object.assign(this.state, { period, report });
    }

    onPeriod(period) {
        return this.load(this.props.domain, period);
    }

    /** Open whom a figure counts. */
    async open(name, figure, ofWhat) {
        const action = await this.orm.call(
            "relationship.funnel.report",
            "get_action",
            [figure, this.props.domain, this.state.period],
            ofWhat
        );
        return this.action.doAction({ ...action, name, display_name: name });
    }
}
