import { localization } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";

const { DateTime, Info } = luxon;

/** As on the server: a day that no year has is refused, 29 February is not. */
const LEAP_YEAR = 2000;
const FIRST_BIRTH_YEAR = 1900;
const FIRST_FOUNDING_YEAR = 1000;
const ORDINAL = /^(\d{1,4})(st|nd|rd|th|er|o|a|[ºª°])?$/;

function plain(text) {
    return text
        .trim()
        .toLowerCase()
        .normalize("NFD")
        .replace(/[\u0300-\u036f]/g, "");
}

/** The month that a word begins, in the user's language or in English; 0 if none. */
function findMonth(word) {
    if (word.length < 3) {
        return 0;
    }
    const names = [
        Info.months("long"),
        Info.months("short"),
        Info.months("long", { locale: "en" }),
    ];
    for (const months of names) {
        const index = months.findIndex((month) => plain(month).startsWith(word));
        if (index >= 0) {
            return index + 1;
        }
    }
    return 0;
}

/** "15" is 2015, "85" is 1985: the latest such year that is not in the future. */
function completeYear(text, today) {
    const year = Number(text);
    if (text.length > 2) {
        return year;
    }
    const century = today.year - (today.year % 100);
    return century + year <= today.year ? century + year : century - 100 + year;
}

/**
 * Day, month and year in the order of the user's date format; a part of four digits is
 * the year wherever it stands.
 */
function orderNumbers(numbers) {
    const order = ["d", "M", "y"].sort(
        (a, b) =>
            localization.dateFormat.indexOf(a) - localization.dateFormat.indexOf(b)
    );
    const yearAt = numbers.findIndex((number) => number.length > 2);
    const parts = {};
    let rest = order.filter((part) => part !== "y");
    if (numbers.length === 3 && yearAt < 0) {
        rest = order;
    } else if (yearAt === 0) {
        rest = ["M", "d"]; // 2015-03-14
    }
    for (const [index, number] of numbers.entries()) {
        parts[index === yearAt ? "y" : rest.shift()] = number;
    }
    if (Number(parts.M) > 12 && Number(parts.d) <= 12) {
        [parts.M, parts.d] = [parts.d, parts.M]; // it can't be meant otherwise
    }
    return parts;
}

function splitText(text) {
    const words = [];
    const numbers = [];
    for (const token of plain(text).split(/[\s/.,'-]+/)) {
        const number = token.match(ORDINAL);
        if (number) {
            numbers.push(number[1]);
        } else if (token.length > 2) {
            words.push(token); // shorter ones are "of" and "de"
        }
    }
    return { words, numbers };
}

/**
 * Read a date as people type it: "14/3", "14/03/2015", "29 feb", "14 de março".
 *
 * @param {string} text
 * @param {luxon.DateTime} today
 * @returns {{day: number, month: number, year: number}|null} year 0 where it is not
 *      said; null where the text is no date
 */
export function parseKeyDate(text, today) {
    const { words, numbers } = splitText(text);
    if (words.length > 1 || numbers.length + words.length > 3 || !numbers.length) {
        return null;
    }
    let parts = {};
    if (words.length) {
        const [first, second] = numbers;
        const yearFirst = second && first.length > 2;
        parts = yearFirst ? { d: second, y: first } : { d: first, y: second };
        parts.M = findMonth(words[0]);
    } else if (numbers.length > 1) {
        parts = orderNumbers(numbers);
    }
    const day = Number(parts.d);
    const month = Number(parts.M);
    if (!day || !month) {
        return null;
    }
    return { day, month, year: parts.y ? completeYear(parts.y, today) : 0 };
}

/** As a sentence begins with it: many languages write months in lower case. */
function monthName(month) {
    const name = Info.months("long")[month - 1];
    return name[0].toUpperCase() + name.slice(1);
}

/**
 * What is wrong with a date, in words; the server says the same.
 *
 * @returns {string} empty if nothing is
 */
export function checkKeyDate({ day, month, year }, today, isCompany) {
    if (month > 12) {
        return _t("There are twelve months.");
    }
    if (day > DateTime.local(LEAP_YEAR, month).daysInMonth) {
        return _t("%(month)s has no day %(day)s.", { month: monthName(month), day });
    }
    if (!year) {
        return "";
    }
    if (year < (isCompany ? FIRST_FOUNDING_YEAR : FIRST_BIRTH_YEAR)) {
        return _t(
            "The year %s is too long ago. Leave it empty if you do not know it.",
            year
        );
    }
    if (day > DateTime.local(year, month).daysInMonth) {
        return _t(
            "There was no 29 February in %s. Leave the year empty if you are not sure of it.",
            year
        );
    }
    if (DateTime.local(year, month, day) > today) {
        return isCompany
            ? _t("A company founded in the future has no anniversary yet.")
            : _t(
                  "This date is in the future. Enter it once the child is born, or leave the year empty."
              );
    }
    return "";
}

function inYear(day, month, year) {
    const last = DateTime.local(year, month).daysInMonth;
    return DateTime.local(year, month, Math.min(day, last));
}

/** The first day on or after today on which a date is kept. */
export function nextOccurrence({ day, month }, today) {
    const thisYear = inYear(day, month, today.year);
    return thisYear >= today ? thisYear : inYear(day, month, today.year + 1);
}

export function describeDay({ day, month }) {
    return DateTime.local(LEAP_YEAR, month, day).toLocaleString({
        day: "numeric",
        month: "long",
    });
}

export function describeDaysLeft(days) {
    if (days === 0) {
        return _t("today");
    }
    return days === 1 ? _t("tomorrow") : _t("in %s days", days);
}

/** Nothing for the first day of a life, and where the year is unknown. */
export function describeAge(age, isCompany) {
    if (!age) {
        return "";
    }
    if (age === 1) {
        return isCompany ? _t("1 year") : _t("turns 1");
    }
    return isCompany ? _t("%s years", age) : _t("turns %s", age);
}

/** "14 March · in 20 days · turns 11" */
export function describeKeyDate(keyDate, today, isCompany) {
    const next = nextOccurrence(keyDate, today);
    const age = keyDate.year ? next.year - keyDate.year : 0;
    return [
        describeDay(keyDate),
        describeDaysLeft(Math.round(next.diff(today, "days").days)),
        describeAge(age, isCompany),
    ]
        .filter(Boolean)
        .join(" · ");
}
