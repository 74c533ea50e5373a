import { Component, onWillStart, onWillUpdateProps, status, useState } from "@odoo/owl";

import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { RelationshipConsentDialog } from "./relationship_consent_dialog";

const LOOKS = {
    granted: { icon: "fa-check", color: "text-success" },
    withdrawn: { icon: "fa-times", color: "text-danger" },
    declined: { icon: "fa-minus-circle", color: "text-danger" },
    not_asked: { icon: "fa-question-circle-o", color: "text-muted" },
};
const BLACKLISTED = { icon: "fa-ban", color: "text-danger" };
/** What a person may answer, in the order of the menu. */
const ANSWERS = ["granted", "withdrawn", "declined"];
/** How long the offer to undo stays, in milliseconds. */
const UNDO_DELAY = 8000;
/** Tells all boards on the screen that somebody said something. */
const CHANGED = "RELATIONSHIP-CONSENT:CHANGED";

/**
 * For what and how a person may be contacted: purposes by channels, one click to see
 * the answers, one more to record one.
 *
 * `<RelationshipConsent partnerId="7"/>`; `compact` leaves out the explanations.
 */
export class RelationshipConsent extends Component {
    static template = "crm_relationship.RelationshipConsent";
    static components = { Dropdown, DropdownItem };
    static props = {
        partnerId: [Number, { value: false }],
        compact: { type: Boolean, optional: true },
        onChange: { type: Function, optional: true },
    };

    setup() {
        // Undo works also after this component has gone, so take the services themselves.
        this.orm = this.env.services.orm;
        this.notification = this.env.services.notification;
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.state = useState({ board: null, source: "phone", busy: false });
        onWillStart(() => this.load(this.props.partnerId));
        onWillUpdateProps(({ partnerId }) => {
            if (partnerId !== this.props.partnerId) {
                return this.load(partnerId);
            }
        });
        useBus(this.env.bus, CHANGED, ({ detail }) => {
            // A contact inherits from its company.
            const ids = [this.partnerId, this.board?.customer_id];
            if (ids.includes(detail.partnerId)) {
                return this.reload();
            }
        });
    }

    get board() {
        return this.state.board;
    }

    get hasBlacklist() {
        return this.board.channels.some((channel) => channel.blacklisted);
    }

    get hasInherited() {
        return Object.values(this.board.cells).some((cells) =>
            Object.values(cells).some((cell) => cell.inherited)
        );
    }

    label(choices, key) {
        return Object.fromEntries(this.board[choices])[key];
    }

    async load(partnerId) {
        this.partnerId = partnerId;
        const board = partnerId
            ? await this.orm.call("res.partner", "get_relationship_consents", [
                  [partnerId],
              ])
            : null;
        if (partnerId === this.partnerId && status(this) !== "destroyed") {
            this.state.board = board;
        }
    }

    /** What one cell shows: the state by icon, colour and words; why, as its title. */
    getCell(purpose, channel) {
        const cell = this.board.cells[purpose][channel.id];
        const look = this.getLook(cell, channel);
        const state = this.label("states", cell.state);
        const verdict = cell.allowed ? _t("May be contacted.") : cell.reason;
        return {
            ...look,
            state: cell.state,
            allowed: cell.allowed,
            inherited: cell.inherited,
            label: state,
            title: [
                `${this.label("purposes", purpose)}, ${channel.name}: ${state}`,
                cell.said,
                verdict,
            ]
                .filter(Boolean)
                .join("\n"),
        };
    }

    /** A blacklist shows above all; whom to ask first stands out from whom one may call. */
    getLook(cell, channel) {
        if (channel.blacklisted) {
            const strike =
                cell.state === "granted" ? "text-decoration-line-through" : "";
            return { ...BLACKLISTED, words: `text-muted ${strike}` };
        }
        const look = LOOKS[cell.state];
        if (cell.state === "not_asked" && !cell.allowed) {
            return { ...look, color: "text-warning", words: "text-warning" };
        }
        return { ...look, words: cell.state === "granted" ? "" : look.color };
    }

    get answers() {
        const words = {
            granted: _t("Grant"),
            withdrawn: _t("Withdraw"),
            declined: _t("Decline"),
        };
        return ANSWERS.map((state) => ({ state, name: words[state], ...LOOKS[state] }));
    }

    /**
     * Record an answer; a second click while the first is on its way does nothing.
     *
     * @returns {Promise<boolean>} whether it was recorded
     */
    async record(purpose, channel, state, source, proof) {
        if (this.state.busy) {
            return false;
        }
        const partnerId = this.partnerId;
        this.state.busy = true;
        try {
            const result = await this.orm.call(
                "res.partner",
                "set_relationship_consent",
                [[partnerId], purpose, channel.id, state],
                { source: source || this.state.source, proof: proof || false }
            );
            this.tell(partnerId, result);
        } finally {
            this.state.busy = false;
        }
        this.env.bus.trigger(CHANGED, { partnerId });
        return true;
    }

    async reload() {
        await this.load(this.partnerId);
        if (status(this) !== "destroyed") {
            await this.props.onChange?.();
        }
    }

    tell(partnerId, { consent_id, message }) {
        const close = this.notification.add(message, {
            type: consent_id ? "success" : "info",
            autocloseDelay: UNDO_DELAY,
            buttons: consent_id
                ? [
                      {
                          name: _t("Undo"),
                          primary: true,
                          onClick: () => {
                              close();
                              return this.undo(partnerId, consent_id);
                          },
                      },
                  ]
                : [],
        });
    }

    async undo(partnerId, consentId) {
        const { message } = await this.orm.call(
            "res.partner",
            "undo_relationship_consent",
            [[partnerId], consentId]
        );
        this.notification.add(_t("Undone. %s", message), { type: "info" });
        this.env.bus.trigger(CHANGED, { partnerId });
    }

    openDetails(purpose, channel) {
        const { state } = this.board.cells[purpose][channel.id];
        this.dialog.add(RelationshipConsentDialog, {
            title: `${this.label("purposes", purpose)}, ${channel.name}`,
            states: this.board.states.filter(([key]) => ANSWERS.includes(key)),
            sources: this.board.sources,
            state: ANSWERS.includes(state) ? state : "granted",
            source: this.state.source,
            save: (...answer) => this.record(purpose, channel, ...answer),
        });
    }

    openHistory() {
        return this.action.doActionButton({
            type: "object",
            name: "action_open_relationship_consents",
            resModel: "res.partner",
            resId: this.partnerId,
            resIds: [this.partnerId],
        });
    }
}

/** The same for the record of a partner's form. */
export class RelationshipConsentWidget extends Component {
    static template = "crm_relationship.RelationshipConsentWidget";
    static components = { RelationshipConsent };
    static props = { ...standardWidgetProps };

    setup() {
        this.state = useState({ partnerId: false, customerId: false });
        useRecordObserver((record) => {
            // A contact that was moved inherits from its new company.
            if (!record.dirty) {
                this.state.partnerId = record.resId || false;
                this.state.customerId = record.data.parent_id?.id || false;
            }
        });
    }
}

registry.category("view_widgets").add("relationship_consent", {
    component: RelationshipConsentWidget,
});
