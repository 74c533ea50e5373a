"""By what people are found in texts: ``crm_relationship/tools/privacy.py``."""

import importlib.util
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "crm_relationship" / "tools" / "privacy.py"
spec = importlib.util.spec_from_file_location("tools_privacy", SOURCE)
privacy = importlib.util.module_from_spec(spec)
spec.loader.exec_module(privacy)
Traces = privacy.Traces


def find(text, names=(), phones=()):
    pattern = Traces(frozenset(names), frozenset(phones)).pattern
    return pattern and re.search(pattern, text, re.IGNORECASE)


@pytest.mark.parametrize(
    "text",
    [
        "call 351912345678",
        "call +351 912 345 678.",
        "(+351) 912-345-678",
        "351.912.345.678",
    ],
)
def test_a_number_is_found_however_it_is_written(text):
    assert find(text, phones=["+351912345678"])


@pytest.mark.parametrize("text", ["3519123456789", "1351912345678", "351912345679"])
def test_a_part_of_another_number_is_not(text):
    assert not find(text, phones=["+351912345678"])


def test_a_name_is_found_as_html_and_in_other_case():
    name = "Ana <b>X</b> & Co. (+)"
    assert find(f"Dear {name.upper()}!", [name])
    assert find("<p>Ana &lt;b&gt;X&lt;/b&gt; &amp; Co. (+)</p>", [name])


def test_a_name_within_a_word_is_not():
    assert not find("Anabela", ["Ana"])
    assert find("Dear Ana, welcome", ["Ana"])


def test_what_would_be_found_everywhere_is_not_looked_for():
    assert not Traces(frozenset({"A", " ", ""}), frozenset({"123", ""}))
    assert Traces(frozenset(), frozenset()).pattern == ""
