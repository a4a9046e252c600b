import numpy as np
import pytest

from jaguar_mm.reports.lettering import plain_letters, write


@pytest.mark.parametrize(
    ('text', 'written'),
    [('Žofie', 'Zofie'), ('Ana/0.png', 'Ana/0.png'), ('Łoś', '?os'), ('豹 1', '? 1'), ('ﬁ e\u0301', 'fi e'), ('', '')],
)
def test_letters_that_the_font_has(text, written):
    assert plain_letters(text) == written


def drawn(text, width):
    paper = np.full((20, 400, 3), 255, np.uint8)
    write(paper, text, (5, 14), 0.4, width)
    return paper


def test_a_long_name_loses_its_beginning_and_stays_within_the_width():
    name = 'a/very/long/path/of/folders/img_0012.jpg'
    short, whole = drawn(name, 100), drawn(name, 390)
    assert np.flatnonzero((short < 255).any((0, 2))).max() <= 5 + 100
    assert np.flatnonzero((whole < 255).any((0, 2))).max() > 200
    other = drawn(name.replace('0012', '0013'), 100)
    assert (other != short).any()  # the end tells them apart
    assert (drawn('an' + name[1:], 100) == short).all()


def test_no_room_is_no_error():
    assert drawn('wide', 1).shape == (20, 400, 3)
