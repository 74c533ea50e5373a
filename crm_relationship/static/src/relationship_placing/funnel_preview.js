import { Component, useState } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { formatInteger } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Where the customers would be in the chosen funnel: a bar per stage. */
export class FunnelPreview extends Component {
    static template = "crm_relationship.FunnelPreview";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ stages: [], error: "" });
        useRecordObserver(async (record) => {
            const { funnel } = record.data;
            if (!funnel || funnel === this.funnel) {
                return;
            }
            this.funnel = funnel;
            try {
                const { stages } = await this.keepLast.add(
                    this.orm.silent.call(record.resModel, "get_preview", [funnel])
                );
                Object.assign(this.state, { stages, error: "" });
            } catch (error) {
                this.state.stages = [];
                this.state.error = error.data?.message || error.message;
            }
        });
    }

    get isCurrent() {
        return this.props.record.data.is_current;
    }

    get stages() {
        const { stages } = this.state;
        const max = Math.max(1, ...stages.map((stage) => stage.count));
        return stages.map((stage) => ({
            ...stage,
            shownCount: formatInteger(stage.count),
            width: stage.count ? Math.max(2, (100 * stage.count) / max) : 0,
        }));
    }
}

registry.category("view_widgets").add("relationship_funnel_preview", {
    component: FunnelPreview,
});
