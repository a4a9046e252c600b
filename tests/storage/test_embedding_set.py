import csv
import importlib.util

import numpy as np
import pytest

from jaguar_mm.storage import EmbeddingSet, EncoderFingerprint, join, load_embeddings, save_embeddings, write_table

NAMES = ['a.png', 'é/b.png', 'c,d.png']
ROWS = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
COLUMNS = {'identity': ['Abril', None, 'Señora'], 'flank': ['left', 'right', None], 'year': [2021, 2022, None]}
ENCODER = EncoderFingerprint('abc', '[{"type": "Resize"}]', 'resnet10t')


def whole():
    return EmbeddingSet(NAMES, ROWS, COLUMNS, {'flip': -ROWS}, ENCODER)


def assert_same(one, other):
    assert (list(one.names), one.encoder) == (list(other.names), other.encoder)
    assert {k: list(v) for k, v in one.columns.items()} == {k: list(v) for k, v in other.columns.items()}
    np.testing.assert_array_equal(one.vectors, other.vectors)
    assert one.views.keys() == other.views.keys()
    for name in one.views:
        np.testing.assert_array_equal(one.views[name], other.views[name])


@pytest.mark.parametrize('dtype', ['<f4', '>f4', '<f8', '<f2'])
def test_what_is_saved_is_loaded(tmp_path, dtype):
    rows = np.asfortranarray(ROWS.astype(dtype))
    save_embeddings(tmp_path / 'x.safetensors', EmbeddingSet(NAMES, rows, COLUMNS, {'flip': rows}, ENCODER))
    single = rows.astype(np.float32)
    loaded = load_embeddings(tmp_path / 'x.safetensors')
    assert loaded.vectors.dtype == np.float32
    assert_same(loaded, EmbeddingSet(NAMES, single, COLUMNS, {'flip': single}, ENCODER))
    assert [entry.name for entry in tmp_path.iterdir()] == ['x.safetensors']


def test_numbers_of_numpy_are_kept_as_numbers(tmp_path):
    columns = {'year': np.array([1, 2, 3]), 'score': np.array([0.5, 1, 2], np.float32)}
    save_embeddings(tmp_path / 'x.safetensors', EmbeddingSet(NAMES, ROWS, columns))
    assert load_embeddings(tmp_path / 'x.safetensors').columns == {'year': [1, 2, 3], 'score': [0.5, 1.0, 2.0]}
    with pytest.raises(TypeError, match='columns hold texts and numbers'):
        save_embeddings(tmp_path / 'y.safetensors', EmbeddingSet(NAMES, ROWS, {'box': [object()] * 3}))


def test_selecting_by_a_column_by_places_and_to_nothing():
    left = whole().select(whole().column('flank') == 'left')
    assert_same(
        left, EmbeddingSet(['a.png'], ROWS[:1], {k: v[:1] for k, v in COLUMNS.items()}, {'flip': -ROWS[:1]}, ENCODER)
    )
    back = whole().select([2, 0])
    assert list(back.names) == ['c,d.png', 'a.png']
    np.testing.assert_array_equal(back.view('flip'), -ROWS[[2, 0]])
    assert len(whole().select([])) == 0


def test_joining_knows_what_is_not_known():
    one = whole().select([0])
    other = EmbeddingSet(['z.png'], ROWS[1:2], {'station': ['S1']}, {'flip': ROWS[1:2]}, ENCODER)
    both = join([one, other])
    assert both.columns == {
        'identity': ['Abril', None],
        'flank': ['left', None],
        'year': [2021, None],
        'station': [None, 'S1'],
    }
    with pytest.raises(ValueError, match=r"'a\.png' comes twice"):
        join([one, whole()])


@pytest.mark.parametrize(
    ('other', 'message'),
    [
        (EmbeddingSet(['z'], ROWS[:1], {}, {'flip': ROWS[:1]}, EncoderFingerprint('x', '[]', 'vit')), 'other weights'),
        (
            EmbeddingSet(['z'], ROWS[:1], {}, {'flip': ROWS[:1]}, EncoderFingerprint('abc', '[]', 'resnet10t')),
            'prepared',
        ),
        (EmbeddingSet(['z'], ROWS[:1], encoder=ENCODER), 'views'),
        (EmbeddingSet(['z'], ROWS[:1, :2], {}, {'flip': ROWS[:1, :2]}, ENCODER), 'width 2'),
    ],
)
def test_sets_that_do_not_belong_together_are_not_joined(other, message):
    with pytest.raises(ValueError, match=message):
        join([whole(), other])


def test_mistakes_are_named(tmp_path):
    with pytest.raises(ValueError, match=r'x\.pt.*\.safetensors'):
        save_embeddings(tmp_path / 'x.pt', whole())
    with pytest.raises(FileNotFoundError, match=r'nowhere\.safetensors.*jaguar-mm embed'):
        load_embeddings(tmp_path / 'nowhere.safetensors')
    with pytest.raises(ValueError, match="'a' comes twice"):
        EmbeddingSet(['a', 'a', 'b'], ROWS)
    with pytest.raises(ValueError, match='2 names do not fit'):
        EmbeddingSet(['a', 'b'], ROWS)
    with pytest.raises(ValueError, match="view 'flip'"):
        EmbeddingSet(NAMES, ROWS, {}, {'flip': ROWS[:2]})
    with pytest.raises(ValueError, match="column 'flank' has 1 values for 3"):
        EmbeddingSet(NAMES, ROWS, {'flank': ['left']})
    with pytest.raises(ValueError, match="no column 'station'"):
        whole().column('station')
    with pytest.raises(ValueError, match=r"view 'crop' \(known: flip\)"):
        whole().view('crop')


@pytest.mark.parametrize('value', [np.nan, np.inf, 0.0])
def test_embeddings_without_direction_are_named(value):
    rows = np.ones((3, 2), np.float32)
    rows[1] = value
    with pytest.raises(ValueError, match=r'1 image\(s\).*: b\.png'):
        EmbeddingSet(['a.png', 'b.png', 'c.png'], rows)
    with pytest.raises(ValueError, match=r'1 image\(s\).*: b\.png'):
        EmbeddingSet(['a.png', 'b.png', 'c.png'], np.ones((3, 2), np.float32), {}, {'flip': rows})


def test_a_table_reads_back_equal(tmp_path):
    write_table(tmp_path / 'x.csv', whole())
    with open(tmp_path / 'x.csv', encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    assert [row['name'] for row in rows] == NAMES
    assert [row['identity'] for row in rows] == ['Abril', '', 'Señora']
    read = np.array([[float(row[f'v{place}']) for place in range(4)] for row in rows], np.float32)
    np.testing.assert_array_equal(read, ROWS)
    with pytest.raises(ValueError, match=r'x\.xlsx: .*\.csv or \.parquet'):
        write_table(tmp_path / 'x.xlsx', whole())


@pytest.mark.skipif(importlib.util.find_spec('pandas') is not None, reason='pandas is there')
def test_parquet_without_pandas_says_so(tmp_path):
    with pytest.raises(ValueError, match=r'x\.parquet: Parquet needs pandas'):
        write_table(tmp_path / 'x.parquet', whole())


def test_a_set_prints_in_one_line():
    bare = repr(EmbeddingSet(NAMES, ROWS))
    assert bare == 'EmbeddingSet(3 images; width 4; columns none; views none; encoder unknown)'
    known = f'columns identity, flank, year; views flip; resnet10t {ENCODER.key}'
    assert repr(whole()) == f'EmbeddingSet(3 images; width 4; {known})'
