import { Component, onMounted, onWillUnmount } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/**
 * Opens the dialog to log a contact with the customer of a record.
 *
 * A view widget for any form or kanban card whose record is a partner or points to one:
 * `<widget name="relationship_log_contact" partner_field="partner_id"/>`.
 */
export class LogContactButton extends Component {
    static template = "crm_relationship.LogContactButton";
    static props = {
        ...standardWidgetProps,
        partnerField: { type: String, optional: true },
        isIcon: { type: Boolean, optional: true },
    };

    setup() {
        this.logContact = useService("relationship_log_contact");
        if (this.props.isIcon) {
            return; // one of many on the screen
        }
        let hide = null;
        onMounted(() => {
            hide = this.logContact.show(this, () => this.partnerId);
        });
        onWillUnmount(() => hide());
        useBus(this.logContact.bus, "changed", ({ detail }) => this.onChanged(detail));
    }

    get partnerId() {
        const { partnerField, record } = this.props;
        return (partnerField ? record.data[partnerField]?.id : record.resId) || false;
    }

    open() {
        this.logContact.open({ partnerId: this.partnerId });
    }

    /** What the form shows of the customer follows, unless somebody is typing there. */
    async onChanged({ partnerId, customerId }) {
        const { record } = this.props;
        const isMine = [partnerId, customerId].includes(this.partnerId);
        if (isMine && !(await record.isDirty())) {
            await record.load();
        }
    }
}

registry.category("view_widgets").add("relationship_log_contact", {
    component: LogContactButton,
    extractProps: ({ attrs }) => ({
        partnerField: attrs.partner_field,
        isIcon: Boolean(attrs.icon_only),
    }),
    fieldDependencies: ({ attrs }) =>
        attrs.partner_field
            ? [{ name: attrs.partner_field, type: "many2one", relation: "res.partner" }]
            : [],
});
