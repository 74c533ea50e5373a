/* global Chart */

import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";

import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getCustomColor } from "@web/core/colors/colors";
import { formatPercentage } from "@web/views/fields/formatters";

function pick(light, dark) {
    return getCustomColor(cookie.get("color_scheme"), light, dark);
}

export const TEXT_COLOR = pick("#495057", "#e4e4e4");
export const GRID_COLOR = pick("rgba(0, 0, 0, 0.1)", "rgba(255, 255, 255, 0.15)");
export const LINE_COLOR = pick("#71639e", "#b4a7e0");
export const AREA_COLOR = pick("rgba(113, 99, 158, 0.25)", "rgba(180, 167, 224, 0.3)");
export const GUIDE_COLOR = pick("#6c757d", "#adb5bd");

export function percent(share) {
    return formatPercentage(share, { digits: [16, 0] });
}

/** An axis from 0 to 100 %. */
export function makeShareAxis(title) {
    return {
        type: "linear",
        min: 0,
        max: 1,
        title: { display: true, text: title, color: TEXT_COLOR },
        ticks: { callback: percent, stepSize: 0.2, color: TEXT_COLOR },
        grid: { color: GRID_COLOR },
    };
}

/** The dashed line from corner to corner, to compare with. */
export function makeDiagonal(label) {
    return {
        label,
        data: [
            { x: 0, y: 0 },
            { x: 1, y: 1 },
        ],
        order: -1, // before the areas
        borderColor: GUIDE_COLOR,
        backgroundColor: "transparent",
        borderDash: [6, 4],
        borderWidth: 1.5,
        pointRadius: 0,
        pointHitRadius: 0,
        fill: false,
    };
}

/** What the charts have in common; the legend names the lines in words. */
export function makeOptions({ x, y, tooltip, onClick }) {
    return {
        responsive: true,
        maintainAspectRatio: false,
        animation: false,
        parsing: false,
        onClick,
        interaction: { mode: "nearest", axis: "x", intersect: false },
        scales: { x: makeShareAxis(x), y: makeShareAxis(y) },
        plugins: {
            legend: {
                position: "bottom",
                labels: { color: TEXT_COLOR, boxWidth: 24, boxHeight: 8 },
            },
            tooltip: { displayColors: false, callbacks: tooltip },
        },
    };
}

/**
 * A picture by Chart.js.
 *
 * @prop {Object} config what Chart.js takes
 * @prop {String} label says in words what the picture shows
 */
export class ValueChart extends Component {
    static template = "crm_relationship.ValueChart";
    static props = { config: Object, label: String };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            (config) => {
                const chart = new Chart(this.canvas.el, config);
                return () => chart.destroy();
            },
            () => [this.props.config]
        );
    }
}
