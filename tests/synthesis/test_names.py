import pytest

from jaguar_mm.synthesis.names import MOST_NAMES, jaguar_names


def test_all_names_differ_and_are_plain_words_in_order():
    names = jaguar_names(MOST_NAMES, 0)
    assert len(set(names)) == MOST_NAMES
    assert names == sorted(names)
    assert all(name.isascii() and name.isalpha() and name == name.capitalize() for name in names)


def test_the_seed_decides():
    assert jaguar_names(16, 3) == jaguar_names(16, 3)
    assert jaguar_names(16, 3) != jaguar_names(16, 4)


def test_too_many_names_are_refused():
    with pytest.raises(ValueError, match=str(MOST_NAMES)):
        jaguar_names(MOST_NAMES + 1, 0)
