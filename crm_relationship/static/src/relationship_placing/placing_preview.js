import { Component, onWillUnmount, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { sayMoves } from "./placing_dialog";
import { PlacingMoves } from "./placing_moves";

const DELAY = 500; // ms without a change before the server is asked

/** Who would move if the form were saved now: follows what is typed. */
export class PlacingPreview extends Component {
    static template = "crm_relationship.PlacingPreview";
    static components = { PlacingMoves };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ preview: null, error: "" });
        const load = useDebounced((record) => this.load(record), DELAY);
        useRecordObserver((record) => {
            const { domain, sequence, active, company_id, name } = record.data;
            const rules = JSON.stringify([domain, sequence, active, company_id?.id]);
            if (record.dirty && rules !== this.rules && name) {
                load(record);
            } else if (!record.dirty) {
                load.cancel();
                Object.assign(this.state, { preview: null, error: "" });
            }
            this.rules = rules;
        });
        onWillUnmount(() => load.cancel());
    }

    get sentence() {
        return _t("If you save: %s", sayMoves(this.state.preview.count));
    }

    async load(record) {
        const values = await record.getChanges();
        try {
            const preview = await this.keepLast.add(
                this.orm.silent.call(
                    record.resModel,
                    "get_move_preview",
                    [record.resId ? [record.resId] : []],
                    { method: "save", values }
                )
            );
            // Saved or discarded meanwhile: nothing is left to be said.
            Object.assign(this.state, {
                preview: record.dirty ? preview : null,
                error: "",
            });
        } catch (error) {
            this.state.preview = null;
            this.state.error = error.data?.message || error.message;
        }
    }
}

registry.category("view_widgets").add("relationship_placing_preview", {
    component: PlacingPreview,
});
