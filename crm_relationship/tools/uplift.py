"""What the treated bring more than those left alone. Plain Python, no ORM.

All of it is computed from sums, so that the database adds up, whatever the number of
customers.

**Means** (orders, revenue, margin per customer). What customers spend is mostly nothing
and sometimes a lot, and few are left alone: say 20 of 200. The usual interval (Welch)
then takes the spread from those 20, and misses the truth five times in a hundred on
paper, but up to twenty times in fact (`tests/unit/test_uplift.py` simulates it). Its
corrections for skewness (Hall 1992, "On the removal of skewness by transformation", J.
R. Stat. Soc. B 54:221; Zhou & Dinh 2005, "Nonparametric confidence intervals for the
one- and two-sample problems", Biostatistics 6:187) correct too much where the groups
are equal and too little where one is small: a dozen customers do not show their own
skewness. What helps is that chance drew the groups, so that the larger one says how
customers scatter. `difference_of_means` inverts a test, as the score intervals of
proportions do: a difference belongs to the interval unless the data would be too
unlikely if it were the true one. If it were,

- both groups together tell spread and skewness, the spread growing with the mean (as
  it does where more or fewer customers buy: the variance of a compound Poisson sum is
  proportional to its mean);
- a group's own spread counts the more the larger the group is (`OWN_SPREAD`), so that
  large groups need not follow that assumption;
- the skewness that remains of unequal groups shifts the limits (the first term of
  Cornish & Fisher 1938).

**Shares** (who ordered). Method 10 of Newcombe 1998, "Interval estimation for the
difference between independent proportions", Statistics in Medicine 17:873.

**Verdicts.** A report is looked at every day, and whoever looks often enough sees any
interval of 95 % leave out zero some day. So the number of customers after which to
judge does not depend on the difference seen (`needed_for_verdict`); before it only a
difference that an interval of 99.9 % shows counts (the boundary of Haybittle 1971 and
Peto 1976, stricter than theirs, for there may be many looks).
"""

from fractions import Fraction
from math import ceil, sqrt
from statistics import NormalDist
from typing import NamedTuple

from scipy.special import stdtrit

NORMAL = NormalDist()
LEVEL = 0.95
# Before there are enough customers.
EARLY_LEVEL = 0.999
# Fewer in a group say nothing; down to here the intervals have been simulated.
LEAST = 20
# A group of so many is believed half of its own spread.
OWN_SPREAD = 100
# A mean that is assumed to be more times the common one has no more spread.
MOST_TIMES = 3
# The difference of shares that the number of customers is planned for, and how likely
# it is to be seen if it is there.
WORTH_KNOWING = 0.10
POWER = 0.80
_STEPS = 40


class Moments(NamedTuple):
    """A group, as its sums tell.

    :param count: number of customers
    :param mean: per customer
    :param variance: unbiased
    :param third: unbiased third central moment
    """

    count: int
    mean: float
    variance: float
    third: float

    @classmethod
    def from_sums(cls, count, total, squares, cubes):
        """Of exact sums, for those of cubes lose all digits in floating point.

        >>> Moments.from_sums(3, 6, 14, 36)
        Moments(count=3, mean=2.0, variance=1.0, third=0.0)
        """
        total, squares, cubes = (
            Fraction(item or 0) for item in (total, squares, cubes)
        )
        if count < 3:
            return cls(count, float(total / count) if count else 0.0, 0.0, 0.0)
        mean = total / count
        second = squares - count * mean**2
        third = cubes - 3 * mean * squares + 2 * count * mean**3
        return cls(
            count,
            float(mean),
            float(second / (count - 1)),
            float(third * count / ((count - 1) * (count - 2))),
        )


class Interval(NamedTuple):
    """A difference, and the limits between which it is."""

    value: float
    low: float
    high: float

    def tells(self) -> int:
        """1: it is more; -1: it is less; 0: it may be either."""
        return (self.low > 0) - (self.high < 0)

    def scale(self, factor):
        """So many times of it.

        :param factor: not negative
        """
        return Interval(*(factor * item for item in self))


def difference_of_means(
    treated: Moments, alone: Moments, level=LEVEL
) -> Interval | None:
    """What the treated bring more than those left alone, per customer.

    :return: None where a group has fewer than `LEAST` customers
    """
    if min(treated.count, alone.count) < LEAST:
        return None
    value = treated.mean - alone.mean
    pooled = _Pooled(treated, alone)
    if not pooled.variance:
        return Interval(value, value, value)
    quantile = NORMAL.inv_cdf((1 + level) / 2)
    limits = (pooled.find_limit(quantile * sign, level) for sign in (1, -1))
    return Interval(value, *limits)


