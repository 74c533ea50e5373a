import { Component } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * A selection whose keys are Font Awesome classes: shown, and chosen, as icons.
 */
export class RelationshipIconField extends Component {
    static template = "crm_relationship.RelationshipIconField";
    static props = {
        ...standardFieldProps,
        showAll: { type: Boolean, optional: true },
    };

    get icons() {
        return this.props.record.fields[this.props.name].selection;
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get label() {
        return this.icons.find(([icon]) => icon === this.value)?.[1] || "";
    }

    choose(icon) {
        return this.props.record.update({ [this.props.name]: icon });
    }

    /** The arrow keys walk through a group of radio buttons. */
    onKeydown(ev) {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[
            ev.key
        ];
        if (step) {
            ev.preventDefault();
            const buttons = [...ev.currentTarget.querySelectorAll("button")];
            const next = buttons.indexOf(document.activeElement) + step;
            buttons.at(next % buttons.length).focus();
        }
    }
}

registry.category("fields").add("relationship_icon", {
    component: RelationshipIconField,
    displayName: _t("Icon"),
    supportedTypes: ["selection"],
    extractProps: ({ viewType }) => ({ showAll: viewType === "form" }),
});
