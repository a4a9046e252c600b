import csv
from itertools import permutations

import numpy as np
import pytest
from PIL import Image

TRAIN = {f'train_{i:04d}.png': name for i, name in enumerate(['Lua'] * 5 + ['Abril'] * 4 + ['Ti'])}
TEST = {f'test_{i:04d}.png': name for i, name in enumerate(['Ti', 'Lua', 'Abril', 'Stranger'])}


def write_table(path, header, rows):
    with open(path, 'w', newline='', encoding='utf-8') as file:
        csv.writer(file).writerows([header, *rows])


def write_image(path, seed):
    """A small RGBA image: noise, opaque in its middle."""
    pixels = np.random.default_rng(seed).integers(0, 256, (18, 24, 4), dtype=np.uint8)
    pixels[..., 3] = 0
    pixels[4:14, 6:20, 3] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture(params=['nested', 'flat'])
def competition(request, tmp_path):
    """Root of a tiny competition in Kaggle's layout, with a solution."""
    root = tmp_path / 'competition'
    for part, names in (('train', TRAIN), ('test', TEST)):
        folder = root / part / part if request.param == 'nested' else root / part
        for seed, name in enumerate(names):
            write_image(folder / name, seed)
    write_table(root / 'train.csv', ('filename', 'ground_truth'), TRAIN.items())
    pairs = permutations(sorted(TEST, reverse=True), 2)
    rows = [(i, query, gallery) for i, (query, gallery) in enumerate(pairs)]
    write_table(root / 'test.csv', ('row_id', 'query_image', 'gallery_image'), rows)
    write_table(root / 'solution.csv', ('filename', 'ground_truth'), TEST.items())
    return root
