"""Countries as purchase histories write them."""

import pytest

from devenv.history_countries import matcher

IDS = {"IE": 1, "US": 2, "ZA": 3, "GB": 4, "DE": 5}
NAMES = {
    "Ireland": "IE",
    "United States": "US",
    "South Africa": "ZA",
    "United Kingdom": "GB",
    "Germany": "DE",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Germany", 5),
        ("germany ", 5),
        ("DE", 5),
        ("EIRE", 1),
        ("USA", 2),
        ("RSA", 3),
        ("UK", 4),
    ],
)
def test_names_codes_and_common_aliases_match(text, expected):
    assert matcher(IDS, NAMES)(text) == expected


@pytest.mark.parametrize(
    "text", ["", "Unspecified", "Channel Islands", "West Indies", "Hong Kong SAR"]
)
def test_what_is_no_country_of_the_database_does_not_match(text):
    assert matcher(IDS, NAMES)(text) is None
