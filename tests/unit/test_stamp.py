"""A stamp is current only for the very inputs that it was written for."""

import pytest

from devenv import stamp


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models/profile.py").write_text("x = 1\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_profile.py").write_text("y = 1\n")
    return tmp_path


def test_without_a_stamp_nothing_is_done(tmp_path):
    assert not stamp.is_current(tmp_path / "stamp", stamp.digest("a"))


def test_a_stamp_holds_until_an_input_changes(tmp_path):
    done = tmp_path / "stamp"
    stamp.write(done, stamp.digest("a", "b"))

    assert stamp.is_current(done, stamp.digest("a", "b"))
    assert not stamp.is_current(done, stamp.digest("ab", ""))


def test_a_changed_file_changes_the_digest(folder):
    before = stamp.digest_tree(folder)
    (folder / "models/profile.py").write_text("x = 2\n")

    assert stamp.digest_tree(folder) != before


def test_a_renamed_file_changes_the_digest(folder):
    before = stamp.digest_tree(folder)
    (folder / "models/profile.py").rename(folder / "models/customer.py")

    assert stamp.digest_tree(folder) != before


def test_folders_left_out_do_not_count(folder):
    before = stamp.digest_tree(folder, without=["tests"])
    (folder / "tests/test_profile.py").write_text("y = 2\n")
    (folder / "models/__pycache__").mkdir()
    (folder / "models/__pycache__/profile.pyc").write_bytes(b"compiled")

    assert stamp.digest_tree(folder, without=["tests"]) == before
