"""Which lines of a purchase history are taken, and what becomes of the others."""

import csv
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from devenv import history_lines
from devenv.history_lines import Refused, Rejects, Screen

HEADER = ["customer_id", "invoice", "date", "product", "qty", "unit_price", "country"]
GOOD = ["13085", "489434", "2009-12-01 07:45:00", "85048", "12", "6.95", "Spain"]


CANCELLED = {"invoice": "C489449", "qty": "-12"}


def make_screen(owners=(), **options):
    places = {name: place for place, name in enumerate(HEADER)}
    return Screen(HEADER, places, ZoneInfo("UTC"), dict(owners), **options)


def row(**changes):
    return [changes.get(name, cell) for name, cell in zip(HEADER, GOOD, strict=True)]


def reason(cells, screen=None):
    with pytest.raises(Refused) as refused:
        (screen or make_screen()).judge(cells)
    return str(refused.value)


def test_a_good_line_is_taken_with_its_values():
    line = make_screen().judge(row(customer_id=" 13085 "))
    assert line == (
        "13085",
        "489434",
        "85048",
        Decimal(12),
        Decimal("6.95"),
        datetime(2009, 12, 1, 7, 45),
        "Spain",
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"customer_id": " "}, history_lines.NO_CUSTOMER),
        ({"invoice": "C489449"}, history_lines.NOTHING_BACK),
        ({"invoice": "C489449", "qty": "0"}, history_lines.NOTHING_BACK),
        ({**CANCELLED, "customer_id": ""}, history_lines.NO_CUSTOMER),
        ({**CANCELLED, "date": "1.12.2009"}, history_lines.BAD_DATE),
        ({**CANCELLED, "qty": "-many"}, history_lines.BAD_NUMBER),
        ({**CANCELLED, "unit_price": "-0.01"}, history_lines.BAD_NUMBER),
        ({**CANCELLED, "product": ""}, history_lines.INCOMPLETE),
        ({"qty": "-1"}, history_lines.CANCELLATION),
        ({"qty": "0"}, history_lines.CANCELLATION),
        ({"date": "1.12.2009"}, history_lines.BAD_DATE),
        ({"qty": "many"}, history_lines.BAD_NUMBER),
        ({"unit_price": "NaN"}, history_lines.BAD_NUMBER),
        ({"unit_price": "-0.01"}, history_lines.BAD_NUMBER),
        ({"product": ""}, history_lines.INCOMPLETE),
        ({"invoice": ""}, history_lines.INCOMPLETE),
    ],
)
def test_a_bad_line_is_refused_with_its_reason(changes, expected):
    assert reason(row(**changes)) == expected


def test_a_gift_is_taken():
    assert make_screen().judge(row(unit_price="0")).price == 0


def test_a_cancellation_is_taken_as_what_it_is():
    purchase, cancellation = (
        make_screen().judge(row(**changes)) for changes in ({}, CANCELLED)
    )
    assert not purchase.is_credit
    assert cancellation.is_credit
    assert (cancellation.invoice, cancellation.quantity) == ("C489449", Decimal(-12))


def test_a_cancellation_that_cannot_be_booked_is_refused_and_nothing_else():
    screen = make_screen(books=False)
    assert reason(row(**CANCELLED), screen) == history_lines.NO_JOURNAL
    assert screen.judge(row())


def test_a_cancellation_belongs_to_its_first_customer():
    screen = make_screen()
    screen.judge(row(**CANCELLED))
    other = row(**CANCELLED, customer_id="99")
    assert reason(other, screen) == history_lines.OTHER_CUSTOMER


def test_the_first_reason_in_the_order_of_the_list_counts():
    assert reason(row(customer_id="", invoice="C1")) == history_lines.NO_CUSTOMER
    assert reason(row(qty="-1", date="?")) == history_lines.CANCELLATION
    assert reason(row(date="?", qty="?")) == history_lines.BAD_DATE


@pytest.mark.parametrize("cells", [GOOD[:-1], [*GOOD, "more"]])
def test_a_row_of_another_width_is_refused(cells):
    assert reason(cells) == history_lines.WRONG_WIDTH


def test_an_invoice_belongs_to_its_first_customer():
    screen = make_screen()
    screen.judge(row())
    screen.judge(row(product="22041"))
    assert reason(row(customer_id="99"), screen) == history_lines.OTHER_CUSTOMER


def test_an_invoice_loaded_before_keeps_its_customer():
    screen = make_screen({"489434": "99"})
    assert reason(row(), screen) == history_lines.OTHER_CUSTOMER


def test_a_refused_line_owns_no_invoice():
    screen = make_screen()
    reason(row(customer_id="99", qty="-1"), screen)
    assert screen.judge(row())


def test_rejects_keep_every_cell_the_line_number_and_the_reason(tmp_path):
    path = tmp_path / "x.rejects.csv"
    with Rejects(path, HEADER) as rejects:
        rejects.add(7, row(qty="-1"), "cancellation")
        rejects.add(8, GOOD[:3], "narrow")
        rejects.add(9, [*GOOD, "more"], "wide")
        assert not path.exists()
    with path.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header == [*HEADER, "line_number", "reason"]
    assert rows == [
        [*row(qty="-1"), "7", "cancellation"],
        [*GOOD[:3], "", "", "", "", "8", "narrow"],
        [*GOOD[:-1], "Spain,more", "9", "wide"],
    ]


def test_without_rejects_an_old_file_of_them_goes(tmp_path):
    path = tmp_path / "x.rejects.csv"
    path.write_text("old")
    with Rejects(path, HEADER):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_rejects_alone(tmp_path):
    path = tmp_path / "x.rejects.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError), Rejects(path, HEADER) as rejects:
        rejects.add(1, GOOD, "cancellation")
        raise RuntimeError
    assert [item.read_text() for item in tmp_path.iterdir()] == ["old"]
