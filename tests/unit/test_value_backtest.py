"""The backtest: who wins, what it may know, and when it says nothing."""

import dataclasses
import json

import numpy as np
import pytest
from value_tools import cdnow, module, summary

backtest, naive, rfv = module("backtest"), module("naive"), module("rfv")
candidates, judging, metrics = (
    module("candidates"),
    module("judging"),
    module("metrics"),
)

pytestmark = pytest.mark.filterwarnings("error")

HORIZON = 90


def cutoff(customers, cut, horizon=HORIZON, outcome=True):
    """Return the data of one cut-off of {customer: {day: value}}."""
    x, t_x, T, z = summary(customers, cut)
    known = [values for values in customers.values() if min(values) <= cut]
    past = [sorted(day for day in values if day <= cut) for values in known]
    counts = [
        [sum(cut - size * horizon < day for day in days) for size in naive.WINDOWS]
        for days in past
    ]
    spent = [sum(v[day] for day in days) for v, days in zip(known, past, strict=True)]
    after = [
        [value for day, value in values.items() if cut < day <= cut + horizon]
        for values in known
    ]
    last = T - t_x
    medians = [np.median(np.diff(days)) if len(days) > 1 else np.nan for days in past]
    data = backtest.CutoffData(
        day=cut,
        x=x,
        t_x=t_x,
        T=T,
        z=z,
        days_since=last,
        interval_median=np.array(medians),
        recency_score=rfv.scores(-last),
        frequency_score=rfv.scores(x),
        value_score=rfv.scores(spent),
        count_halves=np.array(counts),
        month_value=np.array(spent) / np.maximum(T / naive.DAYS_PER_MONTH, 1),
    )
    if outcome:
        data.bought = np.array([len(one) > 0 for one in after])
        data.orders_after = np.array([len(one) for one in after])
        data.value_after = np.array([sum(one) for one in after])
    return data


def world(count=700, days=900, seed=1, leaving=(0.9, 3.0), rate=(0.8, 45.0)):
    """Return customers who arrive evenly and behave as MBG/NBD says."""
    rng = np.random.default_rng(seed)
    customers = {}
    for number in range(count):
        day, chance = rng.uniform(0, days), rng.beta(*leaving)
        every = 1 / rng.gamma(rate[0], 1 / rate[1])
        mean, values = rng.gamma(4, 20), {}
        while day < days + HORIZON:
            values[int(day)] = values.get(int(day), 0.0) + rng.gamma(5, mean / 5)
            if rng.random() < chance:
                break
            day += max(rng.exponential(every), 0.01)
        customers[number] = values
    return customers


def cutoffs(customers, first, last, step=45):
    return [cutoff(customers, day) for day in range(first, last + 1, step)]


@pytest.fixture(scope="module")
def leavers():
    return cutoffs(world(), 270, 810)


@pytest.fixture(scope="module")
def result(leavers):
    return backtest.run(leavers)


def by_kind(result):
    return {one.kind: one for one in result.candidates}


def test_a_model_wins_where_customers_behave_as_it_says(result):
    assert (result.status, result.reason) == ("done", "model_wins")
    assert result.chosen in ("mbg_nbd", "bg_nbd")
    found = by_kind(result)
    chosen = found[result.chosen]
    assert [one.kind for one in result.candidates if one.is_chosen] == [chosen.kind]
    assert all(chosen.brier < one.brier for one in found.values() if one.is_naive)
    assert chosen.calibration_error < 5
    assert chosen.auc > 0.7
    assert chosen.lift > 2
    assert chosen.figures["orders_said"] == pytest.approx(
        chosen.figures["orders_seen"], rel=0.15
    )


def test_the_lorenz_curve_is_that_of_the_forecast(leavers, result):
    last = next(one for one in leavers if one.day == result.judged[-1])
    assert result.foresight == metrics.lorenz(last.value_after)
    found = by_kind(result)
    assert result.lorenz == found[result.chosen].lorenz
    # Nobody knows the future: less value at the front than with foresight, but more
    # than by chance, and another curve for each.
    front = {kind: one.lorenz[10][1] for kind, one in found.items()}
    assert 0.2 < front[result.chosen] < result.foresight[10][1] - 0.05
    assert len(set(front.values())) > 3


