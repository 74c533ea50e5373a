import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { RelationalModel } from "@web/model/relational_model/relational_model";
import { kanbanView } from "@web/views/kanban/kanban_view";

/** Fields that are set by hand, and the dialogs that ask for the reason. */
const DIALOGS = {
    stage_id: "relationship.stage.pin",
    segment_id: "relationship.segment.pin",
};

/**
 * A card that was dropped in another stage or segment: asks why and until when, before
 * anything is written. Odoo's kanban puts the card back if nothing was.
 */
export class RelationshipKanbanRecord extends RelationalModel.Record {
    async update(changes, { save } = {}) {
        const fieldName = Object.keys(DIALOGS).find((name) => name in changes);
        if (!save || !fieldName) {
            return super.update(...arguments);
        }
        if (!changes[fieldName]) {
            this.model.notification.add(
                _t("A customer is always somewhere. Choose another column."),
                { type: "warning" }
            );
            return false;
        }
        if (!(await this.askWhy(fieldName, changes[fieldName]))) {
            return false;
        }
        await this.load();
        this.model.hooks.onRecordSaved(this, changes);
        return true;
    }

    /** Whether the customer was moved. */
    askWhy(fieldName, place) {
        return new Promise((resolve, reject) => {
            this.model.action
                .doAction(
                    {
                        type: "ir.actions.act_window",
                        name: _t("Move to “%s”", place.display_name),
                        res_model: DIALOGS[fieldName],
                        views: [[false, "form"]],
                        target: "new",
                        context: {
                            active_ids: [this.resId],
                            [`default_${fieldName}`]: place.id,
                            relationship_dragged: true,
                        },
                    },
                    { onClose: (infos) => resolve(Boolean(infos?.isMoved)) }
                )
                .catch(reject);
        });
    }
}

export class RelationshipKanbanModel extends RelationalModel {
    static Record = RelationshipKanbanRecord;
}

export const relationshipKanbanView = {
    ...kanbanView,
    Model: RelationshipKanbanModel,
};

registry.category("views").add("relationship_kanban", relationshipKanbanView);
