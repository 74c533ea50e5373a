import { Component, useState } from "@odoo/owl";

import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { RecordSelector } from "@web/core/record_selectors/record_selector";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Explains step by step why a rule would act for a customer, or would not. */
export class RuleTestDialog extends Component {
    static template = "crm_relationship.RuleTestDialog";
    static components = { Dialog, RecordSelector };
    static props = {
        close: Function,
        name: String,
        resId: Number,
        resModel: String,
        isOn: Boolean,
    };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({
            partnerId: false,
            steps: null,
            error: "",
            loading: false,
        });
        this.domain = [["parent_id", "=", false]];
        this.placeholder = _t("Choose a customer");
        this.title = _t("Test “%s”", this.props.name);
    }

    async explain(partnerId) {
        Object.assign(this.state, {
            partnerId,
            steps: null,
            error: "",
            loading: Boolean(partnerId),
        });
        try {
            // Also for nobody: the answer for whom was chosen before is dropped.
            this.state.steps = await this.keepLast.add(
                partnerId
                    ? this.orm.call(this.props.resModel, "explain_for", [
                          [this.props.resId],
                          partnerId,
                      ])
                    : Promise.resolve(null)
            );
        } catch (error) {
            this.state.error = error.data?.message || error.message;
        }
        this.state.loading = false;
    }

    get steps() {
        return this.state.steps
            .filter((step) => step.ok !== null) // what it did not come to
            .map((step) => ({ ...step, ...this.getLook(step.ok) }));
    }

    getLook(ok) {
        return ok
            ? { icon: "fa-check-circle text-success", says: _t("Yes") }
            : { icon: "fa-times-circle text-danger", says: _t("No") };
    }

    get verdict() {
        const stop = this.state.steps.find((step) => step.ok === false);
        if (stop?.step === "trigger") {
            return {
                ok: false,
                text: _t(
                    "The rule would not act now: what it waits for has not happened to this customer."
                ),
            };
        }
        if (stop) {
            return {
                ok: false,
                text: _t("The rule would not act now: %s", stop.detail || stop.label),
            };
        }
        return {
            ok: true,
            text: this.props.isOn
                ? _t("The rule would act for this customer now.")
                : _t("The rule would act for this customer now, if it were on."),
        };
    }
}

/** A button that saves the rule and tests it on a customer. */
export class RuleTest extends Component {
    static template = "crm_relationship.RuleTest";
    static props = { ...standardWidgetProps };

    setup() {
        this.dialog = useService("dialog");
        this.state = useState({ busy: false });
    }

    async open() {
        if (this.state.busy) {
            return;
        }
        const { record } = this.props;
        const onClose = () => (this.state.busy = false);
        this.state.busy = true;
        let isSaved = false;
        try {
            isSaved = await record.save();
        } finally {
            this.state.busy = isSaved;
        }
        if (isSaved) {
            const props = {
                isOn: record.data.state === "on",
                name: record.data.name,
                resId: record.resId,
                resModel: record.resModel,
            };
            this.dialog.add(RuleTestDialog, props, { onClose });
        }
    }
}

registry.category("view_widgets").add("relationship_rule_test", {
    component: RuleTest,
});
