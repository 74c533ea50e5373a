import { Component } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { formatInteger } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Where the customers would be in a funnel: a bar per stage. */
export class FunnelPreviewField extends Component {
    static template = "crm_relationship.FunnelPreviewField";
    static props = { ...standardFieldProps };

    get preview() {
        return this.props.record.data[this.props.name];
    }

    get stages() {
        const max = Math.max(1, ...this.preview.stages.map((stage) => stage.count));
        return this.preview.stages.map((stage) => ({
            ...stage,
            shownCount: formatInteger(stage.count),
            width: stage.count ? Math.max(2, (100 * stage.count) / max) : 0,
        }));
    }
}

registry.category("fields").add("relationship_funnel_preview", {
    component: FunnelPreviewField,
    supportedTypes: ["jsonb", "json"],
});