def test_the_value_that_is_judged_is_the_one_that_is_shipped(leavers):
    """Calibrated probability times purchases per probability times value."""
    data = leavers[-1]
    T, weeks = data.T / 7, HORIZON / 7
    per_order = candidates.value_per_order(
        data, module("gamma_gamma").fit(data.x, candidates._repeat_value(data))
    )
    scored = {one.kind: one for one in candidates.score(data, HORIZON)}
    for kind, model in candidates.MODELS.items():
        one = scored[kind]
        expected = model.expected(one.parameters, data.x, data.t_x / 7, T, weeks)
        assert one.raw * one.worth == pytest.approx(expected * per_order, rel=1e-9)
    rate = naive.order_rate(data.x, data.T)
    orders = naive.orders_of_buyer(data.x, data.T, rate, HORIZON)
    for kind in candidates.NAIVE:
        assert scored[kind].worth == pytest.approx(orders * per_order)


def test_all_candidates_are_judged_on_the_same_customers(result):
    found = by_kind(result)
    assert tuple(found) == ("mbg_nbd", "bg_nbd", *candidates.NAIVE)
    assert len({one.count for one in found.values()}) == 1
    for one in found.values():
        assert 0 <= one.brier <= 1
        assert 0 <= one.calibration_error <= 100
        assert sum(row["count"] for row in one.figures["rows"]) == one.count


def test_the_same_data_give_the_same_result(leavers, result):
    assert dataclasses.asdict(backtest.run(leavers[::-1])) == dataclasses.asdict(result)


def test_a_result_can_be_kept_as_json(result):
    assert json.loads(json.dumps(dataclasses.asdict(result)))["chosen"] == result.chosen


def test_what_is_said_at_a_cutoff_does_not_know_what_came_later(leavers):
    """Turn the outcome of the last cut-offs round: what was said before stays."""
    changed = [
        dataclasses.replace(one, bought=1 - one.bought) if place > 8 else one
        for place, one in enumerate(leavers)
    ]
    before, after = (by_kind(backtest.run(data)) for data in (leavers, changed))
    limit = leavers[9].day
    assert len(leavers) > 12
    for kind, candidate in before.items():
        others = after[kind].figures["days"]
        days = candidate.figures["days"]
        for one, other in zip(days, others, strict=True):
            if one["day"] < limit:
                assert one == other
            if one["day"] < limit + HORIZON:
                assert one["said"] == other["said"]
        # What was learned since is another thing. A rule says it in any case; a model
        # only where it is corrected.
        if candidate.is_naive:
            assert all(
                one["said"] != other["said"]
                for one, other in zip(days, others, strict=True)
                if one["day"] >= limit + HORIZON
            )
        assert all(
            one["brier"] != other["brier"]
            for one, other in zip(days[-4:], others[-4:], strict=True)
        )


def test_the_auc_of_all_is_that_of_what_they_know_not_of_the_steps(leavers, result):
    """As value-models are compared elsewhere: a score that tells more customers apart
    is not made equal to one that does not."""
    judged = [one for one in leavers if one.day in result.judged]
    assert len(judged) == len(result.judged) > 3
    scores = {
        "recency": lambda one: -one.days_since,
        "rfv": lambda one: one.recency_score + one.frequency_score + one.value_score,
        "month_rate": lambda one: one.month_value,
    }
    found = by_kind(result)
    for kind, score in scores.items():
        areas = [metrics.auc(score(one), one.bought) for one in judged]
        mean = np.average(areas, weights=[one.count for one in judged])
        assert found[kind].auc == pytest.approx(mean, abs=1e-12)
        assert [day["auc"] for day in found[kind].figures["days"]] == areas
    model = found["mbg_nbd"]
    last = candidates.score(judged[-1], HORIZON)[0]
    assert model.figures["days"][-1]["auc"] == metrics.auc(last.raw, judged[-1].bought)


