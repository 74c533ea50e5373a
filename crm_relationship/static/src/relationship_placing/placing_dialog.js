import { Component } from "@odoo/owl";

import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";

import { PlacingMoves } from "./placing_moves";

/** Says how many customers a change of the rules would move. */
export function sayMoves(count) {
    return count === 1
        ? _t("1 customer would move.")
        : _t("%s customers would move.", formatInteger(count));
}

/** Asks whether the rules are to be changed, and shows who would move by it. */
export class PlacingDialog extends Component {
    static template = "crm_relationship.PlacingDialog";
    static components = { Dialog, PlacingMoves };
    static props = {
        close: Function,
        confirm: Function,
        label: String,
        preview: Object,
        title: String,
    };

    get sentence() {
        return sayMoves(this.props.preview.count);
    }

    confirm() {
        this.props.confirm();
        this.props.close();
    }
}

/**
 * Ask before customers move.
 *
 * @returns {Function} of (how, ids, options): resolves to the version of the rules that
 *  was confirmed, or to null if it was not. `options.always`: ask even if nobody moves
 */
export function usePlacingConfirmation(resModel) {
    const orm = useService("orm");
    const dialog = useService("dialog");
    return async (how, ids, { values, offset, label, always } = {}) => {
        const preview = await orm.call(resModel, "get_move_preview", [ids], {
            method: how,
            values,
            offset,
        });
        if (!preview.count && !always) {
            return preview.version;
        }
        return new Promise((resolve) => {
            let version = null;
            dialog.add(
                PlacingDialog,
                {
                    preview,
                    title: _t("Who Would Move"),
                    label: label || _t("Save and Move"),
                    confirm: () => (version = preview.version),
                },
                { onClose: () => resolve(version) }
            );
        });
    };
}
