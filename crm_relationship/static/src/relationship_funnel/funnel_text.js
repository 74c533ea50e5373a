import { _t } from "@web/core/l10n/translation";
import { formatFloat, formatPercentage } from "@web/views/fields/formatters";

export { sayDays } from "./period_picker";

/** "+12%" of what was before; nothing where there is nothing to compare with. */
export function sayChange(now, before) {
    if (!(before > 0)) {
        return "";
    }
    const change = Math.round(100 * (now / before - 1)) / 100;
    const text = formatPercentage(Math.abs(change), { digits: [16, 0] });
    return change ? `${change > 0 ? "+" : "−"}${text}` : _t("unchanged");
}

/** "+3 points" of two shares. */
export function sayPoints(now, before) {
    if (now === null || before === null) {
        return "";
    }
    const points = Math.round(100 * now) - Math.round(100 * before);
    return points
        ? _t("%s points", `${points > 0 ? "+" : "−"}${Math.abs(points)}`)
        : _t("unchanged");
}

export function formatDays(days) {
    return formatFloat(days, {
        digits: [16, Number.isInteger(days) || days >= 10 ? 0 : 1],
    });
}

/** "12 days (40)": half of the moves, and nine of ten. */
export function sayDaysOf(median, most) {
    if (median === null) {
        return "";
    }
    return _t("%(median)s days (%(most)s)", {
        median: formatDays(median),
        most: formatDays(most),
    });
}
