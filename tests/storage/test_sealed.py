"""Equal content is equal bytes: what goes by a file's digest goes on where it was."""

import json

import numpy as np
import torch
from safetensors.numpy import load_file

from jaguar_mm.encoders.published import write_publication
from jaguar_mm.storage import file_digest, read_sealed, write_sealed

ARRAYS = {'b': np.arange(6, dtype=np.float32).reshape(2, 3), 'a': np.array(True), 'é': np.arange(3, dtype=np.uint8)}
TEXTS = {f'text {place}': f'{place} "é" \n' for place in range(8)}


def test_equal_content_is_equal_bytes_whatever_the_order(tmp_path):
    orders = [(ARRAYS, TEXTS), (dict(reversed(ARRAYS.items())), dict(reversed(TEXTS.items())))] * 5
    for place, (arrays, texts) in enumerate(orders):
        write_sealed(tmp_path / f'{place}', arrays, texts)
    assert len({file_digest(path) for path in tmp_path.iterdir()}) == 1
    found = read_sealed(tmp_path / '0')
    assert found.texts == TEXTS
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found.arrays[name], array)
        np.testing.assert_array_equal(load_file(tmp_path / '0')[name], array)  # as any other program reads it


def test_numbers_are_aligned_and_keys_sorted(tmp_path):
    for length in range(9):
        write_sealed(tmp_path / 'x', ARRAYS, {'text': 'x' * length})
        content = (tmp_path / 'x').read_bytes()
        end = 8 + int.from_bytes(content[:8], 'little')
        assert end % 8 == 0
        header = json.loads(content[8:end])
        assert list(header) == sorted(header)
        assert list(header['__metadata__']) == sorted(header['__metadata__'])


def test_published_models_too(tmp_path):
    weights = {f'backbone.{place}': torch.full((place + 1,), float(place)) for place in range(8)}
    header = {f'entry {place}': [place] for place in range(8)}
    for place in range(8):
        write_publication(tmp_path / f'{place}', header, weights)
    assert len({file_digest(path) for path in tmp_path.iterdir()}) == 1
