"""Damaged COCO files are read, or refused by name."""

import json
from copy import deepcopy
from itertools import chain

import pytest

from jaguar_mm.datasets.coco_gate import read_annotations
from jaguar_mm.datasets.coco_masks import decode_mask
from jaguar_mm.registry import DATASETS
from jaguar_mm.storage.csv_gate import TableError
from tests.damage import cut, flipped

CONTENT = {
    'images': [
        {'id': 1, 'file_name': 'a.png', 'width': 6, 'height': 5},
        {'id': 2, 'file_name': 'é/b.png', 'width': 6, 'height': 5},
    ],
    'categories': [{'id': 1, 'name': 'jaguar'}],
    'annotations': [
        {'id': 1, 'image_id': 1, 'category_id': 1, 'bbox': [0, 1, 3.5, 2], 'identity': 'Lua'},
        {'id': 2, 'image_id': 2, 'segmentation': [[0, 0, 4, 0, 4, 4]], 'attributes': {'identity': 'Iñaki'}},
        {'id': 3, 'image_id': 2, 'segmentation': {'size': [5, 6], 'counts': [7, 20, 3]}, 'identity': 7},
        {'id': 4, 'image_id': 2, 'segmentation': {'size': [5, 6], 'counts': '7d03'}, 'identity': None},
    ],
}
UGLY = (
    None,
    True,
    -1,
    0,
    10**400,
    1e400,
    float('nan'),
    '',
    ' ',
    '../x',
    '\ud800',
    '\0',
    [],
    [[]],
    [None],
    {},
    [{}],
    'é',
)


def places(node, path=()):
    """Yield the path of every value below a node."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


def with_ugly_values():
    """Yield the file with every value replaced by every ugly one, and with every value left out."""
    for path in places(CONTENT):
        for value in (*UGLY, 'leave out'):
            content = deepcopy(CONTENT)
            node = content
            for key in path[:-1]:
                node = node[key]
            if value == 'leave out':
                del node[path[-1]]
            else:
                node[path[-1]] = value
            yield json.dumps(content).encode()


@pytest.fixture
def root(tmp_path):
    (tmp_path / 'é').mkdir()
    for name in ('a.png', 'é/b.png'):
        (tmp_path / name).touch()
    return tmp_path


def masks_of(annotations):
    """Decode every mask, or find it refused."""
    for annotation in annotations:
        try:
            if annotation.segmentation is not None:
                assert decode_mask(annotation.segmentation, 5, 6).shape == (5, 6)
        except ValueError as error:
            assert str(error).startswith(('its ', 'the counts of its '))  # noqa: PT017


def test_a_damaged_file_is_read_or_refused_by_path(tmp_path, fuzz_cases):
    path, whole = tmp_path / 'annotations.json', json.dumps(CONTENT, ensure_ascii=False).encode()
    path.write_bytes(whole)
    assert len(read_annotations(path)) == 4
    cases = read = 0
    for damaged in chain(flipped(whole, 3000), cut(whole, 300), with_ugly_values()):
        cases += 1
        path.write_bytes(damaged)
        try:
            masks_of(read_annotations(path))
            read += 1
        except TableError as error:
            assert str(error).startswith(f'{path}: ')  # noqa: PT017
    fuzz_cases(cases)
    assert 500 < read < cases - 1500


@pytest.mark.parametrize('value', [True, 1.5, ' ', 'Lua ', '\0', '\ud800', 'L\u200bua', [], ['Lua'], {}])
@pytest.mark.parametrize('place', [0, 1])
def test_an_identity_that_cannot_be_a_name_is_refused(root, place, value):
    content = deepcopy(CONTENT)
    owner = content['annotations'][place]
    owner.get('attributes', owner)['identity'] = value
    (root / 'annotations.json').write_text(json.dumps(content))
    with pytest.raises(TableError, match=rf'annotations\.json: annotation {place + 1}: identity '):
        DATASETS.build({'type': 'CocoReID', 'data_root': str(root)})


@pytest.mark.parametrize(('value', 'identity'), [(None, None), ('', None), (0, '0'), (10**400, '1' + '0' * 400)])
def test_numbers_are_names_and_nothing_is_unknown(root, value, identity):
    content = deepcopy(CONTENT)
    content['annotations'][0]['identity'] = value
    (root / 'annotations.json').write_text(json.dumps(content))
    dataset = DATASETS.build({'type': 'CocoReID', 'data_root': str(root)})
    assert dataset.get_data_info(0)['identity'] == identity
