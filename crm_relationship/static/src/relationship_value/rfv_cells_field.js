import { Component, onWillStart, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { getKey, getLevel, makeCells, RfvGrid, sayCell } from "./rfv_grid";
import {
    formatAmount,
    formatCount,
    formatShare,
    formatShortCount,
    sayCustomers,
} from "./value_text";

/**
 * The cells of the RFV grid that a segment takes: [[recency, frequency and value], ...].
 *
 * They are painted by clicking, by drawing over them, or with the keyboard; how many
 * customers that is follows at once, before anything is saved. Cells of earlier segments
 * are theirs, whatever is painted here.
 */
export class RfvCellsField extends Component {
    static template = "crm_relationship.RfvCellsField";
    static components = { RfvGrid };
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        // The draft is what was painted and the record has not taken yet: strokes are fast.
        this.state = useState({ grid: null, draft: null, history: [] });
        onWillStart(() => this.load(this.props.record));
        useRecordObserver((record, props) => {
            // Its place decides which segments come before.
            const place = `${record.resId}/${record.data.sequence}`;
            if (this.place !== undefined && this.place !== place) {
                this.load(record);
            }
            if (this.resId !== record.resId || !record.dirty) {
                this.state.history = [];
            }
            this.resId = record.resId;
            this.place = place;
            return record.data[props.name]; // the cells are watched, too
        });
    }

    async load({ resId, data }) {
        this.place = `${resId}/${data.sequence}`;
        this.state.grid = await this.keepLast.add(
            this.orm.call("relationship.profile", "get_rfv_grid", [], {
                before: [data.sequence || 0, resId || false],
            })
        );
    }

    get grid() {
        return this.state.grid;
    }

    get value() {
        return this.state.draft || this.props.record.data[this.props.name] || [];
    }

    get color() {
        return this.props.record.data.color || 0;
    }

    /** {key: the first other segment that has painted the cell} */
    get owners() {
        const owners = {};
        for (const segment of this.grid.segments) {
            for (const [r, fv] of segment.id === this.props.record.resId
                ? []
                : segment.cells) {
                owners[getKey(r, fv)] ||= segment;
            }
        }
        return owners;
    }

    isEarlier({ id, sequence }) {
        const { resId, data } = this.props.record;
        const mine = data.sequence || 0;
        return sequence < mine || (sequence === mine && (!resId || id < resId));
    }

    get cells() {
        const cells = makeCells(this.grid);
        const owners = this.owners;
        const painted = new Set(this.value.map(([r, fv]) => getKey(r, fv)));
        const max = Math.max(...[...cells.values()].map(({ count }) => count));
        for (const cell of cells.values()) {
            const owner = owners[cell.key];
            cell.level = getLevel(cell.count, max);
            cell.painted = painted.has(cell.key);
            cell.taken = Boolean(owner) && this.isEarlier(owner);
            cell.name = owner?.name || "";
            cell.color = owner?.color;
            cell.main = cell.count ? formatShortCount(cell.count) : "–";
            cell.sub = formatShare(cell.count, this.grid.count);
            cell.label = this.describe(cell);
        }
        return cells;
    }

    describe(cell) {
        return [
            sayCell(cell),
            sayCustomers(cell.count),
            cell.taken ? _t("taken by %s before", cell.name) : cell.name,
        ]
            .filter(Boolean)
            .join(" · ");
    }

    /** What the segment gets by its cells as they are painted now. */
    get total() {
        const painted = [...this.cells.values()].filter((cell) => cell.painted);
        const mine = painted.filter((cell) => !cell.taken);
        const sum = (name) => mine.reduce((total, cell) => total + cell[name], 0);
        const { count, revenue, currency_id: currencyId } = this.grid;
        return {
            cells: painted.length,
            customers: sayCustomers(sum("count")),
            customersShare: formatShare(sum("count"), count),
            revenue: formatAmount(sum("revenue"), currencyId),
            revenueShare: formatShare(sum("revenue"), revenue),
            taken: painted.length - mine.length,
        };
    }

    get cellsText() {
        const { cells } = this.total;
        return cells === 1 ? _t("1 cell painted") : _t("%s cells painted", cells);
    }

    get takenText() {
        const { taken } = this.total;
        if (!taken) {
            return "";
        }
        return taken === 1
            ? _t("1 of them belongs to an earlier segment, which wins.")
            : _t(
                  "%s of them belong to earlier segments, which win.",
                  formatCount(taken)
              );
    }

    paint(cell, isPainted, isFirst) {
        const before = this.value;
        if (isFirst) {
            this.state.history.push(before);
        }
        const others = before.filter(([r, fv]) => r !== cell.r || fv !== cell.fv);
        return this.update(isPainted ? [...others, [cell.r, cell.fv]] : others);
    }

    undo() {
        return this.update(this.state.history.pop());
    }

    clear() {
        this.state.history.push(this.value);
        return this.update([]);
    }

    async update(cells) {
        const draft = [...cells].sort(
            ([r, fv], [otherR, otherFv]) => r - otherR || fv - otherFv
        );
        const request = (this.request = {});
        this.state.draft = draft;
        await this.props.record.update({ [this.props.name]: draft });
        if (request === this.request) {
            this.state.draft = null;
        }
    }
}

registry.category("fields").add("rfv_cells", {
    component: RfvCellsField,
    displayName: _t("Cells of the RFV Grid"),
    supportedTypes: ["json"],
    fieldDependencies: [
        { name: "sequence", type: "integer" },
        { name: "color", type: "integer" },
    ],
});
