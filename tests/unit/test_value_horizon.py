"""Expected purchases against plain integration and scipy, however odd the numbers."""

from itertools import product

import numpy as np
import pytest
from scipy.special import hyp2f1
from value_tools import module

horizon, mbgnbd, bgnbd = module("horizon"), module("mbgnbd"), module("bgnbd")

pytestmark = pytest.mark.filterwarnings("error")

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


def integrated(s, beta, a, c, H):
    """The definition, piece by piece, over v = log(p / (1 - p))."""
    mode, width = np.log(a / (c + 1)), np.sqrt(1 / a + 1 / (c + 1))
    top = -a * np.logaddexp(0, -mode) - (c + 1) * np.logaddexp(0, mode)

    def density(v):
        return np.exp(-a * np.logaddexp(0, -v) - (c + 1) * np.logaddexp(0, v) - top)

    def bought(v):
        inverse = 1 + np.exp(-np.maximum(v, -600))
        return density(v) * -np.expm1(-s * np.log1p(H / beta / inverse)) * inverse

    away = width * np.geomspace(0.1, 1000, 40)
    points = np.unique(np.r_[mode - away, mode, mode + away, np.log(beta / s / H), 0])
    half = np.diff(points)[:, None] / 2
    v = points[:-1, None] + half * (1 + NODES)
    return np.sum(bought(v) * half * WEIGHTS) / np.sum(density(v) * half * WEIGHTS)


@pytest.mark.parametrize("a", [0.02, 0.9, 1.0, 1.0001, 7.0, 40.0])
@pytest.mark.parametrize("z", [0.01, 0.5, 0.74, 0.76, 0.9, 0.99])
def test_expected_purchases_are_the_integral(a, z):
    s, beta, c = np.array([0.5, 1.5, 30.5]), 6.0, np.array([1.6, 2.6, 31.6])
    H = beta * z / (1 - z)
    said = horizon.expected_purchases(s, beta, a, c, H)
    seen = [integrated(one, beta, a, other, H) for one, other in zip(s, c, strict=True)]
    assert said == pytest.approx(seen, rel=1e-8)


@pytest.mark.parametrize("z", [0.05, 0.6, 0.9])
def test_expected_purchases_are_the_textbook_formula(z):
    r, a, b, x, beta = 0.242595, 0.792922, 2.42591, np.arange(12.0), 4.4136
    H, s, C = beta * z / (1 - z), 0.242595 + np.arange(12.0), a + b + x - 1
    textbook = C / (a - 1) * (1 - (1 - z) ** s * hyp2f1(r + x, b + x, C, z))
    said = horizon.expected_purchases(s, beta, a, b + x - 1, H)
    assert said == pytest.approx(textbook, rel=1e-9)


@pytest.mark.parametrize("model", [mbgnbd, bgnbd])
def test_nothing_overflows_up_to_ten_thousand_purchases_and_ten_years(model):
    x, T = (
        one.ravel() for one in np.meshgrid([0, 1, 300, 10_000], [0.0, 0.5, 300, 1.5e6])
    )
    t_x = np.where(x > 0, T * 0.9, 0)
    shapes = product((0.05, 0.5, 50), (0.05, 4, 100), (0.01, 1, 8, 499), (0.02, 2, 499))
    for r, alpha, a, b in shapes:
        params = {"r": r, "alpha": alpha, "a": a, "b": b}
        for H in (0, 1 / 7, 12.9, 521.8):
            alive = model.alive(params, x, t_x, T)
            buy = model.buy(params, x, t_x, T, H)
            expected = model.expected(params, x, t_x, T, H)
            assert np.all((alive >= 0) & (alive <= 1))
            assert np.all((buy >= 0) & (buy <= alive))
            # Who buys, buys at least once; nobody more than without leaving.
            assert np.all(expected >= buy * (1 - 1e-9) - 1e-300)
            bound = alive * (r + x) * H / (alpha + T)
            assert np.all(expected <= bound * (1 + 1e-9))


def test_more_time_brings_more_purchases():
    params = {"r": 0.5, "alpha": 6.0, "a": 0.9, "b": 1.6}
    x, T = np.array([0.0, 3, 300]), np.array([0.0, 40, 100])
    weeks = (0, 1, 13, 17.9, 18.1, 52, 521)
    rising = [mbgnbd.expected_factor(params, x, T, one) for one in weeks]
    assert np.all(np.diff(rising, axis=0) > 0)
    assert np.all(rising[0] == 0)


def test_numbers_and_arrays_of_any_shape_are_taken():
    params = {"r": 0.5, "alpha": 6.0, "a": 0.9, "b": 1.6}
    one = mbgnbd.expected(params, 2, 10, 20, 13)
    many = mbgnbd.expected(params, np.full((2, 3), 2), 10, np.full((2, 3), 20), 13)
    assert many.shape == (2, 3)
    assert many == pytest.approx(np.full((2, 3), one))
    assert mbgnbd.expected(params, [], [], [], 13).shape == (0,)
