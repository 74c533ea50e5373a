import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

const { DateTime } = luxon;

/** A day in words, as the user's language has them. */
export function describeDay(day) {
    const today = DateTime.now().startOf("day");
    const age = Math.round(today.diff(day.startOf("day"), "days").days);
    if (age === 0) {
        return _t("Today");
    }
    if (age === 1) {
        return _t("Yesterday");
    }
    const format = { weekday: "long", day: "numeric", month: "long" };
    if (day.year !== today.year) {
        format.year = "numeric";
    }
    return day.toLocaleString(format);
}

/** How far away a deadline is. */
export function describeDeadline(day) {
    const today = DateTime.now().startOf("day");
    const days = Math.round(day.startOf("day").diff(today, "days").days);
    if (days === 0) {
        return _t("Today");
    }
    if (Math.abs(days) === 1) {
        return days > 0 ? _t("Tomorrow") : _t("Overdue since yesterday");
    }
    return days > 0 ? _t("In %s days", days) : _t("%s days overdue", -days);
}

/** Entries, newest first, as days in the user's time zone. */
export function groupByDay(entries) {
    const days = [];
    for (const entry of entries) {
        const time = deserializeDateTime(entry.date);
        const key = time.toISODate();
        if (days.at(-1)?.key !== key) {
            days.push({ key, name: describeDay(time), entries: [] });
        }
        days.at(-1).entries.push(entry);
    }
    return days;
}

/** Hours as "5 min", "1 h", "1 h 30 min". */
export function describeDuration(hours) {
    const minutes = Math.max(1, Math.round(hours * 60));
    const [full, rest] = [Math.floor(minutes / 60), minutes % 60];
    if (!full) {
        return _t("%s min", rest);
    }
    return rest
        ? _t("%(hours)s h %(minutes)s min", { hours: full, minutes: rest })
        : _t("%s h", full);
}
