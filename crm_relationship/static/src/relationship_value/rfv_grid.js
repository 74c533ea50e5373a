import { Component, useRef, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";

/** The scores, as the axes show them. */
export const RECENCY = [1, 2, 3, 4, 5];
export const FREQUENCY_AND_VALUE = [5, 4, 3, 2, 1];
/** Steps of the colour scale, beside "nobody". */
export const LEVELS = [1, 2, 3, 4, 5];

const STEPS = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, 1],
    ArrowDown: [0, -1],
};

export function getKey(r, fv) {
    return `${r}/${fv}`;
}

/**
 * How dark a cell is: 0 for nothing, up to 5 for the fullest one. Few cells hold most of
 * the revenue; the others should still differ, so the scale is steeper at its begin.
 */
export function getLevel(value, max) {
    return value > 0 && max > 0 ? Math.ceil(5 * (value / max) ** 0.75) : 0;
}

/** The 25 cells by key, with what the server counted in them. */
export function makeCells({ cells }) {
    const counted = new Map(cells.map((cell) => [getKey(cell.r, cell.fv), cell]));
    const all = new Map();
    for (const fv of FREQUENCY_AND_VALUE) {
        for (const r of RECENCY) {
            const key = getKey(r, fv);
            all.set(key, { count: 0, revenue: 0, ...counted.get(key), r, fv, key });
        }
    }
    return all;
}

/** "Recency 4, frequency and value 5" */
export function sayCell({ r, fv }) {
    return _t("Recency %(r)s, frequency and value %(fv)s", { r, fv });
}

/**
 * The customers by their scores: rows for frequency and value, columns for recency.
 *
 * It only shows and tells what is done with it; the arrow keys walk through the cells,
 * space and enter click. Where cells are painted, a pointer may draw over many.
 *
 * @prop {Map} cells by key: {r, fv, key, level, name, color, main, sub, label} and, where
 *  they can be painted, `painted` and `taken`; `dim` for those that are out of question
 * @prop {Function} [onHover] gets the cell under the pointer or the focus, or null
 * @prop {Function} [onSelect] gets the cell that is clicked, and whether by a finger
 * @prop {Function} [onPaint] gets a cell, whether it is painted now, and whether it is the
 *  first one of a stroke
 */
export class RfvGrid extends Component {
    static template = "crm_relationship.RfvGrid";
    static props = {
        cells: Map,
        onHover: { type: Function, optional: true },
        onSelect: { type: Function, optional: true },
        onPaint: { type: Function, optional: true },
    };

    setup() {
        this.root = useRef("root");
        this.recency = RECENCY;
        this.frequencyAndValue = FREQUENCY_AND_VALUE;
        this.state = useState({ r: 5, fv: 5 });
        this.stroke = null;
        this.isPointerClick = false;
        this.pointerType = null; // of the click to come; a key has none
    }

    getCell(r, fv) {
        return this.props.cells.get(getKey(r, fv));
    }

    getTabIndex(cell) {
        return cell.r === this.state.r && cell.fv === this.state.fv ? 0 : -1;
    }

    getPressed(cell) {
        return this.props.onPaint ? String(Boolean(cell.painted)) : undefined;
    }

    onKeydown(ev) {
        const step = STEPS[ev.key];
        if (!step) {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
        const inside = (score) => Math.min(5, Math.max(1, score));
        this.state.r = inside(this.state.r + step[0]);
        this.state.fv = inside(this.state.fv + step[1]);
        const key = getKey(this.state.r, this.state.fv);
        this.root.el.querySelector(`[data-cell="${key}"]`).focus();
    }

    onFocus(cell) {
        this.state.r = cell.r;
        this.state.fv = cell.fv;
        this.props.onHover?.(cell);
    }

    onClick(cell) {
        if (!this.props.onPaint) {
            this.props.onSelect?.(cell, this.pointerType === "touch");
        } else if (!this.isPointerClick) {
            this.props.onPaint(cell, !cell.painted, true);
        }
        this.isPointerClick = false;
        this.pointerType = null;
    }

    onPointerdown(cell, ev) {
        this.pointerType = ev.pointerType;
        if (!this.props.onPaint || ev.button) {
            return;
        }
        this.isPointerClick = true;
        this.stroke = { painted: !cell.painted, keys: new Set([cell.key]) };
        this.props.onPaint(cell, this.stroke.painted, true);
    }

    onPointermove(ev) {
        if (!this.stroke) {
            return;
        }
        if (!ev.buttons) {
            this.stroke = null; // it was released somewhere else
            return;
        }
        // A finger keeps the element it came down on.
        const element = document.elementFromPoint(ev.clientX, ev.clientY);
        const key = element?.closest("[data-cell]")?.dataset.cell;
        const cell = this.props.cells.get(key);
        if (cell && !this.stroke.keys.has(key)) {
            this.stroke.keys.add(key);
            this.props.onPaint(cell, this.stroke.painted, false);
        }
    }

    onPointerup() {
        this.stroke = null;
    }

    onPointercancel() {
        this.onPointerup();
        this.pointerType = null;
    }
}
