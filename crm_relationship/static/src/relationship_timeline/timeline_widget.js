import { Component, useState } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { RelationshipTimeline } from "./timeline";

/**
 * The timeline of the customer of a record.
 *
 * A view widget for any form whose record is a partner or points to one:
 * `<widget name="relationship_timeline" partner_field="partner_id"/>`. On a page of a
 * notebook it loads when the page is opened.
 */
export class RelationshipTimelineWidget extends Component {
    static template = "crm_relationship.RelationshipTimelineWidget";
    static components = { RelationshipTimeline };
    static props = {
        ...standardWidgetProps,
        partnerField: { type: String, optional: true },
    };

    setup() {
        this.state = useState({ partnerId: false, isContact: false });
        useRecordObserver((record, { partnerField }) => {
            this.state.partnerId =
                (partnerField ? record.data[partnerField]?.id : record.resId) || false;
            this.state.isContact = !partnerField && Boolean(record.data.parent_id);
        });
    }
}

registry.category("view_widgets").add("relationship_timeline", {
    component: RelationshipTimelineWidget,
    extractProps: ({ attrs }) => ({ partnerField: attrs.partner_field }),
    fieldDependencies: ({ attrs }) =>
        attrs.partner_field
            ? [{ name: attrs.partner_field, type: "many2one", relation: "res.partner" }]
            : [],
});
