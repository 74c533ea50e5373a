import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

import { cookie } from "@web/core/browser/cookie";
import { getCustomColor } from "@web/core/colors/colors";
import { Domain } from "@web/core/domain";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";

import { makeReportAction, ValueReportEmpty } from "./value_report_action";
import { makeDiagonal, makeOptions, percent, ValueChart } from "./value_chart";
import { formatAmount, formatCount, formatShare, sayCustomers } from "./value_text";

function pick(light, dark) {
    return getCustomColor(cookie.get("color_scheme"), light, dark);
}

/** Background, and what is written on it. */
const CLASSES = {
    a: { name: "A", color: pick("#71639e", "#b4a7e0"), text: pick("#fff", "#1b1d26") },
    b: { name: "B", color: pick("#a99fcb", "#7f73ad"), text: pick("#212529", "#fff") },
    c: { name: "C", color: pick("#d9d4e8", "#4d4670"), text: pick("#212529", "#fff") },
};
/** "The best 20% of the customers make ..." */
const BEST = 0.2;

/** How much of the revenue comes from how many of the customers that the search leaves. */
export class ParetoReport extends Component {
    static template = "crm_relationship.ParetoReport";
    static components = { ValueChart, ValueReportEmpty };
    static props = { domain: Array, state: { type: Object, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ pareto: null });
        onWillStart(() => this.load(this.props.domain));
        onWillUpdateProps(({ domain }) => this.load(domain));
    }

    async load(domain) {
        const pareto = await this.keepLast.add(
            this.orm.call("relationship.profile", "get_pareto", [domain])
        );
        this.config = this.makeConfig(pareto);
        this.state.pareto = pareto;
    }

    get pareto() {
        return this.state.pareto;
    }

    /** The rule of Pareto, with this company's figures. */
    get headline() {
        const [customers, revenue] = this.pareto.points.reduce((nearest, point) =>
            Math.abs(point[0] - BEST) < Math.abs(nearest[0] - BEST) ? point : nearest
        );
        return _t(
            "The best %(customers)s of the customers make %(revenue)s of the revenue of the last %(months)s months.",
            {
                customers: percent(customers),
                revenue: percent(revenue),
                months: this.pareto.months,
            }
        );
    }

    get summary() {
        const { count, currency_id: currencyId, revenue } = this.pareto;
        return [sayCustomers(count), formatAmount(revenue, currencyId)].join(" · ");
    }

    get rows() {
        const { classes, count, currency_id: currencyId, revenue } = this.pareto;
        return classes.map((row) => ({
            ...CLASSES[row.abc_class],
            key: row.abc_class,
            customers: formatCount(row.count),
            customersShare: formatShare(row.count, count),
            revenue: formatAmount(row.revenue, currencyId),
            revenueShare: formatShare(row.revenue, revenue),
            mean: formatAmount(row.revenue / row.count, currencyId),
        }));
    }

    get others() {
        const count = this.pareto.customers - this.pareto.count;
        return count && _t("Without recent revenue: %s", formatCount(count));
    }

    /** One line for each class, so that each has its colour; they meet at their ends. */
    makeConfig({ points }) {
        const datasets = [];
        let last = { x: 0, y: 0 };
        for (const key of Object.keys(CLASSES)) {
            const { name, color } = CLASSES[key];
            const own = points
                .filter(([, , abcClass]) => abcClass === key)
                .map(([x, y]) => ({ x, y }));
            if (own.length) {
                datasets.push({
                    label: _t("Class %s", name),
                    key,
                    data: [last, ...own],
                    borderColor: color,
                    backgroundColor: color,
                    fill: "origin",
                    borderWidth: 2,
                    pointRadius: 0,
                    pointHitRadius: 12,
                });
                last = own.at(-1);
            }
        }
        return {
            type: "line",
            data: {
                datasets: [...datasets, makeDiagonal(_t("If all bought the same"))],
            },
            options: makeOptions({
                x: _t("Customers, the best first"),
                y: _t("Recent revenue"),
                tooltip: {
                    title: () => "",
                    label: ({ parsed, dataset }) =>
                        dataset.key &&
                        _t(
                            "The best %(customers)s of the customers: %(revenue)s of the revenue",
                            {
                                customers: percent(parsed.x),
                                revenue: percent(parsed.y),
                            }
                        ),
                },
                onClick: (ev, elements) => {
                    const key = datasets[elements[0]?.datasetIndex]?.key;
                    return key && this.openClass(key);
                },
            }),
        };
    }

    openClass(key) {
        return this.open(_t("Class %s", CLASSES[key].name), [["abc_class", "=", key]]);
    }

    openOthers() {
        return this.open(_t("Customers without Recent Revenue"), [
            "!",
            ["revenue_recent", ">", 0],
        ]);
    }

    open(name, domain) {
        return this.env.openProfiles(name, Domain.and([this.props.domain, domain]));
    }
}

registry
    .category("actions")
    .add("crm_relationship.pareto", makeReportAction(ParetoReport));
