import { _t } from "@web/core/l10n/translation";
import { formatFloat, formatMonetary } from "@web/views/fields/formatters";

import { formatAmount, formatCount } from "../relationship_value/value_text";

/** From here on nobody asks for cents. */
const NO_CENTS = 100;

function sign(value, text) {
    return value < 0 ? `-${text}` : `+${text}`;
}

/** Money per customer. */
export function formatMean(amount, currencyId) {
    return Math.abs(amount) < NO_CENTS
        ? formatMonetary(amount, { currencyId })
        : formatAmount(amount, currencyId);
}

export function formatNumber(value) {
    return formatFloat(value, { digits: [16, 2] });
}

function formatPoints(share) {
    return formatFloat(100 * share, { digits: [16, 0] });
}

/** How a difference and its limits are said; the limits have no unit. */
export const SAY = {
    ordered: (value) => _t("%s points", sign(value, formatPoints(Math.abs(value)))),
    order_count: (value) => sign(value, formatNumber(Math.abs(value))),
    revenue: (value, currencyId) =>
        sign(value, formatMean(Math.abs(value), currencyId)),
    margin: (value, currencyId) => sign(value, formatMean(Math.abs(value), currencyId)),
};

/** "between -2 and +12 points" */
export function sayLimits(name, [, low, high], currencyId) {
    if (name === "ordered") {
        return _t("between %(low)s and %(high)s points", {
            low: sign(low, formatPoints(Math.abs(low))),
            high: sign(high, formatPoints(Math.abs(high))),
        });
    }
    return _t("between %(low)s and %(high)s", {
        low: SAY[name](low, currencyId),
        high: SAY[name](high, currencyId),
    });
}

const LOOKS = {
    works: ["fa-check-circle", "text-success"],
    harms: ["fa-exclamation-triangle", "text-danger"],
    none: ["fa-minus-circle", "text-muted"],
    nobody: ["fa-question-circle", "text-muted"],
    failing: ["fa-exclamation-triangle", "text-warning"],
    early: ["fa-hourglass-half", "text-info"],
    promising: ["fa-hourglass-half", "text-info"],
    worrying: ["fa-hourglass-half", "text-warning"],
};

function sayWait({ weeks, needed, held_out: alone }) {
    const missing = _t("%(some)s of %(all)s customers to leave alone are through.", {
        some: formatCount(Math.min(alone.customers, needed)),
        all: formatCount(needed),
    });
    if (weeks === null) {
        return _t("Not enough data, and nobody new comes in this period. %s", missing);
    }
    return weeks === 1
        ? _t("Not enough data: about 1 more week. %s", missing)
        : _t("Not enough data: about %(weeks)s more weeks. %(missing)s", {
              weeks: formatCount(weeks),
              missing,
          });
}

/** The verdict in words: what it is, and what to make of it. */
export function sayVerdict(comparison) {
    const { verdict, differences } = comparison;
    const [icon, color] = LOOKS[verdict];
    const points = (value) => formatPoints(Math.abs(value));
    const seen = differences.ordered;
    const texts = {
        works: () => [
            _t("It works: of 100 customers, %s more order.", points(seen[0])),
            comparison.is_early
                ? _t(
                      "The difference is so clear that it counts before the planned number of customers is through."
                  )
                : "",
        ],
        harms: () => [
            _t("It does harm: of 100 customers, %s fewer order.", points(seen[0])),
            _t("Switch the rule off, or change what it does."),
        ],
        none: () => [
            _t("It makes no difference that can be seen."),
            _t(
                "If it brings more orders at all, it is fewer than %s in 100 customers.",
                [formatPoints(Math.max(1, Math.ceil(100 * seen[2])) / 100)]
            ),
        ],
        nobody: () => [
            _t("Nobody can tell: nobody is left alone."),
            _t(
                "What customers order after a call, they might have ordered anyway. Leave some of them alone to find out."
            ),
        ],
        failing: () => [
            _t("No verdict: the rule failed for %s customers.", [
                formatCount(comparison.failed),
            ]),
            _t("They are missing among the treated. Mend what fails first."),
        ],
        early: () => [sayWait(comparison), ""],
        promising: () => [
            sayWait(comparison),
            _t(
                "It looks good, but whoever looks every day sees that by chance, too. Let it run."
            ),
        ],
        worrying: () => [
            sayWait(comparison),
            _t(
                "It looks bad, but whoever looks every day sees that by chance, too. Keep an eye on it."
            ),
        ],
    };
    const [text, hint] = texts[verdict]();
    return { icon, color, text, hint };
}
