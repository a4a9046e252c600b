from itertools import chain

import numpy as np
import pytest

from jaguar_mm.datasets.images import locate_images
from jaguar_mm.datasets.tables import TableError, is_pair_table, read_identities, read_pairs, read_similarities
from tests.damage import cut, flipped

TABLES = {
    'train.csv': (
        read_identities,
        '\ufefffilename,camera,ground_truth\r\na.png,"7, ""left""",Lua\r\ndeep/é.png,,Iñaki\r\nb.png,8,Lua\r\n',
    ),
    'test.csv': (
        read_pairs,
        'row_id,query_image,gallery_image\n0,a.png,b.png\n1,b.png,deep/é.png\n2,deep/é.png,a.png\n',
    ),
    'submission.csv': (read_similarities, 'row_id,similarity\n0,0.25\n1,1e-3\n"2",0.987654321\n'),
}


@pytest.fixture(params=TABLES)
def damaged_table(request, tmp_path, fuzz_cases):
    """Reader, whole content, and an iterator that damages the file in every way in turn and yields its path."""
    read, text = TABLES[request.param]
    path, content = tmp_path / request.param, text.encode()
    random = np.random.default_rng(0)
    noise = (random.integers(0, 256, 64, dtype=np.uint8).tobytes() for _ in range(200))

    def paths():
        cases = 0
        for damaged in chain(flipped(content, 3000), cut(content, len(content)), noise):
            cases += 1
            path.write_bytes(damaged)
            yield path
        fuzz_cases(cases)

    path.write_bytes(content)
    read(path)
    return read, paths()


def test_a_damaged_table_is_a_table_or_refused_by_path(damaged_table):
    read, paths = damaged_table
    refused = 0
    for path in paths:
        assert is_pair_table(path) in (True, False)
        try:
            read(path)
        except TableError as error:
            refused += 1
            assert str(error).startswith(f'{path}: ')  # noqa: PT017
    assert refused > 300


def test_a_name_turned_into_another_is_noticed_on_the_disk(tmp_path, fuzz_cases):
    path, content = tmp_path / 'test.csv', TABLES['test.csv'][1].encode()
    path.write_bytes(content)
    whole = read_pairs(path)
    for name in whole.names:
        (tmp_path / 'test' / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / 'test' / name).touch()
    cases = missing = 0
    for damaged in flipped(content, 3000):
        cases += 1
        path.write_bytes(damaged)
        try:
            table = read_pairs(path)
            locate_images(str(tmp_path / 'test'), table.names, str(path))
        except (TableError, FileNotFoundError) as error:
            assert str(error).startswith(f'{path}: ')  # noqa: PT017
            missing += isinstance(error, FileNotFoundError)
        else:  # only what names no image has changed, or one image has become another of the table
            assert set(table.names) <= set(whole.names)
    fuzz_cases(cases)
    assert missing > 100