class _Pooled:
    """What both groups together say of the spread, and the test to invert."""

    def __init__(self, treated, alone):
        self.groups = treated, alone
        self.count = treated.count + alone.count
        self.freedom = self.count - 2
        self.variance = (
            sum((group.count - 1) * group.variance for group in self.groups)
            / self.freedom
        )
        self.skewness = 0.0
        if self.variance:
            third = sum(group.count * group.third for group in self.groups)
            self.skewness = third / self.count / self.variance**1.5

    def find_limit(self, quantile, level) -> float:
        """The difference at which the test just does not refuse."""
        treated, alone = self.groups
        stretch = stdtrit(self.freedom, (1 + level) / 2) / abs(quantile)
        reach = (
            sqrt(self.variance * (1 / treated.count + 1 / alone.count))
            * abs(quantile)
            * 6
        )
        seen = treated.mean - alone.mean
        low, high = seen - reach, seen + reach
        for _step in range(_STEPS):
            middle = (low + high) / 2
            error, skewness = self._assume(middle)
            # Cornish & Fisher: the quantile of a distribution that is a little skew
            limit = quantile * stretch + skewness / 6 * (quantile**2 - 1)
            if seen - middle > error * limit:
                low = middle
            else:
                high = middle
        return (low + high) / 2

    def _assume(self, difference) -> tuple[float, float]:
        """Standard error and skewness of the difference seen, if it were this one."""
        treated, alone = self.groups
        base = (
            alone.count * alone.mean + treated.count * (treated.mean - difference)
        ) / self.count
        common = base + difference * treated.count / self.count
        factors = (_bound(base + difference, common), _bound(base, common))
        unit = self.variance * self.count
        unit /= sum(g.count * f for g, f in zip(self.groups, factors, strict=True))
        spreads = [
            (group.count * group.variance + OWN_SPREAD * unit * factor)
            / (group.count + OWN_SPREAD)
            for group, factor in zip(self.groups, factors, strict=True)
        ]
        error = sqrt(
            sum(s / g.count for s, g in zip(spreads, self.groups, strict=True))
        )
        skewness = sum(
            sign * spread**1.5 / group.count**2
            for sign, spread, group in zip((1, -1), spreads, self.groups, strict=True)
        )
        return error, self.skewness * skewness / error**3


def _bound(mean, common) -> float:
    """How many times the common spread belongs to a mean."""
    if common <= 0:  # of what can be negative the mean says nothing about the spread
        return 1.0
    return min(max(mean / common, 1 / MOST_TIMES), MOST_TIMES)


def difference_of_shares(some, of_treated, others, of_alone, level=LEVEL):
    """How many more of the treated did it: Newcombe's method 10.

    :return: :class:`Interval` of a difference of shares (0.05: five points); None where
        a group has fewer than `LEAST` customers
    """
    if min(of_treated, of_alone) < LEAST:
        return None
    return newcombe(some, of_treated, others, of_alone, level)


def newcombe(some, count, others, other_count, level=LEVEL) -> Interval:
    """The interval itself, whatever the numbers.

    >>> [round(item, 4) for item in newcombe(56, 70, 48, 80)]
    [0.2, 0.0524, 0.3339]
    """
    share, low, high = wilson(some, count, level)
    other, other_low, other_high = wilson(others, other_count, level)
    value = share - other
    return Interval(
        value,
        value - sqrt((share - low) ** 2 + (other_high - other) ** 2),
        value + sqrt((high - share) ** 2 + (other - other_low) ** 2),
    )


def wilson(some, count, level=LEVEL) -> Interval:
    """A share: Wilson 1927, "Probable inference", J. Am. Stat. Assoc. 22:209."""
    quantile = NORMAL.inv_cdf((1 + level) / 2)
    share = some / count
    middle = share + quantile**2 / (2 * count)
    reach = quantile * sqrt(share * (1 - share) / count + quantile**2 / (4 * count**2))
    whole = 1 + quantile**2 / count
    return Interval(
        share, max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)
    )


def needed_for_verdict(share, part, worth=WORTH_KNOWING) -> int:
    """How many have to be left alone until a difference of shares can be seen.

    Fleiss, Tytun & Ury 1980, "A simple approximation for calculating sample sizes for
    comparing independent proportions", Biometrics 36:343, without their correction for
    continuity, which Newcombe's interval has not either. It does not depend on the
    difference that is seen: whoever stops where it pleases proves anything.

    :param share: of whom is left alone, how many do it by themselves
    :param part: of all customers, how many are left alone (0.1: a tenth)
    :param worth: difference of shares that is worth knowing
    """
    # Half a share is the most that there can be to scatter.
    share = min(max(share, 0.05), 1 - worth)
    ratio = (1 - part) / part
    other = share + worth
    mean = (share + ratio * other) / (1 + ratio)
    reach = NORMAL.inv_cdf((1 + LEVEL) / 2) * sqrt((1 + ratio) * mean * (1 - mean))
    reach += NORMAL.inv_cdf(POWER) * sqrt(
        ratio * share * (1 - share) + other * (1 - other)
    )
    return max(LEAST, ceil(reach**2 / (ratio * worth**2)))


def weeks_to_verdict(needed, entered, per_week, window_days) -> int | None:
    """In how many weeks there are enough customers whose window is over.

    :param entered: how many are left alone by now, with their window over or not
    :param per_week: how many come with each week
    :return: None where nobody comes any more
    """
    missing = max(0, needed - entered)
    if missing and not per_week:
        return None
    weeks = missing / per_week if missing else 0
    return ceil(weeks + window_days / 7)
