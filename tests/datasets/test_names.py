import pytest

from jaguar_mm.datasets.tables import TableError, read_identities, read_pairs
from jaguar_mm.registry import DATASETS

COMPOSED, DECOMPOSED = 'I\u00f1aki', 'In\u0303aki'


@pytest.fixture
def identities(tmp_path):
    """Write a table of images and identities and return its path."""

    def write(*rows):
        path = tmp_path / 'train.csv'
        path.write_text('\n'.join(['filename,ground_truth', *(','.join(row) for row in rows)]), encoding='utf-8')
        return path

    return write


@pytest.mark.parametrize(
    'name',
    ['a.png', 'deep/er/a.png', '..a.png', 'a..png', '.hidden', '...', 'a b.png', '12:30.png', 'à/é.png', '火.png'],
)
def test_plain_paths_are_taken(identities, name):
    assert read_identities(identities((name, 'Lua'))) == {name: 'Lua'}


@pytest.mark.parametrize(
    'name',
    [
        '../a.png',
        'deep/../../a.png',
        'deep/..',
        '..',
        '.',
        './a.png',
        'deep/./a.png',
        'deep//a.png',
        'deep/',
        '/etc/passwd',
        '//server/share/a.png',
        'C:/a.png',
        'c:a.png',
        r'C:\a.png',
        r'\\server\share\a.png',
        r'deep\a.png',
        r'..\a.png',
    ],
)
def test_no_other_path_is(identities, name):
    with pytest.raises(TableError) as caught:
        read_identities(identities(('b.png', 'Lua'), (name, 'Lua')))
    assert f'train.csv: line 3: {name!r} is no plain path below the folder of the images' in str(caught.value)


def test_both_columns_of_pairs_hold_names(tmp_path):
    path = tmp_path / 'test.csv'
    for row, message in (('1,../a.png,b.png', r"'\.\./a\.png'"), ('1,b.png,/a.png', "'/a.png'")):
        path.write_text(f'row_id,query_image,gallery_image\n0,a.png,b.png\n{row}\n')
        with pytest.raises(TableError, match=f'line 3: {message}'):
            read_pairs(path)


@pytest.mark.parametrize(
    ('one', 'other', 'message'),
    [
        ('a.png', 'A.PNG', "line 3: 'A.PNG' and 'a.png' of line 2 differ only in case"),
        ('Straße', 'STRASSE', 'differ only in case'),
        (COMPOSED, DECOMPOSED, r"'In\u0303aki' and 'I\xf1aki' of line 2 differ only in the encoding of accents"),
        (COMPOSED.upper(), DECOMPOSED, 'differ only in case'),
        ('\u212b', '\u00c5', 'the encoding of accents'),
    ],
)
def test_names_and_identities_that_look_alike_are_refused(identities, one, other, message):
    for rows in [((one, 'Lua'), (other, 'Ti')), (('a.png', one), ('b.png', other))]:
        with pytest.raises(TableError) as caught:
            read_identities(identities(*rows))
        assert message in str(caught.value)


def test_a_query_and_a_gallery_image_that_look_alike_are_refused(tmp_path):
    (tmp_path / 'test.csv').write_text('row_id,query_image,gallery_image\n0,a.png,b.png\n1,b.png,A.png\n')
    with pytest.raises(TableError, match=r"line 3: 'A\.png' and 'a\.png' of line 2"):
        read_pairs(tmp_path / 'test.csv')


def test_names_may_look_like_identities_and_be_shorter_than_others(identities):
    read = read_identities(identities(('lua', 'Lua'), ('lu', 'Lu'), ('Ñu', COMPOSED)))
    assert read == {'lua': 'Lua', 'lu': 'Lu', 'Ñu': COMPOSED}


@pytest.mark.parametrize(
    ('row', 'message'),
    [
        ('../b.png,n1,train,left', r"line 3: '\.\./b\.png' is no plain path"),
        ('A.png,n1,train,left', r"line 3: 'A\.png' and 'a\.png' of line 2 differ only in case"),
        ('b.png,N1,train,left', "line 3: 'N1' and 'n1' of line 2 differ only in case"),
        ('b.png,n1,Train,left', "line 3: 'Train' and 'train' of line 2 differ only in case"),
        ('b.png,n1,train,Left', "line 3: 'Left' and 'left' of line 2 differ only in case"),
        ('b.png,n1,train,left ', "line 3: side 'left ' has a space at an end"),
    ],
)
def test_any_species_goes_through_the_same_gate(tmp_path, row, message):
    (tmp_path / 'metadata.csv').write_text(f'path,identity,split,side\na.png,n1,train,left\n{row}\n')
    with pytest.raises(TableError, match=message):
        DATASETS.build({'type': 'MetadataReID', 'data_root': str(tmp_path), 'flank_column': 'side'})
