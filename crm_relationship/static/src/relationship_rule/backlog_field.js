import { registry } from "@web/core/registry";
import { RadioField, radioField } from "@web/views/fields/radio/radio_field";

/** What to do with what is due already: only a rule that has paused can go on. */
export class BacklogField extends RadioField {
    get items() {
        const { is_paused: isPaused } = this.props.record.data;
        return super.items.filter(([value]) => isPaused || value !== "resume");
    }
}

export const backlogField = {
    ...radioField,
    component: BacklogField,
    supportedTypes: ["selection"],
    fieldDependencies: [{ name: "is_paused", type: "boolean" }],
};

registry.category("fields").add("relationship_backlog", backlogField);
