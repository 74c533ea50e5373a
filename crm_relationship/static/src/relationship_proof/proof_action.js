import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { formatPercentage } from "@web/views/fields/formatters";

import { PeriodPicker } from "../relationship_funnel/period_picker";
import {
    GRID_COLOR,
    GUIDE_COLOR,
    LINE_COLOR,
    AREA_COLOR,
    TEXT_COLOR,
    ValueChart,
} from "../relationship_value/value_chart";
import {
    ValueReportEmpty,
    makeReportAction,
} from "../relationship_value/value_report_action";
import {
    formatAmount,
    formatCount,
    formatShare,
} from "../relationship_value/value_text";
import { SAY, formatMean, formatNumber, sayLimits, sayVerdict } from "./proof_text";

const NAMES = {
    ordered: _t("Who ordered"),
    order_count: _t("Orders per customer"),
    revenue: _t("Revenue per customer"),
    margin: _t("Margin per customer"),
};
const USER_ERROR = "odoo.exceptions.UserError";
/** From that many comparisons on a picture helps to find the one that matters. */
const PICTURE_FROM = 2;
/** Letters in a line of the picture; a phone has no room for more. */
const LETTERS = 60;
const LETTERS_SMALL = 18;

/** The lines of a text that is too long for one. */
function wrap(text, letters) {
    const lines = [];
    for (const word of text.split(" ")) {
        const last = lines.at(-1);
        if (last && last.length + word.length < letters) {
            lines[lines.length - 1] = `${last} ${word}`;
        } else {
            lines.push(word);
        }
    }
    return lines;
}

function formatPercent(share) {
    return formatPercentage(share, { digits: [16, 0] });
}

/** One comparison of customers who are treated with customers who are left alone. */
class ProofCard extends Component {
    static template = "crm_relationship.ProofCard";
    static props = {
        comparison: Object,
        currencyId: Number,
        least: Number,
        mayConfigure: Boolean,
        onOpen: Function,
        onOpenCosts: { type: Function, optional: true },
        onOpenRule: Function,
    };

    get hints() {
        return {
            waiting: _t(
                "Customers whose days to order are not over yet; they are not compared"
            ),
            interval: _t(
                "The bar shows where the true difference lies, in 95 of 100 such comparisons. As long as it covers the line in the middle, there may be none."
            ),
            ordered: _t(
                "The verdict is drawn from this figure alone: of several, one looks good by chance"
            ),
            margin: _t(
                "The price less the cost, of what has a cost: %s of the revenue",
                formatPercent(this.props.comparison.costed_share)
            ),
        };
    }

    get verdict() {
        return sayVerdict(this.props.comparison);
    }

    get rows() {
        const { comparison } = this.props;
        const names = Object.keys(NAMES).filter(
            (name) => name !== "margin" || comparison.gain_of === "margin"
        );
        return names.map((name, index) => ({
            ...this.makeRow(name),
            isFirst: !index,
        }));
    }

    makeRow(name) {
        const { comparison, currencyId } = this.props;
        const difference = comparison.differences[name];
        return {
            name,
            label: NAMES[name],
            hint: this.hints[name],
            treated: this.format(name, comparison.treated),
            alone: this.format(name, comparison.held_out),
            figure: name === "ordered" ? "ordered" : "customers",
            difference: difference && {
                text: SAY[name](difference[0], currencyId),
                limits: sayLimits(name, difference, currencyId),
                style: this.getBar(difference),
                dot: this.getDot(difference),
                tells: difference[1] > 0 ? "more" : difference[2] < 0 ? "less" : "none",
            },
        };
    }

    format(name, group) {
        if (!group.customers) {
            return "–";
        }
        if (name === "ordered") {
            return formatShare(group.ordered, group.customers);
        }
        return name === "order_count"
            ? formatNumber(group[name])
            : formatMean(group[name], this.props.currencyId);
    }

    /** The line of no difference is in the middle. */
    place(value, [, low, high]) {
        const reach = 1.08 * Math.max(Math.abs(low), Math.abs(high)) || 1;
        return 50 + (50 * value) / reach;
    }

    getBar(difference) {
        const [, low, high] = difference;
        const from = this.place(low, difference);
        return `left: ${from}%; width: ${this.place(high, difference) - from}%`;
    }

    getDot(difference) {
        return `left: ${this.place(difference[0], difference)}%`;
    }

