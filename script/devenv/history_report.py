"""What a load has done, in figures."""

from collections import Counter
from dataclasses import dataclass, field

from .history_lines import REASONS


@dataclass
class Figures:
    """Counts of one load; ``reasons`` and ``unknown_countries`` by their names."""

    lines_read: int = 0
    lines_known: int = 0
    lines_loaded: int = 0
    orders_known: set = field(default_factory=set)
    orders_loaded: int = 0
    credits_known: set = field(default_factory=set)
    credits_loaded: int = 0
    customers: int = 0
    customers_new: int = 0
    products: int = 0
    products_new: int = 0
    reasons: Counter = field(default_factory=Counter)
    unknown_countries: Counter = field(default_factory=Counter)


def table(figures, rejects_path, seconds):
    """Return the summary of a load as text."""
    rejected = figures.reasons.total()
    rows = [
        ("lines read", figures.lines_read),
        ("lines loaded", figures.lines_loaded),
        ("lines already loaded", figures.lines_known),
        ("lines rejected", rejected, f"in {rejects_path}" if rejected else ""),
        *_counted(figures.reasons, REASONS),
        ("orders loaded", figures.orders_loaded),
        ("orders already loaded", len(figures.orders_known)),
        ("credit notes loaded", figures.credits_loaded),
        ("credit notes already loaded", len(figures.credits_known)),
        ("customers of these lines", figures.customers, _new(figures.customers_new)),
        ("products of these lines", figures.products, _new(figures.products_new)),
        *_unknown(figures.unknown_countries),
        ("seconds", round(seconds)),
    ]
    return "\n".join(_line(*row) for row in rows)


def _line(name, count, remark=""):
    return f"{name:<45} {count:>10,}  {remark}".rstrip()


def _counted(counts, names):
    return [(f"  {name}", counts[name]) for name in names if counts[name]]


def _new(count):
    return f"{count:,} new" if count else ""


def _unknown(countries):
    if not countries:
        return []
    rows = _counted(countries, sorted(countries))
    return [("customers without a known country", countries.total()), *rows]
