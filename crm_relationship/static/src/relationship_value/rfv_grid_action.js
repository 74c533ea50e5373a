import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

import { Domain } from "@web/core/domain";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";

import { makeReportAction, ValueReportEmpty } from "./value_report_action";
import { getKey, getLevel, LEVELS, makeCells, RfvGrid, sayCell } from "./rfv_grid";
import {
    formatAmount,
    formatCount,
    formatShare,
    formatShortAmount,
    formatShortCount,
    sayCustomers,
} from "./value_text";

/** The customers that the search leaves, by their scores of recency, frequency and value. */
export class RfvGridReport extends Component {
    static template = "crm_relationship.RfvGridReport";
    static components = { RfvGrid, ValueReportEmpty };
    static props = { domain: Array, state: { type: Object, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.levels = [0, ...LEVELS];
        this.state = useState({
            grid: null,
            measure: this.props.state?.measure || "count",
            shown: null, // key of the cell whose details are shown
            tapped: null,
            segmentId: null, // the segment that the others step back for
        });
        useSetupAction({ getLocalState: () => ({ measure: this.state.measure }) });
        onWillStart(() => this.load(this.props.domain));
        onWillUpdateProps(({ domain }) => this.load(domain));
    }

    async load(domain) {
        this.state.grid = await this.keepLast.add(
            this.orm.call("relationship.profile", "get_rfv_grid", [domain])
        );
    }

    get grid() {
        return this.state.grid;
    }

    get cells() {
        const { measure, segmentId } = this.state;
        const segments = new Map(this.grid.segments.map((other) => [other.id, other]));
        const owners = new Map(
            this.grid.owners.map(([r, fv, id]) => [getKey(r, fv), segments.get(id)])
        );
        const cells = makeCells(this.grid);
        const max = Math.max(...[...cells.values()].map((cell) => cell[measure]));
        for (const cell of cells.values()) {
            const segment = owners.get(cell.key);
            cell.segment = segment;
            cell.level = getLevel(cell[measure], max);
            cell.name = segment?.name || "";
            cell.color = segment?.color;
            cell.main = this.formatShort(cell);
            cell.sub = formatShare(cell[measure], this.grid[measure]);
            cell.label = this.describe(cell);
            cell.dim = segmentId && segment?.id !== segmentId;
        }
        return cells;
    }

    formatShort(cell) {
        if (!cell.count) {
            return "–";
        }
        return this.state.measure === "count"
            ? formatShortCount(cell.count)
            : formatShortAmount(cell.revenue);
    }

    describe(cell) {
        return [
            sayCell(cell),
            cell.name,
            sayCustomers(cell.count),
            this.sayRevenue(cell.revenue),
        ]
            .filter(Boolean)
            .join(" · ");
    }

    sayRevenue(revenue) {
        return _t("%s of recent revenue", formatAmount(revenue, this.grid.currency_id));
    }

    get summary() {
        return [sayCustomers(this.grid.count), this.sayRevenue(this.grid.revenue)].join(
            " · "
        );
    }

    get scoreless() {
        const count = this.grid.customers - this.grid.count;
        return count && _t("Without scores: %s", formatCount(count));
    }

    /** What the cell under the pointer, or under the finger, says. */
    get details() {
        const cell = this.state.shown && this.cells.get(this.state.shown);
        return (
            cell && {
                cell,
                title: sayCell(cell),
                segment: cell.name,
                color: cell.color,
                customers: sayCustomers(cell.count),
                customersShare: formatShare(cell.count, this.grid.count),
                revenue: formatAmount(cell.revenue, this.grid.currency_id),
                revenueShare: formatShare(cell.revenue, this.grid.revenue),
            }
        );
    }

    /** The segments that have cells, with the sums of them. */
    get legend() {
        const cells = [...this.cells.values()];
        return this.grid.segments
            .map((segment) => ({
                segment,
                cells: cells.filter((cell) => cell.segment?.id === segment.id),
            }))
            .filter((row) => row.cells.length)
            .map((row) => {
                const sum = (name) =>
                    row.cells.reduce((total, cell) => total + cell[name], 0);
                return {
                    ...row,
                    count: formatCount(sum("count")),
                    countShare: formatShare(sum("count"), this.grid.count),
                    revenueShare: formatShare(sum("revenue"), this.grid.revenue),
                };
            });
    }

    onHover(cell) {
        if (cell) {
            this.state.shown = cell.key;
        }
    }

    /** A first tap shows what a pointer shows when it hovers; the second one opens. */
    onSelect(cell, isTouch) {
        if (isTouch && this.state.tapped !== cell.key) {
            this.state.tapped = cell.key;
            this.state.shown = cell.key;
            return;
        }
        return this.openCell(cell);
    }

    openCell(cell) {
        return this.open(sayCell(cell), [
            ["recency_score", "=", cell.r],
            ["fv_score", "=", cell.fv],
        ]);
    }

    /** The customers of the cells; the segment may have others, put there by hand. */
    openSegment({ segment, cells }) {
        const scores = cells.map(({ r, fv }) =>
            Domain.and([[["recency_score", "=", r]], [["fv_score", "=", fv]]])
        );
        return this.open(segment.name, Domain.or(scores).toList());
    }

    openScoreless() {
        return this.open(_t("Customers without Scores"), [
            ["recency_score", "=", false],
        ]);
    }

    open(name, domain) {
        return this.env.openProfiles(name, Domain.and([this.props.domain, domain]));
    }
}

registry
    .category("actions")
    .add("crm_relationship.rfv_grid", makeReportAction(RfvGridReport));