    get groups() {
        const { comparison } = this.props;
        return [
            ["treated", _t("Treated")],
            ["held_out", _t("Left Alone")],
        ].map(([name, label]) => ({
            name,
            label,
            customers: this.sayCustomers(comparison[name].customers),
            waiting:
                comparison[name].waiting &&
                _t("%s more waiting", formatCount(comparison[name].waiting)),
        }));
    }

    sayCustomers(count) {
        return count === 1 ? _t("1 customer") : _t("%s customers", formatCount(count));
    }

    get windowText() {
        const { window_days: days } = this.props.comparison;
        return days === 1
            ? _t("Orders within a day")
            : _t("Orders within %s days", days);
    }

    get tooFew() {
        return _t("It takes %s customers in each group", this.props.least);
    }

    /** What it costs, and what comes of it. */
    get money() {
        const { comparison, currencyId } = this.props;
        const { cost, gain, roi, gain_of: gainOf } = comparison;
        const amount = (value) => formatAmount(value, currencyId);
        const lines = [];
        if (gain) {
            const values = {
                gain: amount(gain[0]),
                low: amount(gain[1]),
                high: amount(gain[2]),
            };
            lines.push(
                gainOf === "margin"
                    ? _t(
                          "Extra margin of all treated: %(gain)s (%(low)s to %(high)s).",
                          values
                      )
                    : _t(
                          "Extra revenue of all treated: %(gain)s (%(low)s to %(high)s).",
                          values
                      )
            );
        }
        if (cost) {
            lines.push(_t("The activities cost %s.", amount(cost)));
        }
        if (roi) {
            const values = {
                roi: formatPercent(roi[0]),
                low: formatPercent(roi[1]),
                high: formatPercent(roi[2]),
            };
            lines.push(
                roi[1] > 0
                    ? _t(
                          "Return on it: %(roi)s (%(low)s to %(high)s): it pays.",
                          values
                      )
                    : roi[2] < 0
                      ? _t(
                            "Return on it: %(roi)s (%(low)s to %(high)s): it costs more than it brings.",
                            values
                        )
                      : _t(
                            "Return on it: %(roi)s (%(low)s to %(high)s): not proved yet.",
                            values
                        )
            );
        }
        return lines;
    }

    get needsCost() {
        const { comparison, mayConfigure, onOpenCosts } = this.props;
        return (mayConfigure || onOpenCosts) && comparison.gain && !comparison.cost;
    }

    /** Without what sales cost, revenue is no return. */
    get needsMargin() {
        const { gain, gain_of: gainOf, costed_share: share } = this.props.comparison;
        if (!gain || gainOf === "margin" || share === null) {
            return "";
        }
        return share
            ? _t(
                  "Margin and return show once the products sold have a cost: by now %s of the revenue has.",
                  formatPercent(share)
              )
            : _t("Margin and return show once the products sold have a cost.");
    }
}

