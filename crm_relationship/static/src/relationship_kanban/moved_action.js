import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** How long the notification offers to undo. */
const UNDO_MS = 12000;

/** Show the customers where they are now, if customers are what is shown. */
function reload(env) {
    const { currentController } = env.services.action;
    if (currentController?.action.res_model === "relationship.profile") {
        return env.services.action.doAction("soft_reload");
    }
}

/**
 * Says that customers were moved by hand and offers to take it back, wherever the user
 * has gone meanwhile. Closes the dialog that asked for the reason.
 */
export function relationshipMovedAction(env, { params }) {
    const { action, notification, orm } = env.services;
    const notes = [];
    const undo = async () => {
        notes.forEach((close) => close());
        const said = await orm.call("relationship.stage.move", "action_undo", [
            params.move_ids,
        ]);
        await action.doAction(said, { onClose: () => reload(env) });
    };
    const buttons = params.move_ids.length
        ? [{ name: _t("Undo"), icon: "fa-undo", primary: true, onClick: undo }]
        : [];
    notes.push(
        notification.add(params.message, {
            type: "success",
            autocloseDelay: UNDO_MS,
            buttons,
        })
    );
    return { type: "ir.actions.act_window_close", infos: { isMoved: true } };
}

registry.category("actions").add("relationship_moved", relationshipMovedAction);
