import { Component, useState } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { RelationshipKeyDateAdd } from "./relationship_key_date_add";

/** The next key dates on the form of a contact: `<widget name="relationship_key_dates"/>` */
export class RelationshipKeyDates extends Component {
    static template = "crm_relationship.RelationshipKeyDates";
    static components = { RelationshipKeyDateAdd };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ data: null });
        useRecordObserver((record) => {
            if (record.resId !== this.partnerId || !record.dirty) {
                return this.load(record.resId);
            }
        });
    }

    async load(partnerId) {
        this.partnerId = partnerId;
        const data = partnerId
            ? await this.orm.call("res.partner", "get_relationship_key_dates", [
                  [partnerId],
              ])
            : null;
        if (partnerId === this.partnerId) {
            this.state.data = data && { partnerId, keyDates: data.key_dates };
        }
    }

    /** The list on the form follows, unless that would throw away what is being typed. */
    async onChange() {
        const { record } = this.props;
        if (!record.dirty) {
            await record.load();
        }
        await this.load(record.resId);
    }
}

registry.category("view_widgets").add("relationship_key_dates", {
    component: RelationshipKeyDates,
});
