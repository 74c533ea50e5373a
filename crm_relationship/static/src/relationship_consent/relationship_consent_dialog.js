import { Component, useState } from "@odoo/owl";

import { Dialog } from "@web/core/dialog/dialog";
import { useAutofocus } from "@web/core/utils/hooks";

/**
 * Asks what exactly was said, and how.
 *
 * @prop {Function} save gets state, source and proof; the dialog stays open, with what
 *  was typed, unless it resolves to true
 */
export class RelationshipConsentDialog extends Component {
    static template = "crm_relationship.RelationshipConsentDialog";
    static components = { Dialog };
    static props = {
        title: String,
        states: Array,
        sources: Array,
        state: String,
        source: String,
        save: Function,
        close: Function,
    };

    setup() {
        useAutofocus({ refName: "proof" });
        this.state = useState({
            state: this.props.state,
            source: this.props.source,
            proof: "",
            busy: false,
        });
    }

    async save() {
        // The second click of a doubled one may come before the button is disabled.
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            const { state, source, proof } = this.state;
            if (await this.props.save(state, source, proof.trim())) {
                this.props.close();
            }
        } finally {
            this.state.busy = false;
        }
    }
}
