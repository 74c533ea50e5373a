import { Component, useState } from "@odoo/owl";

import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { describeDeadline } from "./timeline_text";

/** Steps shown before somebody asks for all. */
const SHOWN = 3;

/**
 * What is to be done next, overdue ones first.
 *
 * @prop {Object[]} steps as `relationship.interaction.get_timeline` returns them
 * @prop {boolean} [showDocument] name the customer or order of every step
 * @prop {Function} onDone called after a step was done
 */
export class TimelineSteps extends Component {
    static template = "crm_relationship.TimelineSteps";
    static props = {
        steps: Array,
        showDocument: { type: Boolean, optional: true },
        onDone: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.state = useState({ showAll: false, doneId: false });
    }

    get steps() {
        return this.state.showAll ? this.props.steps : this.props.steps.slice(0, SHOWN);
    }

    get hidden() {
        return this.props.steps.length - this.steps.length;
    }

    get more() {
        return _t("%s more", this.hidden);
    }

    deadline(step) {
        return describeDeadline(deserializeDate(step.deadline));
    }

    date(step) {
        return formatDate(deserializeDate(step.deadline));
    }

    stateClass(step) {
        return {
            overdue: "text-danger",
            today: "text-warning-emphasis",
            planned: "text-success",
        }[step.state];
    }

    isNamed(step) {
        return this.props.showDocument || step.is_elsewhere;
    }

    showAll() {
        this.state.showAll = true;
    }

    open(step) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: step.res_model,
            res_id: step.res_id,
            views: [[false, "form"]],
        });
    }

    async markDone(step) {
        if (this.state.doneId) {
            return;
        }
        this.state.doneId = step.id;
        try {
            await this.orm.call("mail.activity", "action_feedback", [[step.id]]);
            this.notification.add(_t("Done: %s", step.summary), { type: "success" });
            await this.props.onDone();
        } finally {
            this.state.doneId = false;
        }
    }
}
