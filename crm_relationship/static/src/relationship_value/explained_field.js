import { Component, onWillStart, onWillUnmount, useRef, useState } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { usePopover } from "@web/core/popover/popover_hook";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatPercentage } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A pointer that only passes by asks for nothing. */
const HOVER_DELAY = 300;
const LEAVE_DELAY = 150;
/** From here on a risk is high, and from there on it is to be watched. */
const HIGH_RISK = 0.5;
const SOME_RISK = 0.25;

export class ExplainedPopover extends Component {
    static template = "crm_relationship.ExplainedPopover";
    static props = {
        title: String,
        load: Function,
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
        this.state.sentence =
            (await this.props.load()) || _t("Nothing more is known about this yet.");
    }
}

/**
 * A figure that can say why it is what it is.
 *
 * Pointing at it, clicking it, or enter and space on it open the sentence that the
 * profile has for the field; it is asked for once.
 *
 * Options: `display`, one of score (1 to 5 as dots), risk and chance (a bar, and percent),
 * tag (with `color_field`); `profile_field` where the record only points to the profile.
 */
export class RelationshipExplainedField extends Component {
    static template = "crm_relationship.RelationshipExplainedField";
    static props = {
        ...standardFieldProps,
        display: { type: String, optional: true },
        colorField: { type: String, optional: true },
        profileField: { type: String, optional: true },
        string: { type: String, optional: true },
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
        this.scores = [1, 2, 3, 4, 5];
        onWillUnmount(() => browser.clearTimeout(this.timer));
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get field() {
        return this.props.record.fields[this.props.name];
    }

    /** Scores begin at 1, a forecast may be 0: what is nothing depends. */
    get isEmpty() {
        const { value } = this;
        return value === false || value === null || (!value && this.isUnknownByZero);
    }

    get isUnknownByZero() {
        return this.props.display === "score";
    }

    get text() {
        const { data } = this.props.record;
        if (["risk", "chance"].includes(this.props.display)) {
            return formatPercentage(this.value, { digits: [16, 0] });
        }
        const format = registry.category("formatters").get(this.field.type);
        return format(this.value, { field: this.field, data });
    }

    get label() {
        return _t("%(field)s: %(value)s. Why?", {
            field: this.title,
            value:
                this.props.display === "score" ? _t("%s of 5", this.value) : this.text,
        });
    }

    get title() {
        return this.props.string || this.field.string;
    }

    get color() {
        const { colorField, record } = this.props;
        return (colorField && record.data[colorField]) || 0;
    }

    get percent() {
        return Math.round(100 * this.value);
    }

    get barClass() {
        const risk = this.props.display === "risk" ? this.value : 1 - this.value;
        return risk >= HIGH_RISK
            ? "bg-danger"
            : risk >= SOME_RISK
              ? "bg-warning"
              : "bg-success";
    }

    get profileId() {
        const { record, profileField } = this.props;
        return profileField ? record.data[profileField]?.id : record.resId;
    }

    /** The sentence, from the server once for each value of the field. */
    load() {
        const { name, record } = this.props;
        const key = [this.profileId, name, record.data[name]?.id ?? record.data[name]];
        const cacheKey = JSON.stringify(key);
        if (!this.sentences.has(cacheKey)) {
            this.sentences.set(cacheKey, this.ask(this.profileId, name));
        }
        return this.sentences.get(cacheKey);
    }

    async ask(profileId, name) {
        const said = await this.orm.silent.call(
            "relationship.profile",
            "explain",
            [[profileId]],
            {
                names: [name],
            }
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
            this.later(() => this.leave(), LEAVE_DELAY);
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
                title: this.title,
                load: this.load.bind(this),
                onPointer: this.onPopoverPointer.bind(this),
            });
        }
    }
}

registry.category("fields").add("relationship_explained", {
    component: RelationshipExplainedField,
    displayName: _t("Explained Figure"),
    supportedTypes: ["integer", "float", "monetary", "many2one", "date", "selection"],
    supportedOptions: [
        {
            label: _t("Display"),
            name: "display",
            type: "selection",
            choices: [
                { label: _t("Score"), value: "score" },
                { label: _t("Risk"), value: "risk" },
                { label: _t("Chance"), value: "chance" },
                { label: _t("Tag"), value: "tag" },
            ],
        },
    ],
    isEmpty: () => false,
    fieldDependencies: ({ options }) =>
        options.color_field ? [{ name: options.color_field, type: "integer" }] : [],
    extractProps: ({ options, string }) => ({
        display: options.display,
        colorField: options.color_field,
        profileField: options.profile_field,
        string,
    }),
});
