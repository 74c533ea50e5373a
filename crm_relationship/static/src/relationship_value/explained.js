import { Component, onWillStart, onWillUnmount, useRef, useState } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { usePopover } from "@web/core/popover/popover_hook";
import { useService } from "@web/core/utils/hooks";

/** A pointer that only passes by asks for nothing. */
const HOVER_DELAY = 300;
const LEAVE_DELAY = 150;

class ExplainedPopover extends Component {
    static template = "crm_relationship.ExplainedPopover";
    static props = {
        title: String,
        load: Function,
        notes: Array,
        onPointer: Function,
        close: { type: Function, optional: true },
    };

    setup() {
        this.state = useState({ sentence: null });
        onWillStart(() => {
            this.load(); // the popover does not wait for it
        });
    }

    async load() {
        try {
            this.state.sentence =
                (await this.props.load()) ||
                _t("Nothing more is known about this yet.");
        } catch {
            this.state.sentence = _t("This could not be looked up. Try again later.");
        }
    }
}

/**
 * Something shown of a customer that can say why it is so.
 *
 * Pointing at it, clicking it, or enter and space on it open the sentence that the
 * profile has for the field; it is asked for once for each value.
 *
 * @prop {Number} profileId
 * @prop {String} name of the field of the profile
 * @prop {String} title
 * @prop {String} label what is shown, in words
 * @prop {String} [sentence] where it is known already
 * @prop {{title: String, text: String}[]} [notes] what else the popover says
 */
export class RelationshipExplained extends Component {
    static template = "crm_relationship.RelationshipExplained";
    static props = {
        profileId: Number,
        name: String,
        title: String,
        label: String,
        sentence: { type: String, optional: true },
        notes: { type: Array, optional: true },
        slots: Object,
    };

    setup() {
        this.orm = useService("orm");
        this.button = useRef("button");
        this.popover = usePopover(ExplainedPopover, {
            position: "top",
            popoverClass: "o_relationship_explanation",
            onClose: () => {
                this.isPinned = false;
            },
        });
        this.sentences = new Map();
        onWillUnmount(() => browser.clearTimeout(this.timer));
    }

    get ariaLabel() {
        return _t("%(title)s: %(value)s. Why?", {
            title: this.props.title,
            value: this.props.label,
        });
    }

    /** The sentence, from the server once for each value. */
    load() {
        const { label, name, profileId, sentence } = this.props;
        if (sentence) {
            return sentence;
        }
        const key = `${profileId}/${name}/${label}`;
        if (!this.sentences.has(key)) {
            const asked = this.ask(profileId, name);
            asked.catch(() => this.sentences.delete(key)); // the next time asks again
            this.sentences.set(key, asked);
        }
        return this.sentences.get(key);
    }

    async ask(profileId, name) {
        const said = await this.orm.silent.call(
            "relationship.profile",
            "explain",
            [[profileId]],
            { names: [name] }
        );
        return said[profileId]?.[name] || "";
    }

    onClick() {
        browser.clearTimeout(this.timer);
        if (this.popover.isOpen && this.isPinned) {
            this.popover.close();
        } else {
            this.open();
            this.isPinned = true;
        }
    }

    /** A list opens the record, and moves to the next cell, by these keys. */
    onKeydown(ev) {
        if (ev.key === "Enter" || ev.key === " ") {
            ev.stopPropagation();
        }
    }

    onPointerenter(ev) {
        if (ev.pointerType !== "touch") {
            this.later(() => this.open(), HOVER_DELAY);
        }
    }

    onPointerleave() {
        this.later(() => this.leave(), LEAVE_DELAY);
    }

    /** The pointer may go to the popover, to copy the sentence. */
    onPopoverPointer(isInside) {
        if (isInside) {
            browser.clearTimeout(this.timer);
        } else {
            this.onPointerleave();
        }
    }

    later(work, delay) {
        browser.clearTimeout(this.timer);
        this.timer = browser.setTimeout(work, delay);
    }

    leave() {
        if (!this.isPinned) {
            this.popover.close();
        }
    }

    open() {
        if (!this.popover.isOpen && this.button.el) {
            this.popover.open(this.button.el, {
                title: this.props.title,
                load: this.load.bind(this),
                notes: this.props.notes || [],
                onPointer: this.onPopoverPointer.bind(this),
            });
        }
    }
}

/** A score from 1 to 5 as dots, and as a figure. */
export class RelationshipScore extends Component {
    static template = "crm_relationship.RelationshipScore";
    static props = { value: Number };
    scores = [1, 2, 3, 4, 5];
}

/** From here on a risk is high, and from there on it is to be watched. */
const HIGH_RISK = 0.5;
const SOME_RISK = 0.25;

/** A probability as a bar in the colour of the risk. */
export class RelationshipChance extends Component {
    static template = "crm_relationship.RelationshipChance";
    static props = { value: Number, risk: Number, text: String };

    get barClass() {
        const { risk } = this.props;
        if (risk >= HIGH_RISK) {
            return "bg-danger";
        }
        return risk >= SOME_RISK ? "bg-warning" : "bg-success";
    }

    get percent() {
        return Math.round(100 * this.props.value);
    }
}
