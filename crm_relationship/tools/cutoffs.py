"""Customers as they were at the end of a day, between the database and the models.

Plain Python, no ORM. A cut-off is kept as an array with the columns of ``COLUMNS``, one
row per customer and nobody's name.
"""

import base64
import io

import numpy as np

from .value import naive, rfv
from .value.candidates import CutoffData

COLUMNS = (
    "x",
    "t_x",
    "T",
    "z",
    "interval_median",
    "value",
    "in_long",
    "in_middle",
    "in_short",
    "orders_after",
    "value_after",
)
# Customers whose first order was so many days ago tell who comes back the next year.
YEAR = 365


def cutoff_data(table, day, is_over=True):
    """Return the :class:`CutoffData` of a table.

    :param day: a date
    :param is_over: whether the outcome is known
    """
    of = dict(zip(COLUMNS, np.asarray(table, float).T, strict=True))
    since = of["T"] - of["t_x"]
    outcome = {}
    if is_over:
        outcome = {
            "bought": (of["orders_after"] > 0).astype(float),
            "orders_after": of["orders_after"],
            "value_after": of["value_after"],
        }
    cuts = score_cuts(of["T"], of["t_x"], of["x"], of["value"])
    return CutoffData(
        day=day.toordinal(),
        x=of["x"],
        t_x=of["t_x"],
        T=of["T"],
        z=of["z"],
        days_since=since,
        interval_median=of["interval_median"],
        recency_score=rfv.score(-since, cuts["recency"]),
        frequency_score=rfv.score(of["x"] + 1, cuts["frequency"]),
        value_score=rfv.score(np.round(of["value"], 2), cuts["value"]),
        count_halves=np.stack([of["in_long"], of["in_middle"], of["in_short"]], 1),
        month_value=of["value"] / np.maximum(1, of["T"] / naive.DAYS_PER_MONTH),
        **outcome,
    )


def score_cuts(T, t_x, x, value):
    """Return {"recency", "frequency", "value"}: the cut values of each score."""
    return {
        "recency": rfv.cuts(t_x - T),
        "frequency": rfv.cuts(x + 1),
        "value": rfv.cuts(np.round(value, 2)),
    }


def retention(data):
    """Return the share of the customers of the year before last who bought in the last
    one; half of them, where nobody has been a customer for so long."""
    known = (data.T >= YEAR) & (data.T < 2 * YEAR)
    return float((data.days_since[known] < YEAR).mean()) if known.any() else 0.5


def pack(tables):
    """Return tables by name as base64, for a binary field."""
    stream = io.BytesIO()
    np.savez_compressed(stream, **tables)
    return base64.b64encode(stream.getvalue())


def unpack(packed):
    """Return a mapping from names to tables, each of them read when it is asked for."""
    if not packed:
        return {}
    return np.load(io.BytesIO(base64.b64decode(packed)), allow_pickle=False)


def plain(value):
    """Return figures as JSON can hold them; what is no number becomes None."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
