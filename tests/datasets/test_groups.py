import csv
import io

import pytest

from jaguar_mm.datasets.groups import grouped_csv, read_groups, read_images
from jaguar_mm.storage.csv_gate import TableError


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / 'table.csv'
        path.write_text(text, encoding='utf-8')
        return path

    return write


@pytest.mark.parametrize(
    ('text', 'names', 'identities'),
    [
        ('filename,ground_truth\nb.png,Lua\na.png,Ti\n', ['b.png', 'a.png'], ['Lua', 'Ti']),
        ('identity,path\nLua,x/b.png\nTi,x/a.png\n', ['x/b.png', 'x/a.png'], ['Lua', 'Ti']),
        ('path,filename,identity,ground_truth\nx/a.png,a.png,1,Lua\n', ['a.png'], ['Lua']),
        ('\ufefffilename,identity\na.png,\nb.png,Ti\n', ['a.png', 'b.png'], [None, 'Ti']),
        ('filename\na.png\n', ['a.png'], [None]),
    ],
)
def test_any_table_of_images_is_read(table, text, names, identities):
    read = read_images(table(text))
    assert read.names == names
    assert read.identities == identities


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('filename,group\na.png,1\n', "has a column 'group' already"),
        ('file,identity\na.png,Lua\n', "column 'filename' is missing"),
        ('path,identity\n../a.png,Lua\n', "line 2: '../a.png' is no plain path"),
        ('filename\na.png\na.png\n', "line 3 repeats filename 'a.png'"),
        ('filename\n', 'no rows'),
        ('', "column 'filename' is missing"),
    ],
)
def test_a_table_that_cannot_be_grouped_is_refused(table, text, message):
    with pytest.raises(TableError, match=rf'table\.csv: .*{message}'):
        read_images(table(text))


def test_an_absent_table_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'nowhere\.csv'):
        read_images(tmp_path / 'nowhere.csv')


def test_the_table_is_kept_and_groups_come_back(table):
    text = 'note,filename,ground_truth\n"a, ""b""\n",é.png,Lua\n,b.png,Ti\n'
    written = table(grouped_csv(read_images(table(text)).rows, ['é.png', 'b, "c"']))
    rows = list(csv.DictReader(io.StringIO(written.read_text(encoding='utf-8'), newline='')))
    assert rows == [
        {'note': 'a, "b"\n', 'filename': 'é.png', 'ground_truth': 'Lua', 'group': 'é.png'},
        {'note': '', 'filename': 'b.png', 'ground_truth': 'Ti', 'group': 'b, "c"'},
    ]
    assert read_groups(written, ['b.png']) == {'b.png': 'b, "c"'}


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('filename,group\na.png,1\n', r"no group for 2 of 3 images, the first is 'b\.png'; .*find-duplicates"),
        ('filename\na.png\n', "column 'group' is missing"),
        ('filename,group\na.png,\n', "line 2 has no value for 'group'"),
        ('filename,group\na.png,x\nb.png,X\nc.png,X\n', "line 3: 'X' and 'x' of line 2 differ only in case"),
        ('filename,group\na.png,1\na.png,2\n', 'line 3 repeats filename'),
    ],
)
def test_groups_that_cannot_be_used_are_refused(table, text, message):
    with pytest.raises(TableError, match=rf'table\.csv: .*{message}'):
        read_groups(table(text), ['a.png', 'b.png', 'c.png'])
