import pytest

from jaguar_mm.datasets.tables import (
    TableError,
    is_pair_table,
    read_identities,
    read_pairs,
    read_rows,
    read_similarities,
)


@pytest.fixture
def table(tmp_path):
    """Write a table from its lines, or from its bytes, and return its path."""

    def write(*content):
        path = tmp_path / 'table.csv'
        path.write_bytes(content[0] if isinstance(content[0], bytes) else '\n'.join(content).encode())
        return path

    return write


def test_identities_keep_the_order_of_the_file(table):
    path = table('filename,ground_truth', 'b.png,Lua', 'a.png,Abril', 'c.png,Lua')
    assert list(read_identities(path).items()) == [('b.png', 'Lua'), ('a.png', 'Abril'), ('c.png', 'Lua')]


@pytest.mark.parametrize(
    'content',
    [
        b'\xef\xbb\xbffilename,ground_truth\na.png,Lua\n',
        b'filename,ground_truth\r\na.png,Lua\r\n',
        b'"filename","ground_truth"\n"a.png","Lua"\n\n',
        b'ground_truth,note,filename\nLua,"one, two",a.png\n',
        b'filename,ground_truth\na.png,Lua',
    ],
    ids=['byte-order mark', 'CRLF', 'quotes and a blank line', 'further column', 'no last newline'],
)
def test_harmless_variety_is_read(table, content):
    assert read_identities(table(content)) == {'a.png': 'Lua'}


def test_names_are_text_even_if_they_look_like_numbers(table):
    assert read_identities(table('filename,ground_truth', '007,1e3', 'é.png,Iñaki')) == {'007': '1e3', 'é.png': 'Iñaki'}


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (('filename,identity', 'a.png,Lua'), "column 'ground_truth' is missing; the header reads 'filename,identity'"),
        ((b'',), "column 'filename' is missing"),
        (('filename,ground_truth',), 'no rows'),
        (('filename,filename,ground_truth', 'a,a,Lua'), 'names a column twice'),
        (('filename,ground_truth', 'a.png,Lua', 'b.png'), 'line 3 has 1 values, not 2'),
        (('filename,ground_truth', 'a.png,Lua,Abril'), 'line 2 has 3 values, not 2'),
        (('filename,ground_truth', 'a.png,'), "line 2 has no value for 'ground_truth'"),
        (
            ('filename,ground_truth', 'a.png,Lua', 'b.png,Lua', 'a.png,Lua'),
            "line 4 repeats filename 'a.png', ground_truth 'Lua' of line 2",
        ),
        (('filename,ground_truth', 'a.png,Lua', 'a.png,Ti'), "line 3 calls 'a.png' 'Ti', an earlier line 'Lua'"),
        ((b'filename,ground_truth\na.png,I\xf1aki\n',), 'not a CSV file in UTF-8'),
        (('filename,ground_truth', '"a.png,Lua'), 'not a CSV file'),
        (('<<<<<<< HEAD', 'filename,ground_truth', 'a.png,Lua'), "column 'filename' is missing"),
    ],
)
def test_a_wrong_table_names_the_file_and_the_place(table, content, message):
    with pytest.raises(TableError) as caught:
        read_identities(table(*content))
    assert str(caught.value).startswith(str(table(*content)))
    assert message in str(caught.value)


def test_an_absent_table_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'train\.csv.*ann_file'):
        read_identities(tmp_path / 'train.csv')


def test_pairs_keep_rows_and_list_every_image_once(table):
    path = table('row_id,query_image,gallery_image', '5,b.png,a.png', '3,a.png,c.png', '9,b.png,c.png')
    pairs = read_pairs(path)
    assert pairs.path == str(path)
    assert pairs.row_ids == ['5', '3', '9']
    assert pairs.query == ['b.png', 'a.png', 'b.png']
    assert pairs.gallery == ['a.png', 'c.png', 'c.png']
    assert pairs.names == ['a.png', 'b.png', 'c.png']


def test_a_repeated_row_id_is_refused(table):
    with pytest.raises(TableError, match="line 3 repeats row_id '0' of line 2"):
        read_pairs(table('row_id,query_image,gallery_image', '0,a.png,b.png', '0,b.png,a.png'))


def test_the_header_tells_the_kind(table, tmp_path):
    assert is_pair_table(table('gallery_image,row_id,query_image', 'a,0,b'))
    assert not is_pair_table(table('filename,ground_truth', 'a,b'))
    assert not is_pair_table(table(b''))
    assert not is_pair_table(table(b'\xff\xfe\x00'))
    assert not is_pair_table(tmp_path / 'gone.csv')


def test_similarities_are_numbers_in_the_unit_interval(table):
    path = table('row_id,similarity', '1,0.3745401188473625', '0,1', '2,0')
    assert list(read_similarities(path).items()) == [('1', 0.3745401188473625), ('0', 1.0), ('2', 0.0)]


@pytest.mark.parametrize('value', ['high', 'nan', '-0.1', '1.0000001', 'inf'])
def test_any_other_similarity_is_refused(table, value):
    with pytest.raises(TableError, match=f"line 3: similarity '{value}'"):
        read_similarities(table('row_id,similarity', '0,0.5', f'1,{value}'))


def test_several_columns_may_have_to_be_unique_together(table):
    path = table('a,b', '1,1', '1,2')
    assert [row.line for row in read_rows(path, ('a', 'b'), unique=('a', 'b'))] == [2, 3]
    with pytest.raises(TableError, match="repeats a '1'"):
        read_rows(path, ('a', 'b'), unique=('a',))


def test_the_competition_s_own_table(shared_data):
    identities = read_identities(shared_data / 'kaggle_csv' / 'train.csv')
    assert len(identities) == 1895
    assert len(set(identities.values())) == 31
    assert identities['train_0001.png'] == 'Abril'
    assert sum(identity == 'Marcela' for identity in identities.values()) == 183
