import { Component, onWillStart, useState } from "@odoo/owl";

import { Dropdown } from "@web/core/dropdown/dropdown";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";

import { USER_GROUP } from "./log_contact_service";
import { formatElapsed, useClock } from "./timer_text";

/** Logs a contact from anywhere, and shows the call that is being timed. */
export class LogContactSystray extends Component {
    static template = "crm_relationship.LogContactSystray";
    static components = { Dropdown };
    static props = {};

    setup() {
        this.logContact = useService("relationship_log_contact");
        this.shared = useState(this.logContact.state);
        this.state = useState({ isAllowed: false });
        this.clock = useClock();
        this.dropdown = useDropdownState();
        onWillStart(() => {
            // The bar does not wait for it.
            user.hasGroup(USER_GROUP).then(
                (allowed) => (this.state.isAllowed = allowed)
            );
        });
    }

    get elapsed() {
        return formatElapsed(this.shared.timer.start, this.clock.now);
    }

    get running() {
        return _t("In contact with %s", this.shared.timer.partner.name);
    }

    finish() {
        this.dropdown.close();
        this.logContact.open({ partnerId: this.shared.timer.partner.id });
    }

    discard() {
        this.dropdown.close();
        this.logContact.stopTimer();
    }

    logOther() {
        this.dropdown.close();
        this.logContact.open();
    }
}

registry
    .category("systray")
    .add(
        "crm_relationship.log_contact",
        { Component: LogContactSystray },
        { sequence: 30 }
    );
