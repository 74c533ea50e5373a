import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

import { makeReportAction } from "../relationship_value/value_report_action";
import {
    formatAmount,
    formatCount,
    formatShare,
} from "../relationship_value/value_text";
import { sayChange, sayDays, sayDaysOf, sayPoints } from "./funnel_text";
import { PeriodReport } from "./period_report";

const PHASES = {
    acquisition: _t("Acquisition"),
    transaction: _t("Transaction"),
    service: _t("Service"),
    retention: _t("Retention"),
};
/** Phases in which who does not go on is lost. */
const CLIMBING = ["acquisition", "transaction"];

function getConversion({ present, went_up: wentUp }) {
    return present ? wentUp / present : null;
}

/** How many customers each stage has, what they buy, and who goes on from it. */
export class FunnelReport extends PeriodReport {
    static template = "crm_relationship.FunnelReport";
    method = "get_funnel";

    get hints() {
        return {
            count: _t(
                "Customers in the stage at the end of the period, by the log of moves"
            ),
            value: _t(
                "What these customers bought in the period: untaxed, net of credit notes"
            ),
            wentUp: _t(
                "Of the customers who were in the stage at any time of the period, those who left it for a better one within the period"
            ),
            came: _t("Customers who entered the stage in the period"),
            wentDown: _t("Customers who left the stage for a worse one in the period"),
            days: _t(
                "Days in the stage before a move up: half of them took no longer, and, in brackets, nine of ten"
            ),
        };
    }

    get isEmpty() {
        return !this.report.stages.some((row) => row.present || row.before.present);
    }

    get before() {
        return _t("Compared with %s", sayDays(this.report.before));
    }

    get rows() {
        const { currency_id: currencyId, stages } = this.report;
        const most = Math.max(
            1,
            ...stages.flatMap((row) => [row.count, row.before.count])
        );
        return stages.map((stage, index) => {
            const { before } = stage;
            const conversion = getConversion(stage);
            return {
                ...stage,
                phaseName:
                    stage.phase !== stages[index - 1]?.phase && PHASES[stage.phase],
                width: (100 * stage.count) / most,
                widthBefore: (100 * before.count) / most,
                countText: formatCount(stage.count),
                countBefore: _t("Before: %s", formatCount(before.count)),
                countChange: sayChange(stage.count, before.count),
                valueText: formatAmount(stage.value, currencyId),
                valueChange: sayChange(stage.value, before.value),
                valueBefore: _t("Before: %s", formatAmount(before.value, currencyId)),
                conversionText:
                    conversion === null
                        ? ""
                        : formatShare(stage.went_up, stage.present),
                conversionChange: sayPoints(conversion, getConversion(before)),
                conversionBefore: _t("Before: %(some)s of %(all)s", {
                    some: formatCount(before.went_up),
                    all: formatCount(before.present),
                }),
                ofPresent: [formatCount(stage.went_up), formatCount(stage.present)],
                cameText: formatCount(stage.came),
                downText: formatCount(stage.went_down),
                daysText: sayDaysOf(stage.days_median, stage.days_most),
            };
        });
    }

    /** Where they are lost. */
    get headlines() {
        const stages = this.report.stages.filter(({ present }) => present);
        const best = Math.max(...stages.map(({ rank }) => rank));
        const [stuck] = stages
            .filter(({ phase, rank }) => CLIMBING.includes(phase) && rank < best)
            .sort(
                (one, other) =>
                    getConversion(one) - getConversion(other) ||
                    other.present - one.present
            );
        const [worst] = stages
            .filter((stage) => stage.went_down)
            .sort((one, other) => other.went_down - one.went_down);
        return [
            stuck &&
                _t("Fewest go on from “%(stage)s”: %(some)s of %(all)s (%(share)s).", {
                    stage: stuck.name,
                    some: formatCount(stuck.went_up),
                    all: formatCount(stuck.present),
                    share: formatShare(stuck.went_up, stuck.present),
                }),
            worst &&
                _t(
                    "Most fall back from “%(stage)s”: %(some)s of %(all)s (%(share)s).",
                    {
                        stage: worst.name,
                        some: formatCount(worst.went_down),
                        all: formatCount(worst.present),
                        share: formatShare(worst.went_down, worst.present),
                    }
                ),
        ].filter(Boolean);
    }

    openFigure(row, figure, before = false) {
        const title = {
            count: _t("%s: at the end", row.name),
            present: _t("%s: in the period", row.name),
            came: _t("%s: entered", row.name),
            went_up: _t("%s: went up", row.name),
            went_down: _t("%s: went down", row.name),
            days: _t("%s: moves up", row.name),
        }[figure];
        return this.open(title, figure, { stage_id: row.id, before });
    }
}

registry
    .category("actions")
    .add("crm_relationship.funnel_report", makeReportAction(FunnelReport));
