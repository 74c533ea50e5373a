"""RFV scores, metrics and calibration against the plainest computation of each."""

import json

import numpy as np
import pytest
from value_tools import module

calibration, metrics, rfv = module("calibration"), module("metrics"), module("rfv")

pytestmark = pytest.mark.filterwarnings("error")


def by_rank(values):
    """The rule as it is written, customer by customer."""
    count = len(values)
    result = []
    for value in values:
        below = sum(other < value for other in values)
        result.append(min(5, 1 + 5 * below // max(count - 1, 1)))
    return result


@pytest.mark.parametrize("seed", range(40))
def test_scores_are_those_of_the_rank_rule(seed):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, rng.integers(1, 60), rng.integers(1, 120))
    assert rfv.scores(values).tolist() == by_rank(values.tolist())


def test_cut_values_are_the_least_values_that_reached_a_score():
    values = np.random.default_rng(1).gamma(1, 50, 997).round(2)
    scores, cuts = rfv.scores(values), rfv.cuts(values)
    assert cuts == [values[scores >= score].min() for score in (2, 3, 4, 5)]
    assert rfv.score(cuts[0], cuts) == 2
    assert rfv.score(cuts[3] - 0.01, cuts) == 4
    assert rfv.score([-1, 1e9, np.nan], cuts).tolist() == [1, 5, 0]


def test_equal_values_get_equal_scores():
    assert rfv.scores([7.0] * 50).tolist() == [1] * 50
    assert rfv.cuts([7.0] * 50) == [None] * 4
    # Three quarters have bought once: nobody is a 2, 3 or 4.
    scores = rfv.scores([1] * 75 + [2] * 25)
    assert scores.tolist() == [1] * 75 + [4] * 25


@pytest.mark.parametrize("values", [[], [3], [np.nan], [np.nan, 2]])
def test_nobody_and_single_customers_have_scores_too(values):
    assert rfv.cuts(values) == [None] * 4
    known = [0 if np.isnan(value) else 1 for value in values]
    assert rfv.scores(values).tolist() == known


def test_missing_values_do_not_count():
    values = np.array([np.nan, 1, 2, 3, 4, 5, 6, np.nan])
    assert rfv.scores(values).tolist() == [0, 1, 2, 3, 4, 5, 5, 0]


@pytest.mark.parametrize("seed", range(5))
def test_auc_is_the_share_of_pairs_in_order(seed):
    rng = np.random.default_rng(seed)
    score, seen = rng.integers(0, 9, 80), rng.integers(0, 2, 80)
    pairs = [
        (above > below) + (above == below) / 2
        for above in score[seen == 1]
        for below in score[seen == 0]
    ]
    assert metrics.auc(score, seen) == pytest.approx(np.mean(pairs))


def test_metrics_of_a_small_example():
    said, seen = np.array([0.1, 0.4, 0.4, 0.9]), np.array([0, 0, 1, 1])
    assert metrics.brier(said, seen) == pytest.approx((0.01 + 0.16 + 0.36 + 0.01) / 4)
    assert metrics.spearman([1, 2, 3, 4], [10, 20, 40, 30]) == pytest.approx(0.8)
    assert metrics.auc_error(0.9, 50, 100) == pytest.approx(0.0302, abs=1e-3)


def test_calibration_has_tenths_and_keeps_equals_together():
    rng = np.random.default_rng(2)
    said = rng.random(5000)
    rows = metrics.calibration(said, rng.random(5000) < said)
    assert [row["count"] for row in rows] == [500] * 10
    assert metrics.calibration_error(rows) < 2
    assert metrics.calibration_error(metrics.calibration(said, said * 0 + 0.5)) > 20
    (row,) = metrics.calibration([0.3] * 40, [1, 0] * 20)
    assert row == {"said": pytest.approx(0.3), "seen": 0.5, "count": 40}
    assert metrics.calibration_error([row]) == pytest.approx(20)


def test_lift_and_lorenz_find_the_best_customers():
    value = np.r_[np.full(90, 1.0), np.full(10, 100.0)]
    assert metrics.top_decile_lift(value, value) == pytest.approx(100 / 10.9)
    assert metrics.top_decile_lift(-value, value) == pytest.approx(1 / 10.9)
    # A score that says nothing lifts nothing.
    assert metrics.top_decile_lift(np.ones(100), value) == pytest.approx(1)
    curve = metrics.lorenz(value, points=10)
    assert curve[:2] == [[0.0, 0.0], [0.1, pytest.approx(1000 / 1090)]]
    assert curve[-1] == [1.0, 1.0]
    json.dumps(curve)


def test_lorenz_is_no_better_than_what_it_is_sorted_by():
    value = np.r_[np.full(90, 1.0), np.full(10, 100.0)]
    assert metrics.lorenz(value, value, 10) == metrics.lorenz(value, points=10)
    worst = metrics.lorenz(value, -value, points=10)
    assert worst[1] == [0.1, pytest.approx(10 / 1090)]
    assert worst[-2:] == [[0.9, pytest.approx(90 / 1090)], [1.0, 1.0]]
    # Where all are said to be the same, the order of the rows says nothing.
    for chance in metrics.lorenz(value, np.ones(100), points=10):
        assert chance[0] == pytest.approx(chance[1])


@pytest.mark.parametrize("seen", [[], [1, 1], [0, 0], [np.nan, np.nan]])
def test_metrics_of_nothing_are_nothing(seen):
    said = [0.5] * len(seen)
    assert metrics.auc(said, seen) is None
    assert metrics.spearman(said, seen) is None
    assert metrics.top_decile_lift(said, seen) is None
    assert metrics.auc_error(None, 1, 1) is None
    if not len(seen) or np.isnan(seen).all():
        assert metrics.brier(said, seen) is None
        assert metrics.calibration_error(metrics.calibration(said, seen)) is None
        assert metrics.lorenz(seen) == []


def test_a_line_on_the_logit_is_found_again():
    rng = np.random.default_rng(3)
    raw = rng.beta(1, 2, 40_000)
    true = 1 / (1 + np.exp(0.5 - 0.7 * np.log(raw / (1 - raw))))
    found = calibration.fit(raw, rng.random(40_000) < true)
    assert found["kind"] == "logistic"
    assert (found["c0"], found["c1"]) == pytest.approx((-0.5, 0.7), abs=0.04)
    assert calibration.apply(found, raw) == pytest.approx(true, abs=0.02)


def test_steps_are_monotone_and_have_come_true():
    rng = np.random.default_rng(4)
    raw = -rng.integers(0, 300, 20_000).astype(float)
    true = np.exp(raw / 100) * 0.9
    seen = rng.random(20_000) < true
    found = json.loads(json.dumps(calibration.fit(raw, seen, "steps")))
    thresholds, values = found["thresholds"], found["values"]
    assert len(values) == len(thresholds) + 1 > 10
    assert np.all(np.diff(thresholds) > 0)
    assert np.all(np.diff(values) > 0)
    assert 0 < values[0] < values[-1] < 1
    said = calibration.apply(found, raw)
    assert said == pytest.approx(true, abs=0.08)
    assert said.mean() == pytest.approx(seen.mean(), abs=0.001)
    # As width_bucket(raw, thresholds) has it: a threshold belongs to the step above.
    assert calibration.apply(found, thresholds).tolist() == values[1:]
    assert calibration.apply(found, -1e9) == values[0]
    assert np.isnan(calibration.apply(found, np.nan))


def test_steps_never_turn_an_order_round():
    rng = np.random.default_rng(5)
    raw = rng.random(5000)
    found = calibration.fit(raw, rng.random(5000) < 1 - raw, "steps")
    assert found["thresholds"] == []
    assert found["values"] == [pytest.approx(0.5, abs=0.03)]
    line = calibration.fit(raw, rng.random(5000) < 1 - raw)
    assert line["c1"] == 0
    assert calibration.apply(line, raw) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("kind", ["logistic", "steps", "none"])
@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ([], []),
        ([0.5], [1]),
        ([0.5] * 300, [1] * 300),
        ([0.5] * 300, [0] * 300),
        ([0.0] * 150 + [1.0] * 150, [0] * 150 + [1] * 150),
        ([np.nan] * 5, [1] * 5),
    ],
)
def test_calibration_learns_from_anything(kind, raw, seen):
    found = calibration.fit(raw, seen, kind)
    said = calibration.apply(found, np.array([0.0, 0.2, 0.5, 1.0]))
    assert np.all((said >= 0) & (said <= 1))
    assert np.all(np.diff(said) >= 0)


def test_no_calibration_leaves_the_score_alone():
    assert calibration.apply(None, [0.3]).tolist() == [0.3]
    assert calibration.apply({"kind": "none"}, [0.3]).tolist() == [0.3]
