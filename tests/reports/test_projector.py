import io

import cv2
import numpy as np
import pytest

from jaguar_mm.reports.projector import MOST, SPRITE_SIDE, projector_files, sprite_files

EMBEDDINGS = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32) * [1e-6, 1, 1e6]
NAMES = [f'{i}.png' for i in range(5)]


def decoded(files):
    return cv2.imdecode(np.frombuffer(files['sprite.png'], np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def test_tensors_are_rows_of_numbers():
    read = np.loadtxt(io.BytesIO(projector_files(EMBEDDINGS, NAMES)['tensors.tsv']), delimiter='\t')
    np.testing.assert_allclose(read, EMBEDDINGS, rtol=1e-6)


def test_metadata_has_a_header_only_with_several_columns():
    identities = ['Lua', 'Lua', 'Ti', 'A\tB\nC', 'é']
    text = projector_files(EMBEDDINGS, NAMES, identities)['metadata.tsv'].decode()
    rows = [line.split('\t') for line in text.split('\n')]
    assert rows == [
        ['name', 'identity'],
        *([name, identity] for name, identity in zip(NAMES, ['Lua', 'Lua', 'Ti', r'A\tB\nC', 'é'], strict=True)),
        [''],
    ]
    assert projector_files(EMBEDDINGS, NAMES)['metadata.tsv'].decode() == '\n'.join([*NAMES, ''])


def test_the_config_names_the_files():
    files = projector_files(EMBEDDINGS, NAMES)
    plain = files['projector_config.pbtxt'].decode()
    assert 'tensor_path: "tensors.tsv"' in plain
    assert 'metadata_path: "metadata.tsv"' in plain
    assert 'sprite' not in plain
    with_sprite = sprite_files([np.zeros((9, 9, 3), np.uint8)], 1)['projector_config.pbtxt'].decode()
    assert 'image_path: "sprite.png"\n    single_image_dim: 64\n    single_image_dim: 64\n' in with_sprite
    assert with_sprite.replace('{', '}').count('}') == 4


@pytest.mark.parametrize(('count', 'across', 'side'), [(1, 1, 64), (4, 2, 64), (5, 3, 64), (17_000, 131, 62)])
def test_the_sprite_is_a_square_of_squares_row_by_row(count, across, side):
    colours = np.random.default_rng(1).integers(0, 255, (count, 3), dtype=np.uint8)
    sprite = decoded(sprite_files((np.full((2, 2, 3), colour) for colour in colours), count))
    assert sprite.shape == (across * side, across * side, 3)
    assert max(sprite.shape) <= SPRITE_SIDE
    grid = sprite[side // 2 :: side, side // 2 :: side].reshape(-1, 3)
    np.testing.assert_array_equal(grid[:count], colours)
    assert (grid[count:] == 255).all()


def test_the_largest_sprite_still_shows_images():
    across = int(np.ceil(np.sqrt(MOST)))
    assert SPRITE_SIDE // across >= 24


def test_more_than_the_projector_reads_are_refused():
    with pytest.raises(ValueError, match='100,001 embeddings are more than the 100,000'):
        projector_files(np.zeros((MOST + 1, 1), np.float32), [''] * (MOST + 1))
