import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

import { makeReportAction } from "../relationship_value/value_report_action";
import {
    formatCount,
    formatShare,
    formatShortCount,
    sayCustomers,
} from "../relationship_value/value_text";
import { PeriodReport } from "./period_report";

const { DateTime } = luxon;

/** How dark a cell is, 0 to 5; few buy each month, and they should differ. */
function getLevel(share) {
    return share > 0 ? Math.min(5, Math.ceil(6 * share ** 0.75)) : 0;
}

function addMonths(month, count) {
    return DateTime.fromISO(`${month}-01`)
        .plus({ months: count })
        .toFormat("yyyy-MM", { locale: "en", numberingSystem: "latn" });
}

function sayMonth(month) {
    return DateTime.fromISO(`${month}-01`).toFormat("LLL yyyy");
}

/** Of those who bought first in a month, who still buys so many months later. */
export class CohortReport extends PeriodReport {
    static template = "crm_relationship.CohortReport";
    method = "get_cohorts";

    get defaults() {
        return { measure: "share" };
    }

    get levels() {
        return [0, 1, 2, 3, 4, 5];
    }

    get isEmpty() {
        return !this.report.cohorts.some(({ size }) => size);
    }

    get months() {
        const longest = Math.max(
            ...this.report.cohorts.map(({ counts }) => counts.length)
        );
        return [...Array(longest).keys()];
    }

    get rows() {
        return this.report.cohorts.map((cohort) => ({
            ...cohort,
            name: sayMonth(cohort.month),
            sizeText: formatCount(cohort.size),
            cells: cohort.counts.map((count, since) =>
                this.makeCell(cohort, count, since)
            ),
        }));
    }

    makeCell(cohort, count, since) {
        const isRunning = since === cohort.counts.length - 1;
        const month = addMonths(cohort.month, since);
        const label = _t(
            "%(cohort)s, first order; %(month)s: %(some)s of %(all)s bought",
            {
                cohort: sayMonth(cohort.month),
                month: sayMonth(month),
                some: formatCount(count),
                all: sayCustomers(cohort.size),
            }
        );
        return {
            since,
            month,
            count,
            isRunning,
            level: since ? getLevel(count / cohort.size) : "first",
            text: this.format(count, cohort.size),
            label: isRunning ? _t("%s; the month is still running", label) : label,
        };
    }

    format(count, size) {
        if (!size) {
            return "";
        }
        return this.state.measure === "share"
            ? formatShare(count, size)
            : formatShortCount(count);
    }

    /** All cohorts together, as far as each has come; running months are left out. */
    get means() {
        return this.months.map((since) => {
            const old = this.report.cohorts.filter(
                ({ counts }) => since < counts.length - 1
            );
            const size = old.reduce((total, cohort) => total + cohort.size, 0);
            const count = old.reduce((total, { counts }) => total + counts[since], 0);
            return {
                since,
                level: since ? getLevel(count / size) : "first",
                text: size && formatShare(count, size),
            };
        });
    }

    /** The figure that most companies ask for. */
    get headline() {
        const mean = (since) => this.means[since]?.text;
        if (!mean(3)) {
            return "";
        }
        return mean(12)
            ? _t(
                  "Three months after the first order %(three)s buy, after twelve %(twelve)s.",
                  {
                      three: mean(3),
                      twelve: mean(12),
                  }
              )
            : _t("Three months after the first order %s buy.", mean(3));
    }

    openCohort(row) {
        return this.open(_t("First order in %s", row.name), "cohort", {
            first: row.month,
        });
    }

    get total() {
        return this.report.cohorts.reduce((total, { size }) => total + size, 0);
    }

    get totalText() {
        return formatCount(this.total);
    }

    openAll() {
        const { cohorts } = this.report;
        return this.open(_t("First order in the period"), "cohort", {
            first: cohorts[0].month,
            last: cohorts.at(-1).month,
        });
    }

    openCell(row, cell) {
        const name = _t("First order in %(cohort)s, bought in %(month)s", {
            cohort: row.name,
            month: sayMonth(cell.month),
        });
        return this.open(name, "cohort", { first: row.month, month: cell.month });
    }
}

registry
    .category("actions")
    .add("crm_relationship.cohort_report", makeReportAction(CohortReport));
