import { registry } from "@web/core/registry";
import { IntegerField, integerField } from "@web/views/fields/integer/integer_field";

/** A whole number where 0 means unknown: a year, an age. No thousands separator. */
export class NumberOrEmptyField extends IntegerField {
    get formattedValue() {
        return this.value ? String(this.value) : "";
    }
}

registry.category("fields").add("relationship_number_or_empty", {
    ...integerField,
    component: NumberOrEmptyField,
});
