import { _t } from "@web/core/l10n/translation";
import { formatFloat, formatPercentage } from "@web/views/fields/formatters";

export { sayDays } from "./period_picker";

/** More than that says only that there was next to nothing before. */
const MOST = 9.99;

/** "+12%" of what was before; nothing where there is nothing to compare with. */
export function sayChange(now, before) {
    if (!(before > 0)) {
        return "";
    }
    const change = Math.round(100 * (now / before - 1)) / 100;
    if (change > MOST) {
        return `> +${formatPercentage(MOST, { digits: [16, 0] })}`;
    }
    const text = formatPercentage(Math.abs(change), { digits: [16, 0] });
    return change ? `${change > 0 ? "+" : "−"}${text}` : _t("unchanged");
}

/** "+3 points" of two shares. */
export function sayPoints(now, before) {
    if (now === null || before === null) {
        return "";
    }
    const points = Math.round(100 * now) - Math.round(100 * before);
    if (!points) {
        return _t("unchanged");
    }
    const text = `${points > 0 ? "+" : "−"}${Math.abs(points)}`;
    return Math.abs(points) === 1 ? _t("%s point", text) : _t("%s points", text);
}

function formatDays(days) {
    const digits = Number.isInteger(days) || days >= 10 ? 0 : 1;
    return formatFloat(days, { digits: [16, digits] });
}

export function sayDayCount(days) {
    return days === 1 ? _t("1 day") : _t("%s days", formatDays(days));
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
