import csv
import re

import numpy as np
import pytest

from jaguar_mm.competition.doctor import examine
from jaguar_mm.competition.submission import write_pair_submission, write_submission_record
from jaguar_mm.datasets.tables import TableError, read_pairs

NAMES = [f'test_{i:04d}.png' for i in range(1, 7)]


@pytest.fixture
def test_csv(tmp_path):
    path = tmp_path / 'test.csv'
    pairs = [(q, g) for q in NAMES for g in NAMES if q != g]
    lines = [f'{i},{q},{g}' for i, (q, g) in enumerate(pairs)]
    path.write_text('\n'.join(['row_id,query_image,gallery_image', *lines]))
    return path


@pytest.fixture
def similarity():
    values = np.random.default_rng(0).random((6, 6))
    return (values + values.T) / 2


@pytest.fixture
def images(tmp_path):
    """Six files, nested once as the competition's archive nests them."""
    folder = tmp_path / 'test'
    (folder / 'test').mkdir(parents=True)
    for i, name in enumerate(NAMES):
        (folder / 'test' / name).write_bytes(bytes([i]) * 200_000)
    return folder


@pytest.fixture
def submission(tmp_path, test_csv, similarity):
    path = tmp_path / 'submission.csv'
    write_pair_submission(read_pairs(test_csv), NAMES, similarity, path)
    return path


@pytest.fixture
def record(submission, images):
    return write_submission_record(submission, {name: images / 'test' / name for name in NAMES}, '+QE')


def edit(path, change):
    """Change the rows of a CSV file, each a list of its fields."""
    with open(path, newline='') as file:
        rows = list(csv.reader(file))
    with open(path, 'w', newline='') as file:
        csv.writer(file, lineterminator='\n').writerows(change(rows))


def complaints(findings):
    return [finding for finding in findings if finding.level != 'ok']


def the_error(findings):
    (text,) = [text for level, text in findings if level == 'error']
    return text


def test_a_sound_file_is_sound(submission, test_csv, images, record):
    findings = examine(submission, test_csv, images)
    assert complaints(findings) == []
    assert any('30 rows' in text and 'in its order' in text for _, text in findings)
    assert any('made from the 6 images' in text for _, text in findings)


def test_merge_conflict_markers_are_found_by_line(submission, test_csv):
    lines = submission.read_text().splitlines()
    submission.write_text('\n'.join([*lines[:4], '<<<<<<< HEAD', *lines[4:]]))
    errors = [text for level, text in examine(submission, test_csv) if level == 'error']
    assert 'line 5 is the marker of an unresolved merge conflict' in errors


def test_an_identical_earlier_file_is_named(submission, test_csv, tmp_path):
    earlier, other = tmp_path / 'earlier.csv', tmp_path / 'other.csv'
    earlier.write_bytes(submission.read_bytes())
    other.write_text('something else')
    assert str(earlier) in the_error(examine(submission, test_csv, against=[other, earlier]))


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda rows: [['id', 'similarity'], *rows[1:]], "column 'row_id' is missing"),
        (lambda rows: [[*row, '0'] for row in rows], 'columns must be row_id,similarity'),
        (lambda rows: rows[:-2], '2 rows of .* are missing, the first is row_id 28'),
        (lambda rows: [*rows, ['77', '0.5']], '1 rows are not in .*, the first is row_id 77'),
        (lambda rows: [*rows, rows[-1]], "repeats row_id '29'"),
        (lambda rows: [*rows[:3], ['2', 'nan'], *rows[4:]], 'no finite number, the first is at row_id 2'),
        (lambda rows: [*rows[:3], ['2', 'inf'], *rows[4:]], 'no finite number, the first is at row_id 2'),
        (lambda rows: [*rows[:3], ['2', 'high'], *rows[4:]], 'no finite number, the first is at row_id 2'),
        (lambda rows: [*rows[:3], ['2', '-0.1'], *rows[4:]], r'outside \[0, 1\], the first is at row_id 2'),
        (lambda rows: [rows[0], *([row[0], '0.5'] for row in rows[1:])], r'every similarity is 0\.5'),
    ],
)
def test_each_error_is_one_plain_sentence(submission, test_csv, change, message):
    edit(submission, change)
    assert re.search(message, the_error(examine(submission, test_csv)))


def test_another_order_is_odd_but_sound(submission, test_csv):
    edit(submission, lambda rows: [rows[0], *rows[:0:-1]])
    assert [level for level, text in examine(submission, test_csv) if 'another order' in text] == ['warning']


def test_cosines_cut_off_at_zero_tie(submission, test_csv):
    edit(submission, lambda rows: [rows[0], *([i, str(max(0, float(value) - 0.5))] for i, value in rows[1:])])
    (warning,) = [text for level, text in examine(submission, test_csv) if 'tie' in text and level == 'warning']
    assert 'cutting off at 0' in warning


def test_ties_of_both_directions_are_no_ties(submission, test_csv):
    assert any(text.startswith('0.00% of the rows tie') for _, text in examine(submission, test_csv))


class TestSymmetry:
    def test_rows_joined_by_position_do_not_mirror(self, submission, test_csv):
        shuffled = np.random.default_rng(0).random(30)
        edit(submission, lambda rows: [rows[0], *([row[0], str(shuffled[int(row[0])])] for row in rows[1:])])
        assert 'hardly agree' in the_error(examine(submission, test_csv))

    def test_a_little_asymmetry_is_told(self, tmp_path, test_csv, similarity):
        path = tmp_path / 'asymmetric.csv'
        noise = 1e-3 * np.random.default_rng(1).random((6, 6))
        write_pair_submission(read_pairs(test_csv), NAMES, np.clip(similarity + noise, 0, 1), path)
        assert any(level == 'ok' and 'differ by up to' in text for level, text in examine(path, test_csv))


class TestImages:
    def test_no_record_is_a_warning(self, submission, test_csv, images):
        (finding,) = complaints(examine(submission, test_csv, images))
        assert finding.level == 'warning'
        assert 'submission.json' in finding.text

    def test_no_folder_is_a_warning(self, submission, test_csv, record):
        (finding,) = complaints(examine(submission, test_csv))
        assert '--images' in finding.text

    @pytest.mark.parametrize('where', [0, 100_000, 199_999])
    def test_another_rounds_images_of_the_same_names(self, submission, test_csv, images, record, where):
        path = images / 'test' / NAMES[2]
        content = bytearray(path.read_bytes())
        content[where] ^= 255
        path.write_bytes(content)
        findings = complaints(examine(submission, test_csv, images))
        if where == 100_000:  # neither at the beginning nor at the end: not read
            assert findings == []
        else:
            assert 'other images' in the_error(findings)

    def test_a_record_of_another_file(self, submission, test_csv, images, record):
        edit(submission, lambda rows: [rows[0], *rows[:0:-1]])
        assert 'written for another submission' in the_error(examine(submission, test_csv, images, record=record))

    def test_a_record_that_is_none(self, submission, test_csv, images, tmp_path):
        (tmp_path / 'submission.json').write_text('{}')
        assert 'is no record' in the_error(examine(submission, test_csv, images))

    def test_missing_images(self, submission, test_csv, images, record):
        (images / 'test' / NAMES[0]).unlink()
        assert '1 of 6 images are missing' in the_error(examine(submission, test_csv, images))


def test_an_unusable_test_csv_is_refused(submission, tmp_path):
    with pytest.raises(TableError, match='query_image'):
        examine(submission, submission)
