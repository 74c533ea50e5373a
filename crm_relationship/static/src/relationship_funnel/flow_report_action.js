import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

import { makeReportAction } from "../relationship_value/value_report_action";
import { formatCount, formatShare } from "../relationship_value/value_text";
import { sayDayCount } from "./funnel_text";
import { PeriodReport } from "./period_report";

/** In pixels: what all moves together take, what a name needs, and between two. */
const HEIGHT = 360;
const MIN_NODE = 28;
const GAP = 8;
const MIN_BAND = 1.5;
/** The picture is as wide as there is room; its own units are these. */
const WIDTH = 100;

function sum(flows) {
    return flows.reduce((total, { count }) => total + count, 0);
}

/** From where to where customers moved, both ways, and after how long. */
export class FlowReport extends PeriodReport {
    static template = "crm_relationship.FlowReport";
    method = "get_flow";

    get defaults() {
        return { withEnds: false, shown: null };
    }

    getLocalState() {
        return { ...super.getLocalState(), shown: null };
    }

    get stages() {
        return new Map(this.report.stages.map((stage) => [stage.id, stage]));
    }

    get directions() {
        return {
            up: _t("Up"),
            down: _t("Down"),
            same: _t("Level"),
            in: _t("Joined"),
            out: _t("Left"),
        };
    }

    isEnd(flow) {
        return !flow.from_stage_id || !flow.to_stage_id;
    }

    get hasEnds() {
        return this.report.flows.some(this.isEnd);
    }

    /** Many join when the funnel is first used; they would hide the others. */
    get flows() {
        const { flows } = this.report;
        const between = flows.filter((flow) => !this.isEnd(flow));
        const shown = this.state.withEnds ? flows : between;
        const order = [null, ...this.report.stages.map(({ id }) => id)];
        const place = (flow) => [
            order.indexOf(flow.from_stage_id),
            order.indexOf(flow.to_stage_id),
        ];
        return shown
            .map((flow) => ({
                ...flow,
                key: `${flow.from_stage_id}/${flow.to_stage_id}`,
            }))
            .sort((one, other) => {
                const [from, to] = place(one);
                const [otherFrom, otherTo] = place(other);
                return from - otherFrom || to - otherTo;
            });
    }

    get summary() {
        const count = (direction) =>
            sum(this.report.flows.filter((flow) => flow.direction === direction));
        return _t("Moves up: %(up)s · down: %(down)s", {
            up: formatCount(count("up")),
            down: formatCount(count("down")),
        });
    }

    getName(id, end) {
        return id ? this.stages.get(id).name : end;
    }

    sayFlow(flow) {
        return _t("%(from)s → %(to)s: %(count)s", {
            from: this.getName(flow.from_stage_id, _t("Joined")),
            to: this.getName(flow.to_stage_id, _t("Left")),
            count: formatCount(flow.count),
        });
    }

    /** Names and bands, from top to bottom in the order of the funnel. */
    get picture() {
        const flows = this.flows;
        const scale = HEIGHT / (sum(flows) || 1);
        const from = this.makeNodes(flows, "from_stage_id", _t("Joined"), scale);
        const to = this.makeNodes(flows, "to_stage_id", _t("Left"), scale);
        const bands = flows.map((flow) => {
            const height = Math.max(MIN_BAND, flow.count * scale);
            const start = from.get(flow.from_stage_id);
            const end = to.get(flow.to_stage_id);
            const path = this.makePath(start.used, end.used, height);
            start.used += height;
            end.used += height;
            return {
                flow,
                path,
                label: this.sayFlow(flow),
                key: flow.key,
                direction: flow.direction || "same",
            };
        });
        const bottom = (nodes) =>
            Math.max(0, ...[...nodes.values()].map(({ top, height }) => top + height));
        return {
            from: [...from.values()],
            to: [...to.values()],
            bands,
            height: Math.max(bottom(from), bottom(to)),
            width: WIDTH,
        };
    }

    makeNodes(flows, name, end, scale) {
        const nodes = new Map();
        let top = 0;
        const ids = [null, ...this.report.stages.map(({ id }) => id)];
        // Who left goes below those who are somewhere.
        if (name === "to_stage_id") {
            ids.push(ids.shift());
        }
        for (const id of ids) {
            const own = flows.filter((flow) => flow[name] === id);
            if (!own.length) {
                continue;
            }
            const bands = own.reduce(
                (total, { count }) => total + Math.max(MIN_BAND, count * scale),
                0
            );
            const height = Math.max(MIN_NODE, bands);
            nodes.set(id, {
                key: id || 0,
                name: this.getName(id, end),
                color: id ? this.stages.get(id).color : 0,
                count: formatCount(sum(own)),
                top,
                height,
                bar: bands,
                used: top + (height - bands) / 2,
                barTop: top + (height - bands) / 2,
            });
            top += height + GAP;
        }
        return nodes;
    }

    makePath(start, end, height) {
        const middle = WIDTH / 2;
        return [
            `M0,${start}`,
            `C${middle},${start} ${middle},${end} ${WIDTH},${end}`,
            `L${WIDTH},${end + height}`,
            `C${middle},${end + height} ${middle},${start + height} 0,${start + height}`,
            "Z",
        ].join(" ");
    }

    get rows() {
        const flows = this.flows;
        return flows.map((flow) => ({
            flow,
            key: flow.key,
            from: this.getName(flow.from_stage_id, _t("Joined")),
            to: this.getName(flow.to_stage_id, _t("Left")),
            direction: flow.direction || "same",
            directionName: this.directions[flow.direction],
            count: formatCount(flow.count),
            share: formatShare(
                flow.count,
                sum(flows.filter((other) => other.from_stage_id === flow.from_stage_id))
            ),
            median: flow.days_median === null ? "–" : sayDayCount(flow.days_median),
            most: flow.days_most === null ? "–" : sayDayCount(flow.days_most),
        }));
    }

    openFlow(flow) {
        const name = _t("%(from)s → %(to)s", {
            from: this.getName(flow.from_stage_id, _t("Joined")),
            to: this.getName(flow.to_stage_id, _t("Left")),
        });
        return this.open(name, "flow", {
            from_stage_id: flow.from_stage_id,
            to_stage_id: flow.to_stage_id,
        });
    }

    onKeydown(flow, ev) {
        if (["Enter", " "].includes(ev.key)) {
            ev.preventDefault();
            return this.openFlow(flow);
        }
    }
}

registry
    .category("actions")
    .add("crm_relationship.flow_report", makeReportAction(FlowReport));
