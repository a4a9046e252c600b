"""Every CSV file that is written reads back equal, whatever is in its values."""

import csv
import io
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaguar_mm.competition.submission import write_pair_submission
from jaguar_mm.datasets.tables import PairTable, read_similarities
from jaguar_mm.storage.csv_gate import find_flaw, read_rows
from jaguar_mm.storage.files import csv_fields, csv_text, write_whole
from tests.conftest import ROOT

NASTY = [
    ',',
    '"',
    '""',
    '\n',
    '\r',
    '\r\n',
    ' a ',
    '=cmd|calc',
    '+1',
    '-1',
    '@x',
    "'",
    ';',
    '\t',
    '',
    'Ti, "o"',
    'é',
    '猫',
]
values = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=('Cs',)), max_size=8))
rows_of_two = st.lists(st.tuples(values, values), min_size=1, max_size=5)


@given(rows_of_two)
def test_python_reads_what_was_written(rows):
    text = csv_text(['one', 'two'], rows)
    assert list(csv.reader(io.StringIO(text, newline=''), strict=True)) == [['one', 'two'], *map(list, rows)]


@given(st.lists(values, min_size=1, max_size=5))
def test_a_single_column_too(texts):
    text = csv_text(['problem'], [[each] for each in texts])
    assert list(csv.reader(io.StringIO(text, newline=''), strict=True)) == [['problem'], *([each] for each in texts)]


@given(st.lists(st.tuples(values.filter(lambda value: value and not find_flaw(value)), values), min_size=1, max_size=5))
def test_the_gate_reads_what_it_lets_in(tmp_path_factory, rows):
    rows = list(dict(rows).items())
    path = write_whole(tmp_path_factory.mktemp('csv') / 'table.csv', csv_text(['name', 'note'], rows))
    if any('\0' in note for _, note in rows):
        return  # refused by line
    assert [tuple(row.values.values()) for row in read_rows(path, ('name',), unique=('name',))] == rows


@given(st.lists(values))
def test_fields_are_those_of_whole_lines(texts):
    assert [f'{field},1\n' for field in csv_fields(texts)] == [csv_text([text, 1], []) for text in texts]


def test_numbers_keep_every_digit_and_none_is_empty():
    assert csv_text(['a', 'b', 'c'], [[None, 0.1 + 0.2, 7]]) == 'a,b,c\n,0.30000000000000004,7\n'


def submission(row_ids, out):
    names = [f'{i}.png' for i in range(len(row_ids))]
    pairs = PairTable('test.csv', row_ids, names, names[::-1])
    similarity = np.random.default_rng(0).uniform(size=(len(names),) * 2)
    write_pair_submission(pairs, names, similarity, out)
    return dict(zip(row_ids, np.diag(similarity[:, ::-1]).tolist(), strict=True))


@pytest.mark.parametrize('row_ids', [['a,b', 'plain', '"q"', '=cmd'], ['0', '1', 'a b', "'"]])
def test_a_submission_reads_back_through_the_gate(tmp_path, row_ids):
    expected = submission(row_ids, tmp_path / 'submission.csv')
    assert read_similarities(tmp_path / 'submission.csv') == expected


def test_a_submission_of_ordinary_row_ids_has_no_quotes_and_is_quick(tmp_path):
    expected = submission([str(i) for i in range(2000)], tmp_path / 's.csv')
    lines = ''.join(f'{row_id},{value!r}\n' for row_id, value in expected.items())
    assert (tmp_path / 's.csv').read_text() == f'row_id,similarity\n{lines}'
    texts = [str(i) for i in range(137_270)]
    start = time.perf_counter()
    assert csv_fields(texts) is texts
    assert time.perf_counter() - start < 0.1  # some milliseconds on a free core


def test_there_is_one_writer_of_csv_files():
    sources = [path for folder in ('jaguar_mm', 'tools') for path in (ROOT / folder).rglob('*.py')]
    writers = [path.name for path in sources if 'csv.writer' in path.read_text() or 'DictWriter' in path.read_text()]
    assert writers == ['files.py']