def test_ranks_on_cdnow_are_the_published_ones():
    customers = cdnow()
    cut = min(min(values) for values in customers.values()) + 272
    data = cutoff(customers, cut, horizon=273)
    raw = {one.kind: one.raw for one in candidates.score(data, 273)}
    said = {kind: metrics.auc(raw[kind], data.bought) for kind in raw}
    assert said["mbg_nbd"] == pytest.approx(0.760, abs=1e-3)
    assert said["recency"] == pytest.approx(0.771, abs=1e-3)
    assert said["rfv"] == pytest.approx(0.776, abs=2e-3)


def test_only_cutoffs_whose_horizon_is_over_are_learned_from(result):
    assert max(result.learned) + HORIZON <= max(result.judged)
    assert min(result.judged) >= min(result.learned) + HORIZON


def test_a_naive_rule_wins_where_nobody_ever_leaves():
    customers = world(leaving=(0.001, 900.0), rate=(2.0, 90.0))
    found = backtest.run(cutoffs(customers, 270, 720, step=75))
    assert (found.status, found.reason) == ("done", "models_refused")
    assert found.chosen in candidates.NAIVE
    assert found.figures["statuses"]["mbg_nbd"] == "degenerate"
    assert by_kind(found)[found.chosen].calibration["kind"] == "steps"


def with_days(days, places, change):
    return [change(day) if place in places else day for place, day in enumerate(days)]


def nobody_back(data):
    """The same day if nobody had ever come back."""
    none = np.zeros(data.count)
    return dataclasses.replace(
        data, x=none, t_x=none, z=none, interval_median=none * np.nan
    )


def nobody_leaves(data):
    """The same day with customers of whom the models cannot say how they leave."""
    return cutoff(world(leaving=(0.001, 900.0), rate=(2.0, 90.0)), data.day)


@pytest.fixture(scope="module")
def loyal(leavers):
    return [nobody_leaves(day) for day in leavers]


def test_the_days_of_the_tests_are_what_they_are_meant_to_be(leavers, loyal):
    """Else the tests below would test nothing."""

    def statuses(data):
        found = {one.kind: one.status for one in candidates.score(data, HORIZON)}
        return {found["mbg_nbd"], found["bg_nbd"]}

    assert set().union(*map(statuses, leavers)) == {"ok"}
    assert statuses(nobody_back(leavers[0])) == {"no_repeat"}
    assert "degenerate" in statuses(loyal[0]) & statuses(loyal[9])


@pytest.mark.parametrize("place", [0, 1, 6, 10, 12])
def test_a_day_without_a_fit_counts_for_nobody(leavers, loyal, place):
    """The result is that of the same days without it, not a figure differs."""
    without = leavers[:place] + leavers[place + 1 :]
    now = leavers[-1]
    expected = backtest.run(without, now=now)
    assert expected.status == "done"
    for day in (nobody_back(leavers[place]), loyal[place]):
        given = [*leavers[:place], day, *leavers[place + 1 :]]
        found = backtest.run(given, now=now)
        assert found.left_out == [leavers[place].day]
        assert day.day not in {*found.learned, *found.judged}
        assert found.chosen == expected.chosen
        assert found.candidates == expected.candidates
        assert len({one.count for one in found.candidates}) == 1


def test_an_early_day_on_which_nobody_had_come_back_refuses_no_model(leavers, result):
    found = backtest.run(with_days(leavers, {0}, nobody_back))
    assert (found.reason, found.chosen) == ("model_wins", result.chosen)
    assert found.figures["statuses"] == {"mbg_nbd": "ok", "bg_nbd": "ok"}


def test_a_model_that_hardly_ever_could_be_fitted_is_refused(leavers, loyal, result):
    """It could be today, but what it says was never put to the test. The rules are
    compared on all days nevertheless."""
    found = backtest.run([*loyal[:10], *leavers[10:]])
    assert (found.status, found.reason) == ("done", "models_refused")
    assert found.figures["statuses"]["mbg_nbd"] == "degenerate"
    assert (found.left_out, found.judged) == ([], result.judged)
    days = by_kind(found)["mbg_nbd"].figures["days"]
    assert {day["status"] for day in days} == {"degenerate", "ok"}


