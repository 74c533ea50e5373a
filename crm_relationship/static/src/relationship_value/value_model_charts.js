import { Component, markRaw, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { formatFloat } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import {
    AREA_COLOR,
    LINE_COLOR,
    makeDiagonal,
    makeOptions,
    percent,
    ValueChart,
} from "./value_chart";
import { sayCustomers } from "./value_text";

/** Sizes of the dots, in pixels, from the fewest customers to the most. */
const MIN_RADIUS = 3;
const MAX_RADIUS = 10;
const BEST = 0.2;

/**
 * How good a model is: what it said against what came, and how well it finds the value.
 *
 * A view widget for the form of `relationship.value.model`.
 */
export class ValueModelCharts extends Component {
    static template = "crm_relationship.ValueModelCharts";
    static components = { ValueChart };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ calibration: null, lorenz: null, isLoaded: false });
        useRecordObserver((record) => this.load(record.resId, record.data));
    }

    async load(resId) {
        const request = (this.request = {});
        const charts = resId
            ? await this.orm.call("relationship.value.model", "get_charts", [[resId]])
            : {};
        if (request === this.request) {
            const { calibration, lorenz, foresight } = charts;
            Object.assign(this.state, {
                calibration: calibration?.length
                    ? this.makeCalibration(calibration)
                    : null,
                lorenz: lorenz?.length ? this.makeLorenz(lorenz, foresight) : null,
                isLoaded: true,
            });
        }
    }

    makeCalibration(rows) {
        const most = Math.max(...rows.map(({ count }) => count));
        const radius = ({ count }) =>
            MIN_RADIUS + (MAX_RADIUS - MIN_RADIUS) * Math.sqrt(count / most);
        // As the error of the candidate: by customers, for rows are of any size.
        const total = rows.reduce((sum, { count }) => sum + count, 0);
        const error =
            rows.reduce(
                (sum, { said, seen, count }) => sum + count * Math.abs(said - seen),
                0
            ) / total;
        const config = {
            type: "line",
            data: {
                datasets: [
                    {
                        label: _t("Customers by what was said"),
                        data: rows.map(({ said, seen, count }) => ({
                            x: said,
                            y: seen,
                            count,
                        })),
                        borderColor: LINE_COLOR,
                        backgroundColor: LINE_COLOR,
                        borderWidth: 1.5,
                        clip: MAX_RADIUS,
                        pointRadius: rows.map(radius),
                        pointHoverRadius: rows.map(radius),
                        fill: false,
                    },
                    makeDiagonal(_t("What came is what was said")),
                ],
            },
            options: makeOptions({
                x: _t("Probability that was said"),
                y: _t("Share that bought"),
                tooltip: {
                    title: () => "",
                    label: ({ raw }) =>
                        raw.count &&
                        _t("Said %(said)s, seen %(seen)s, of %(customers)s", {
                            said: percent(raw.x),
                            seen: percent(raw.y),
                            customers: sayCustomers(raw.count),
                        }),
                },
            }),
        };
        const points = formatFloat(100 * error, { digits: [16, 1] });
        const label = _t(
            "On average, what was said and what came differ by %s points.",
            points
        );
        return { config: markRaw(config), label };
    }

    makeLorenz(points, foresight) {
        const toDots = (curve) => curve.map(([x, y]) => ({ x, y }));
        const config = {
            type: "line",
            data: {
                datasets: [
                    {
                        label: _t("As the forecast ranks them"),
                        data: toDots(points),
                        borderColor: LINE_COLOR,
                        backgroundColor: AREA_COLOR,
                        borderWidth: 2,
                        pointRadius: 0,
                        pointHitRadius: 12,
                        fill: "origin",
                    },
                    {
                        label: _t("If the future were known"),
                        data: toDots(foresight),
                        borderColor: LINE_COLOR,
                        backgroundColor: "transparent",
                        borderDash: [2, 3],
                        borderWidth: 1.5,
                        pointRadius: 0,
                        pointHitRadius: 0,
                        fill: false,
                    },
                    makeDiagonal(_t("As by chance")),
                ],
            },
            options: makeOptions({
                x: _t("Customers, the best of the forecast first"),
                y: _t("Value that came"),
                tooltip: {
                    title: () => "",
                    label: ({ datasetIndex, parsed }) =>
                        datasetIndex === 0 && this.sayValue([parsed.x, parsed.y]),
                },
            }),
        };
        const best = points.find(([share]) => share >= BEST) || points.at(-1);
        return { config: markRaw(config), label: this.sayValue(best) };
    }

    sayValue([customers, value]) {
        return _t(
            "The %(customers)s of whom most was expected brought %(value)s of the value.",
            {
                customers: percent(customers),
                value: percent(value),
            }
        );
    }
}

registry.category("view_widgets").add("value_model_charts", {
    component: ValueModelCharts,
});
