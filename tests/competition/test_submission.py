import csv
from types import SimpleNamespace

import numpy as np
import pytest

from jaguar_mm.competition.submission import write_pair_submission

NAMES = ['b.png', 'a.png', 'c.png']


def pair_table(pairs, row_ids=None):
    return SimpleNamespace(
        path='test.csv',
        row_ids=row_ids or [str(i) for i in range(len(pairs))],
        query=[q for q, _ in pairs],
        gallery=[g for _, g in pairs],
    )


def read(path):
    with open(path, newline='') as file:
        return [(row['row_id'], float(row['similarity'])) for row in csv.DictReader(file)]


def test_rows_are_joined_by_name_not_by_position(tmp_path):
    similarity = np.array([[1.0, 0.1, 0.2], [0.3, 1.0, 0.4], [0.5, 0.6, 1.0]])
    table = pair_table([('c.png', 'a.png'), ('a.png', 'b.png'), ('b.png', 'c.png')], row_ids=['7', '3', '5'])
    out = tmp_path / 'deep' / 'submission.csv'
    assert write_pair_submission(table, NAMES, similarity, out) == 3
    assert read(out) == [('7', 0.6), ('3', 0.3), ('5', 0.2)]
    assert [path.name for path in out.parent.iterdir()] == ['submission.csv']


def test_values_keep_every_digit(tmp_path):
    rng = np.random.default_rng(0)
    similarity = rng.uniform(size=(3, 3))
    similarity[0, 2] = np.nextafter(similarity[0, 1], 1)
    table = pair_table([('b.png', 'a.png'), ('b.png', 'c.png')])
    write_pair_submission(table, NAMES, similarity, tmp_path / 's.csv')
    (_, first), (_, second) = read(tmp_path / 's.csv')
    assert first < second
    assert first == similarity[0, 1]


def test_an_image_without_embedding_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"test\.csv.*'z\.png'"):
        write_pair_submission(pair_table([('a.png', 'z.png')]), NAMES, np.ones((3, 3)), tmp_path / 's.csv')
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('bad', [np.nan, np.inf, -0.1, 1.1])
def test_a_value_outside_the_unit_interval_names_its_row(tmp_path, bad):
    similarity = np.full((3, 3), 0.5)
    similarity[1, 0] = bad
    with pytest.raises(ValueError, match='row 42'):
        write_pair_submission(pair_table([('a.png', 'b.png')], ['42']), NAMES, similarity, tmp_path / 's.csv')
    assert not list(tmp_path.iterdir())


def test_rows_are_written_a_block_at_a_time_and_all_or_none(tmp_path, monkeypatch):
    monkeypatch.setattr('jaguar_mm.competition.submission.ROWS_AT_ONCE', 2)
    similarity = np.array([[1.0, 0.1, 0.2], [0.3, 1.0, 0.4], [0.5, 0.6, 1.0]])
    table = pair_table([(q, g) for q in NAMES for g in NAMES if q != g])
    out = tmp_path / 's.csv'
    write_pair_submission(table, NAMES, similarity, out)
    assert [value for _, value in read(out)] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    before = out.read_bytes()
    similarity[2, 1] = 7
    with pytest.raises(ValueError, match='row 5'):
        write_pair_submission(table, NAMES, similarity, out)
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ['s.csv']
