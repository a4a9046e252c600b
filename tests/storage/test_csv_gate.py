import codecs

import pytest

from jaguar_mm.datasets.tables import is_pair_table, read_identities, read_pairs
from jaguar_mm.storage.csv_gate import TableError, read_rows


@pytest.fixture
def table(tmp_path):
    """Write a table from text or bytes and return its path."""

    def write(content):
        path = tmp_path / 'table.csv'
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def read(path):
    return [row.values for row in read_rows(path, ('name', 'kind'), unique=('name',), optional=('side',))]


@pytest.mark.parametrize(
    'content',
    [
        codecs.BOM_UTF8 + b'name,kind\na,b\n',
        b'name,kind\r\na,b\r\n',
        b'name,kind\ra,b\r',
        b'name,kind\na,b',
        b'\r\n\r\nname,kind\r\r\na,b\r\r\n',
        b'"name","kind"\n"a","b"\n',
    ],
    ids=['byte-order mark', 'CRLF', 'lone CR', 'no last newline', 'lines ended twice', 'quotes'],
)
def test_harmless_variety_is_read(table, content):
    assert read(table(content)) == [{'name': 'a', 'kind': 'b'}]


@pytest.mark.parametrize(
    'content',
    [
        'name,kind,,\na,b,,\n',
        'name,kind,,\na,b,,\n,,,\n,,,\n',
        'name,kind,\na,b\n',
        'name,kind\na,b\n,\n',
    ],
    ids=['columns', 'columns and rows', 'header alone', 'rows'],
)
def test_what_a_spreadsheet_leaves_empty_at_its_end_is_left_alone(table, content):
    assert read(table(content)) == [{'name': 'a', 'kind': 'b'}]


def test_a_value_in_a_column_without_a_name_is_named(table):
    with pytest.raises(TableError, match='line 3 has a value in a column without a name; name or delete the column'):
        read(table('name,kind,,\na,b,,\nc,d,,e\n'))
    assert read(table('name,,kind\na,x,b\n')) == [{'name': 'a', '': 'x', 'kind': 'b'}]  # further columns may be so


def test_further_columns_are_left_alone(table):
    note = 'two\nlines, a\u200b space '
    path = table(f'note,name, odd ,kind\n"{note}",a,,b\n')
    assert read(path) == [{'note': note, 'name': 'a', ' odd ': '', 'kind': 'b'}]


def test_an_optional_column_may_be_empty(table):
    assert [row['side'] for row in read(table('name,kind,side\na,b,\nc,d,left\n'))] == ['', 'left']


def test_a_row_after_one_of_two_lines_has_its_true_line(table):
    with pytest.raises(TableError, match='line 4 has 1 values'):
        read(table('name,kind,note\na,b,"two\nlines"\nc\n'))


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('', "column 'name' is missing; the header reads ''; the file is empty"),
        ('\n\n', 'the file is empty'),
        ('name,kind\n', 'the table has no rows'),
        ('name,kind\r\n\r\n', 'the table has no rows'),
        ('name;kind\na;b\n', "the header reads 'name;kind'; separate its values by commas, not by ';'"),
        ('name\tkind\na\tb\n', r"separate its values by commas, not by '\t'"),
        ('name, kind\na,b\n', "column 'kind' is missing; the header reads 'name, kind'; remove the spaces"),
        ('Name,kind\na,b\n', "column 'name' is missing; the header reads 'Name,kind'"),
        ('name,kind,note,note\na,b,,\n', 'names a column twice'),
        ('name,kind\na,b\n a,b\n', "line 3: name ' a' has a space at an end"),
        ('name,kind\na,b \n', "line 2: kind 'b ' has a space at an end"),
        ('name,kind\na,b\u00a0\n', r"line 2: kind 'b\xa0' has a space at an end"),
        ('name,kind\na,   \n', "line 2: kind '   ' has a space at an end"),
        ('name,kind,side\na,b,left \n', "line 2: side 'left ' has a space at an end"),
        ('name,kind\na,b\u200bc\n', r"line 2: kind 'b\u200bc' has an invisible character (U+200B)"),
        ('name,kind\na,b\u00a0c\n', 'an invisible character (U+00A0)'),
        ('name,kind\na,b\u202ec\n', 'an invisible character (U+202E)'),
        ('name,kind\na,b\x1bc\n', 'an invisible character (U+001B)'),
        ('name,kind\na,b\n"c\nd",e\n', "line 4: name 'c\\nd' has an invisible character (U+000A)"),
        ('name,kind\na,b\nc\x00,d\n', 'line 3 has a NUL byte'),
        ('name,kind\na,b\nc,"d\ne,f\ng,h\n', 'line 3: not a CSV file'),
        ('name,kind\na,"b"c\n', 'line 2: not a CSV file'),
        ('name,kind\na,b\nc,' + 'd' * 200_000 + '\n', 'line 3: not a CSV file (field larger than field limit'),
        ('name,kind\na,b\rc\n', 'line 3 has 1 values, not 2'),
        ('name,kind\na,b\na,b\n', "line 3 repeats name 'a' of line 2"),
        (b'name,kind\r\na,b\r\nc,I\xf1aki\r\n', 'line 3: not a CSV file in UTF-8'),
        (codecs.BOM_UTF8 * 2 + b'name,kind\na,b\n', r"column 'name' is missing; the header reads '\ufeffname,kind'"),
        ('name,kind\na,b\n'.encode('utf-16'), 'line 1 has a NUL byte: UTF-16, or damaged; save it as CSV in UTF-8'),
        ('name,kind\na,b\n'.encode('utf-16-be'), 'line 1 has a NUL byte: UTF-16'),
        (b'PK\x03\x04\x14\x00\x06\x00', 'line 1 has a NUL byte'),
    ],
)
def test_any_other_file_is_refused_by_place(table, content, message):
    path = table(content)
    with pytest.raises(TableError) as caught:
        read(path)
    assert str(caught.value).startswith(f'{path}: ')
    assert message in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(FileNotFoundError, match='no such table'):
        read(tmp_path)


def test_the_kind_of_a_table_is_seen_below_blank_lines(table):
    path = table('\nrow_id,query_image,gallery_image\n0,a,b\n')
    assert is_pair_table(path)
    assert read_pairs(path).names == ['a', 'b']


def test_two_animals_are_never_made_one_by_taking_off_a_space(table):
    with pytest.raises(TableError, match=r"line 3: ground_truth 'Lua ' has a space at an end; remove it"):
        read_identities(table('filename,ground_truth\na.png,Lua\nb.png,Lua \n'))
