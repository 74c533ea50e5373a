"""What a person asks script/test for goes to the right runner."""

import pytest

from devenv import console, testing

UNIT = testing.TESTS / "unit"


def chosen(*arguments):
    return testing.Selection.of(arguments).inside(testing.TESTS)


def test_nothing_asked_for_is_everything():
    assert chosen() == [str(testing.TESTS)]


def test_a_test_inside_the_folder_is_chosen_alone():
    assert chosen("tests/unit/test_stamp.py::test_x") == [
        f"{UNIT / 'test_stamp.py'}::test_x"
    ]


def test_a_folder_above_chooses_the_whole_folder():
    assert chosen(".") == [str(testing.TESTS)]


def test_a_path_elsewhere_chooses_nothing():
    assert chosen("script") == []


def test_a_word_chooses_folders_that_mention_it():
    assert chosen("a_word_chooses_folders") == [str(testing.TESTS)]
    assert chosen("".join(["never", "mentioned", "anywhere"])) == []


def test_a_path_that_is_not_there_is_refused():
    with pytest.raises(console.Failure, match="there is no tests/nothing.py"):
        chosen("tests/nothing.py")