/** Whether rules work, by those whom chance has left alone. */
export class ProofReport extends Component {
    static template = "crm_relationship.ProofReport";
    static components = { PeriodPicker, ProofCard, ValueChart, ValueReportEmpty };
    static props = { domain: Array, state: { type: Object, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.ui = useService("ui");
        this.keepLast = new KeepLast();
        this.state = useState({
            period: this.props.state?.period || { key: "last_12_months" },
            proof: null,
            error: "",
        });
        useSetupAction({
            getLocalState: () => ({ period: { ...this.state.period } }),
        });
        onWillStart(() => this.load(this.props.domain));
        onWillUpdateProps(({ domain }) => this.load(domain));
    }

    get proof() {
        return this.state.proof;
    }

    get filters() {
        return { domain: this.props.domain, period: this.state.period };
    }

    /** All rules together come first, where somebody is left alone by all of them. */
    get comparisons() {
        const { all, rules } = this.proof;
        const isKept = all.held_out.customers || all.held_out.waiting;
        return [
            ...(isKept ? [{ ...all, id: 0, name: _t("All rules together") }] : []),
            ...rules,
        ];
    }

    get drawn() {
        return this.comparisons.filter(({ differences }) => differences.ordered);
    }

    get hasPicture() {
        return this.drawn.length >= PICTURE_FROM;
    }

    get pictureStyle() {
        const row = this.ui.isSmall ? 3.5 : 2.5;
        return `height: ${6 + row * this.drawn.length}rem`;
    }

    get pictureLabel() {
        return this.drawn
            .map(
                ({ name, differences }) =>
                    `${name}: ${SAY.ordered(differences.ordered[0])}, ${sayLimits("ordered", differences.ordered)}`
            )
            .join("; ");
    }

    get chart() {
        const { drawn } = this;
        const points = (share) => Math.round(1000 * share) / 10;
        const letters = this.ui.isSmall ? LETTERS_SMALL : LETTERS;
        return {
            data: {
                labels: drawn.map(({ name }) => name),
                datasets: [
                    {
                        type: "scatter",
                        label: _t("Difference"),
                        data: drawn.map(({ name, differences: { ordered } }) => ({
                            x: points(ordered[0]),
                            y: name,
                        })),
                        backgroundColor: LINE_COLOR,
                        borderColor: LINE_COLOR,
                        pointRadius: 6,
                    },
                    {
                        type: "bar",
                        label: _t("Between"),
                        data: drawn.map(({ differences: { ordered } }) =>
                            ordered.slice(1).map(points)
                        ),
                        backgroundColor: AREA_COLOR,
                        borderColor: LINE_COLOR,
                        borderWidth: 1,
                        borderSkipped: false,
                        barThickness: 14,
                    },
                ],
            },
            options: {
                responsive: true,
                maintainAspectRatio: false,
                animation: false,
                indexAxis: "y",
                scales: {
                    x: {
                        type: "linear",
                        title: {
                            display: true,
                            text: wrap(
                                _t(
                                    "More orders in 100 customers than of those left alone"
                                ).toString(),
                                1.5 * letters
                            ),
                            color: TEXT_COLOR,
                        },
                        ticks: { color: TEXT_COLOR },
                        grid: {
                            color: ({ tick }) =>
                                tick.value === 0 ? GUIDE_COLOR : GRID_COLOR,
                            lineWidth: ({ tick }) => (tick.value === 0 ? 2 : 1),
                        },
                    },
                    y: {
                        type: "category",
                        offset: true,
                        ticks: {
                            color: TEXT_COLOR,
                            callback: (_value, index) =>
                                wrap(drawn[index].name.toString(), letters),
                        },
                        grid: { display: false },
                    },
                },
                plugins: {
                    legend: { display: false },
                    tooltip: {
                        displayColors: false,
                        callbacks: {
                            label: ({ dataIndex }) => {
                                const { ordered } = drawn[dataIndex].differences;
                                return `${SAY.ordered(ordered[0])}, ${sayLimits("ordered", ordered)}`;
                            },
                        },
                    },
                },
            },
        };
    }

    async load(domain, period = this.state.period) {
        let proof;
        try {
            proof = await this.keepLast.add(
                this.orm.call("relationship.rule", "get_proof", [{ domain, period }])
            );
        } catch (error) {
            if (error.exceptionName !== USER_ERROR || !this.proof) {
                throw error;
            }
            // A filter by what the rule may have changed itself: figures of another
            // one must not stand below it.
            this.state.error = error.data.message;
            return;
        }
        Object.assign(this.state, { period, proof, error: "" });
    }

    onPeriod(period) {
        return this.load(this.props.domain, period);
    }

    async open(comparison, figure, group, label) {
        const action = await this.orm.call("relationship.rule", "get_proof_action", [
            figure,
            group,
            comparison.id,
            this.filters,
            comparison.share,
        ]);
        const name = `${comparison.name}: ${label}`;
        return this.action.doAction({ ...action, name, display_name: name });
    }

    openRule(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "relationship.rule",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    /** What an activity costs is said of its type, by those who may. */
    get onOpenCosts() {
        return this.proof.may_set_costs
            ? () => this.action.doAction("mail.mail_activity_type_action")
            : undefined;
    }

    get merged() {
        return _t(
            "Not compared, as customers were merged since: %s.",
            formatCount(this.proof.merged)
        );
    }

    openRules() {
        return this.action.doAction("crm_relationship.relationship_rule_action");
    }
}

/** The search is that of the results, by what was known before a rule acted. */
class ProofAction extends makeReportAction(ProofReport) {
    get searchProps() {
        return { ...super.searchProps, resModel: "relationship.touch.report" };
    }
}

registry.category("actions").add("crm_relationship.proof", ProofAction);
