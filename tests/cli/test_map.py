import json

import numpy as np
from PIL import Image

from jaguar_mm.storage import EmbeddingSet, save_embeddings
from tests.cli.running import refused

VECTORS = np.eye(3, 5, dtype=np.float32)[[0, 0, 1, 1, 2, 2, 0]] + 0.01 * np.arange(35, dtype=np.float32).reshape(7, 5)


def test_a_map_is_drawn_and_strays_are_named(tmp_path):
    names = [f'{place}.jpg' for place in range(7)]
    ids = ['Lua', 'Lua', 'Ti', 'Ti', 'Abril', 'Abril', 'Ti']  # the last one looks like Lua
    save_embeddings(tmp_path / 'x.safetensors', EmbeddingSet(names, VECTORS, {'identity': ids}))
    drawn = []
    for out in (tmp_path / 'a.png', tmp_path / 'b.png'):
        done = refused('map', tmp_path / 'x.safetensors', '--out', out, '--seed', 2, '--json')
        assert json.loads(done.stdout)['strays'] == ['6.jpg']
        drawn.append(np.asarray(Image.open(out)))
    np.testing.assert_array_equal(*drawn)


def test_images_of_nobody_known_are_drawn_too(tmp_path):
    names = [f'{place}.jpg' for place in range(7)]
    save_embeddings(tmp_path / 'x.safetensors', EmbeddingSet(names, VECTORS))
    done = refused('map', tmp_path / 'x.safetensors', '--out', tmp_path / 'a.png')
    assert 'drew 7 images' in done.stdout
    done = refused('map', tmp_path / 'x.safetensors', '--out', tmp_path / 'b.png', '--apart', 'burst')
    assert done.returncode == 2
    assert "'burst'" in done.stderr
    assert refused('map', tmp_path, '--out', tmp_path / 'b.png').stderr.startswith(f'error: {tmp_path}: is a folder')