def test_a_score_that_is_no_number_is_refused(leavers):
    """Its customers would fall out of its own figures, and of no others."""

    def broken(data):
        days = data.days_since.copy()
        days[0] = np.nan
        return dataclasses.replace(data, days_since=days)

    found = by_kind(backtest.run([broken(day) for day in leavers]))
    assert found["recency"].status == found["rhythm"].status == "not_finite"
    assert found["recency"].brier is None
    assert found["rfv"].status == "ok"


def test_a_model_with_worse_ranks_does_not_win():
    rule = judging.Candidate("rfv", True, "ok", {}, brier=0.20, auc=0.80)
    rule.figures = {"auc_error": 0.01}
    model = judging.Candidate("mbg_nbd", False, "ok", {}, brier=0.19, auc=0.79)
    choose = backtest._choose
    assert choose([rule, model])[:2] == (model, "model_wins")
    assert choose([rule, dataclasses.replace(model, auc=0.77)])[1] == "naive_ranks"
    assert choose([rule, dataclasses.replace(model, brier=0.2)])[1] == "naive_wins"
    refused = dataclasses.replace(model, status="degenerate")
    assert choose([rule, refused])[:2] == (rule, "models_refused")


def test_parameters_in_force_are_those_of_today(leavers):
    customers = world()
    now = cutoff(customers, 900, outcome=False)
    found = backtest.run(leavers, now=now)
    T = now.T / 7
    fit = module("mbgnbd").fit(now.x, now.t_x / 7, T)
    parameters = by_kind(found)["mbg_nbd"].parameters
    assert parameters["alpha"] == fit.parameters["alpha"]
    assert by_kind(found)["month_rate"].parameters["retention"] > 0
    assert by_kind(found)["rhythm"].parameters["interval"] > 0
    assert set(found.value_parameters) == {"p", "q", "gamma"}


def test_progress_is_told(leavers):
    told = []
    backtest.run(leavers[:3], progress=told.append)
    assert told == [1, 2, 3]


def test_too_little_is_refused_with_a_reason(leavers):
    assert backtest.run([]).reason == "too_short"
    assert backtest.run(leavers[:3]).reason == "too_short"
    few = cutoffs(world(count=150), 270, 720, step=90)
    found = backtest.run(few)
    assert (found.status, found.reason, found.chosen) == ("refused", "too_few", None)
    assert found.figures["customers"] < found.figures["minimum"] == 200


@pytest.mark.parametrize("outcome", [0, 1])
def test_where_all_do_the_same_nothing_is_judged(leavers, outcome):
    same = [
        dataclasses.replace(one, bought=np.full(one.count, outcome)) for one in leavers
    ]
    assert backtest.run(same).reason == "one_outcome"


@pytest.mark.parametrize("what", ["once", "one_day", "nan", "zero"])
def test_nonsense_ends_in_a_result(what):
    count = 400
    zeros, ones = np.zeros(count), np.ones(count)

    def data(day):
        bought = (np.arange(count) + day) % 3 == 0
        columns = {
            "once": (zeros, zeros, ones * day, zeros),
            "one_day": (ones, zeros, ones * day, ones),
            "nan": (ones * np.nan, ones, ones * day, ones * np.nan),
            "zero": (ones * 2, ones, ones * day, zeros),
        }[what]
        others = dict.fromkeys(
            ("recency_score", "frequency_score", "value_score"), ones
        )
        return backtest.CutoffData(
            day,
            *columns,
            days_since=ones * 5,
            interval_median=ones * np.nan,
            **others,
            count_halves=np.zeros((count, 3)),
            month_value=zeros,
            bought=bought,
            orders_after=bought,
            value_after=zeros,
        )

    found = backtest.run([data(day) for day in range(100, 500, 40)])
    assert found.status in ("done", "refused")
    assert found.chosen is None or found.chosen in candidates.KINDS
    json.dumps(dataclasses.asdict(found))


def test_calibrated_mbg_nbd_wins_on_cdnow():
    customers = cdnow()
    first = min(min(values) for values in customers.values())
    found = backtest.run(cutoffs(customers, first + 100, first + 455, step=50))
    assert (found.reason, found.chosen) == ("model_wins", "mbg_nbd")
    chosen = by_kind(found)["mbg_nbd"]
    assert chosen.calibration["kind"] == "logistic"
    assert chosen.calibration_error < 2
    assert chosen.auc > 0.77
