import { _t } from "@web/core/l10n/translation";
import {
    formatFloat,
    formatInteger,
    formatMonetary,
    formatPercentage,
} from "@web/views/fields/formatters";

/** From here on a number is shown by thousands: "12.3k". */
const LONG_COUNT = 10000;
const LONG_AMOUNT = 1000;

/** A share in whole percent, and never 0% of what is there. */
export function formatShare(part, total) {
    const share = total ? part / total : 0;
    if (share > 0 && share < 0.005) {
        return _t("< %s", formatPercentage(0.01, { digits: [16, 0] }));
    }
    return formatPercentage(share, { digits: [16, 0] });
}

export function formatCount(count) {
    return formatInteger(count);
}

export function formatShortCount(count) {
    return formatInteger(count, { humanReadable: count >= LONG_COUNT, decimals: 1 });
}

/** Money without cents: what is counted here are sums. */
export function formatAmount(amount, currencyId) {
    return formatMonetary(amount, { currencyId, digits: [16, 0] });
}

/** For where there is room for five signs: without the currency too. */
export function formatShortAmount(amount) {
    return formatFloat(amount, {
        digits: [16, 0],
        humanReadable: Math.abs(amount) >= LONG_AMOUNT,
        decimals: 1,
    });
}

/** One customer, several customers: other languages build them differently. */
export function sayCustomers(count) {
    return count === 1 ? _t("1 customer") : _t("%s customers", formatCount(count));
}
