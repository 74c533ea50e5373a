"""Reading the file of a purchase history."""

import gzip
from pathlib import Path

import pytest

from devenv import history_file
from devenv.console import Failure

HEADER = "customer_id,invoice,date,product,qty,unit_price"


def write(folder, content, name="history.csv"):
    path = folder / name
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def rows(path):
    with history_file.opened(path) as history:
        return list(history.rows())


@pytest.mark.parametrize("name", ["history.csv", "history.csv.gz"])
def test_packed_and_plain_files_are_read(tmp_path, name):
    path = write(tmp_path, f"{HEADER}\n1,2,3,4,5,6\n", name)
    assert rows(path) == [(2, ["1", "2", "3", "4", "5", "6"])]


def test_the_header_may_have_any_order_case_and_more_columns(tmp_path):
    path = write(tmp_path, "\ufeffQTY,x,Unit_Price ,date,product,invoice,customer_id\n")
    with history_file.opened(path) as history:
        assert history.places == {
            "qty": 0,
            "unit_price": 2,
            "date": 3,
            "product": 4,
            "invoice": 5,
            "customer_id": 6,
        }


def test_a_blank_line_is_no_row_but_counts_as_line(tmp_path):
    path = write(tmp_path, f"{HEADER}\n\n1,2,3,4,5,6\r\n")
    assert [number for number, _row in rows(path)] == [3]


@pytest.mark.parametrize("content", ["", "customer_id,date,product,qty,unit_price\n"])
def test_a_missing_column_is_named(tmp_path, content):
    path = write(tmp_path, content)
    with pytest.raises(Failure, match="no column .*invoice"):
        rows(path)


def test_a_nul_character_is_dropped(tmp_path):
    path = write(tmp_path, f"{HEADER}\n1,2,3,4\0,5,6\n")
    assert rows(path)[0][1][3] == "4"


def test_a_file_that_ends_in_the_middle_fails(tmp_path):
    path = write(tmp_path, f"{HEADER}\n" + "1,2,3,4,5,6\n" * 1000, "history.csv.gz")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(Failure, match="cannot be unpacked"):
        rows(path)


def test_another_encoding_fails_with_advice(tmp_path):
    path = write(tmp_path, f"{HEADER}\n1,2,3,caf\u00e9,5,6\n".encode("latin1"))
    with pytest.raises(Failure, match="not UTF-8") as failure:
        rows(path)
    assert "iconv" in str(failure.value)


def test_a_file_that_is_not_there_fails(tmp_path):
    with pytest.raises(Failure, match="cannot be opened"):
        rows(tmp_path / "none.csv")


@pytest.mark.parametrize(
    "name", ["shop.csv.gz", "shop.csv", "shop", "folder/shop.csv.gz"]
)
def test_rejects_are_named_after_the_file_and_lie_here(name):
    assert history_file.rejects_path(Path(name)) == Path("shop.rejects.csv")
