import { Component, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatFloat, formatInteger } from "@web/views/fields/formatters";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";
import { SelectCreateDialog } from "@web/views/view_dialogs/select_create_dialog";

const SHOWN = 8;

/** Who would move from where to where: one bar per pair of places; a click lists them. */
export class PlacingMoves extends Component {
    static template = "crm_relationship.PlacingMoves";
    static props = { preview: Object };

    setup() {
        this.dialog = useService("dialog");
        this.state = useState({ all: false });
    }

    get rows() {
        const { rows } = this.props.preview;
        const max = Math.max(...rows.map((row) => row.count));
        const several = new Set(rows.map((row) => row.company)).size > 1;
        return (this.state.all ? rows : rows.slice(0, SHOWN)).map((row, index) => ({
            ...row,
            key: index,
            company: several || !row.domain ? row.company : false,
            from: row.from || _t("New"),
            to: row.to || _t("None"),
            shownCount: formatInteger(row.count),
            shownRevenue: formatFloat(row.revenue, {
                digits: [16, 0],
                humanReadable: true,
            }),
            width: Math.max(2, (100 * row.count) / max),
        }));
    }

    get hidden() {
        return this.state.all ? 0 : Math.max(0, this.props.preview.rows.length - SHOWN);
    }

    openCustomers({ from, to, domain }) {
        this.dialog.add(SelectCreateDialog, {
            resModel: "relationship.profile",
            title: _t("%(from)s to %(to)s", { from, to }),
            domain,
            noCreate: true,
            multiSelect: false,
            context: {
                list_view_ref: "crm_relationship.relationship_profile_view_list_short",
            },
            onSelected: ([resId]) =>
                this.dialog.add(FormViewDialog, {
                    resModel: "relationship.profile",
                    resId,
                    preventEdit: true,
                }),
        });
    }
}
