import { Component, useEffect, useRef, useState } from "@odoo/owl";

import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { useService } from "@web/core/utils/hooks";
import { formatMonetary } from "@web/views/fields/formatters";

import { describeDuration } from "./timeline_text";

const { DateTime } = luxon;

const DOCUMENTS = new Set([
    "lead",
    "opportunity",
    "won",
    "lost",
    "quotation",
    "order",
    "cancellation",
    "invoice",
    "payment",
    "credit_note",
    "delivery",
]);

/** One interaction of the timeline. */
export class TimelineEntry extends Component {
    static template = "crm_relationship.TimelineEntry";
    static props = { entry: Object, showCustomer: { type: Boolean, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.previewRef = useRef("preview");
        this.state = useState({ isOpen: false, isLong: false });
        useEffect(
            (el) => {
                if (el && !this.state.isOpen) {
                    this.state.isLong = el.scrollHeight > el.clientHeight + 1;
                }
            },
            () => [this.previewRef.el, this.props.entry.preview]
        );
    }

    get entry() {
        return this.props.entry;
    }

    get time() {
        return deserializeDateTime(this.entry.date).toLocaleString(
            DateTime.TIME_SIMPLE
        );
    }

    get fullTime() {
        return formatDateTime(deserializeDateTime(this.entry.date));
    }

    get arrow() {
        return { in: "fa-arrow-down", out: "fa-arrow-up", both: "fa-exchange" }[
            this.entry.direction
        ];
    }

    get title() {
        return (
            this.entry.subject || (this.entry.is_masked ? "" : this.entry.kind_label)
        );
    }

    /** What matters is what became of it: "Order Confirmed S00042". */
    get isDocument() {
        return DOCUMENTS.has(this.entry.kind);
    }

    /** Where the title does not say it already. */
    get kind() {
        const isSaid = this.isDocument || this.title === this.entry.kind_label;
        return isSaid ? "" : this.entry.kind_label;
    }

    /** Without what the title says already. */
    get preview() {
        return this.entry.preview === this.entry.subject ? "" : this.entry.preview;
    }

    get amount() {
        return formatMonetary(this.entry.amount, {
            currencyId: this.entry.currency_id,
        });
    }

    get duration() {
        return describeDuration(this.entry.duration);
    }

    get sentiment() {
        return {
            positive: ["fa-smile-o", "text-success"],
            neutral: ["fa-meh-o", "text-muted"],
            negative: ["fa-frown-o", "text-danger"],
        }[this.entry.sentiment];
    }

    get outcomeClass() {
        return (
            {
                reached: "text-bg-success",
                interested: "text-bg-success",
                on_time: "text-bg-success",
                not_interested: "text-bg-secondary",
                late: "text-bg-danger",
            }[this.entry.outcome] || "text-bg-warning"
        );
    }

    toggle() {
        this.state.isOpen = !this.state.isOpen;
    }

    async openDocument() {
        const action = await this.orm.call(
            "relationship.interaction",
            "action_open_document",
            [[this.entry.id]]
        );
        await this.action.doAction(action);
    }

    openInteraction() {
        return this.openRecord("relationship.interaction", this.entry.id);
    }

    openPartner(id) {
        return this.openRecord("res.partner", id);
    }

    openRecord(resModel, resId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: resModel,
            res_id: resId,
            views: [[false, "form"]],
        });
    }
}
