import { Component, markup, onWillUnmount, useRef, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { formatInteger } from "@web/views/fields/formatters";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const DELAY = 500; // ms without a change before the server is asked
/** What says nothing of whom the rule acts for. */
const SILENT = new Set(["name", "sequence", "state", "run_ids", "window_days"]);
const WINDOWS = [7, 30, 90];

/** For whom the rule would act, if it were saved and ran now: follows what is typed. */
export class RulePreview extends Component {
    static template = "crm_relationship.RulePreview";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.root = useRef("root");
        this.keepLast = new KeepLast();
        this.state = useState({
            preview: null,
            past: null,
            pastError: "",
            loading: true,
            looking: false,
            error: "",
        });
        const load = useDebounced((record) => this.load(record), DELAY);
        useRecordObserver((record) => {
            const said = this.say(record);
            if (said !== this.said) {
                const isFirst = this.said === undefined;
                this.said = said;
                this.state.loading = true;
                if (isFirst) {
                    this.load(record);
                } else {
                    load(record);
                }
            }
        });
        onWillUnmount(() => load.cancel());
    }

    /** What the rule says, to see whether it has changed. */
    say(record) {
        return JSON.stringify(
            Object.keys(record.activeFields)
                .filter((name) => this.counts(record, name))
                .map((name) => {
                    const value = record.data[name];
                    if (value && value.records) {
                        return value.records.map((line) =>
                            value.model.config.resModel && line.resId
                                ? line.resId
                                : line.id
                        );
                    }
                    return value && value.id ? value.id : value;
                })
        );
    }

    counts(record, name) {
        return !SILENT.has(name) && !record.fields[name].readonly;
    }

    async load(record) {
        const ids = record.resId ? [record.resId] : [];
        const values = await record.getChanges();
        this.state.loading = true;
        try {
            const preview = await this.keepLast.add(
                this.orm.silent.call(record.resModel, "get_preview", [ids], { values })
            );
            Object.assign(this.state, {
                preview,
                error: preview.error,
                loading: false,
                past: null,
                pastError: "",
            });
        } catch (error) {
            Object.assign(this.state, {
                preview: null,
                error: error.data?.message || error.message,
                loading: false,
            });
        }
    }

    /** Walks through 90 days, so only who asks for it waits for it. */
    async lookBack() {
        const { record } = this.props;
        const asked = this.said;
        const answer = { past: null, pastError: "" };
        Object.assign(this.state, answer, { looking: true });
        try {
            const past = await this.orm.silent.call(
                record.resModel,
                "get_past_preview",
                [record.resId ? [record.resId] : []],
                { values: await record.getChanges(), days: WINDOWS }
            );
            Object.assign(answer, past.error ? { pastError: past.error } : { past });
        } catch (error) {
            answer.pastError = error.data?.message || error.message;
        }
        this.state.looking = false;
        // What was changed meanwhile is another question.
        if (asked === this.said) {
            Object.assign(this.state, answer);
        }
    }

    /** E.g. "12 customers would be treated", with the number to be seen from afar. */
    get headline() {
        return this.sayCount("o_relationship_rule_count display-6 fw-bold me-1");
    }

    get barText() {
        return this.sayCount("fw-bold");
    }

    sayCount(className) {
        const { count } = this.state.preview;
        const number = markup`<span class="${className}">${formatInteger(count)}</span>`;
        return count === 1
            ? _t("%s customer would be treated", number)
            : _t("%s customers would be treated", number);
    }

    get more() {
        return _t("and %s more", formatInteger(this.hidden));
    }

    get hidden() {
        return this.state.preview.count - this.state.preview.examples.length;
    }

    get excluded() {
        return this.state.preview.excluded.map((row) => ({
            ...row,
            shown: formatInteger(row.count),
        }));
    }

    get windows() {
        return WINDOWS.map((days) => ({
            days,
            label: _t("Last %s days", days),
            count: this.state.past ? formatInteger(this.state.past[days]) : "",
        }));
    }

    get sample() {
        const { sampled } = this.state.past;
        return sampled
            ? _t(
                  "Before consents, limits and the like. Estimated from a sample of %s customers.",
                  formatInteger(sampled === true ? 2000 : sampled)
              )
            : _t("Before consents, limits and the like.");
    }

    /** On a phone the preview is far below what is typed. */
    scrollHere() {
        this.root.el.scrollIntoView({ behavior: "smooth" });
    }

    get canList() {
        return this.props.record.resId && !this.props.record.dirty;
    }

    openCustomer(row) {
        this.dialog.add(FormViewDialog, {
            resModel: "res.partner",
            resId: row.partner_id,
            title: row.name,
            preventEdit: true,
        });
    }

    openAll() {
        const { record } = this.props;
        this.action.doActionButton({
            type: "object",
            name: "action_preview",
            resModel: record.resModel,
            resId: record.resId,
            resIds: [record.resId],
            context: record.context,
        });
    }
}

registry.category("view_widgets").add("relationship_rule_preview", {
    component: RulePreview,
});
