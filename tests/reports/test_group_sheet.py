from jaguar_mm.reports import group_rows
from jaguar_mm.reports.sheet import QUERY, RIGHT, UNKNOWN, WRONG

PATHS = [f'folder/{letter}.png' for letter in 'abcdefgh']


def shown(rows):
    return [[tile.image[7] for tile in row] for row in rows]


def test_groups_of_two_animals_come_first_then_the_largest():
    groups = [0, 1, 2, 1, 0, 1, 6, 6]
    identities = ['Lua', 'Ti', 'Ti', 'Ti', 'Lua', 'Ti', 'Lua', 'Abril']
    rows = group_rows(PATHS, groups, identities)
    assert shown(rows) == [['g', 'h'], ['b', 'd', 'f'], ['a', 'e']]
    assert [tile.frame for tile in rows[0]] == [QUERY, WRONG]
    assert [tile.frame for tile in rows[1]] == [QUERY, RIGHT, RIGHT]
    assert [tile.caption for tile in rows[1]] == ['+2 b.png', 'd.png', 'f.png']


def test_unknown_animals_have_a_neutral_frame():
    (row,) = group_rows(PATHS[:3], [0, 0, 0], ['Lua', None, 'Lua'])
    assert [tile.frame for tile in row] == [QUERY, UNKNOWN, RIGHT]
    (row,) = group_rows(PATHS[:2], [0, 0], [None, 'Lua'])
    assert row[1].frame == UNKNOWN


def test_only_so_many_rows_and_columns_are_shown():
    rows = group_rows(PATHS, [0, 0, 0, 0, 4, 4, 6, 6], ['Lua'] * 8, rows=2, columns=3)
    assert shown(rows) == [['a', 'b', 'c'], ['e', 'f']]
    assert rows[0][0].caption == '+3 a.png'


def test_single_images_are_no_groups():
    assert group_rows(PATHS, range(8), ['Lua'] * 8) == []
