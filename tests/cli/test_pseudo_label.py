import csv
import json

import numpy as np
import pytest

from jaguar_mm.storage import EmbeddingSet, save_embeddings
from tests.cli.running import refused

ANIMALS = np.eye(3, 8, dtype=np.float32)


@pytest.fixture
def files(tmp_path):
    """Known images of three animals; new ones: sure, sure of the same burst, between two animals, sure but wrong."""
    names = ['Lua', 'Ti', 'Abril']
    save_embeddings(tmp_path / 'known.safetensors', EmbeddingSet(names, ANIMALS, {'identity': names}))
    vectors = np.stack([ANIMALS[0], 0.9 * ANIMALS[0] + 0.2 * ANIMALS[1], ANIMALS[1] + ANIMALS[2], ANIMALS[2]])
    columns = {'identity': ['Lua', 'Lua', 'Ti', 'Ti'], 'group': ['1', '1', '2', '3']}
    new = EmbeddingSet(['a/1.jpg', 'a/2.jpg', 'a/3.jpg', 'a/4.jpg'], vectors, columns)
    save_embeddings(tmp_path / 'new.safetensors', new)
    return tmp_path


def test_sure_images_are_labelled(files):
    out = files / 'pseudo.csv'
    done = refused(
        'pseudo-label', files / 'new.safetensors', '--gallery', files / 'known.safetensors', '--out', out, '--json'
    )
    assert done.returncode == 0, done.stderr
    with out.open(newline='') as file:
        rows = list(csv.DictReader(file))
    assert [(row['filename'], row['ground_truth']) for row in rows] == [('1.jpg', 'Lua'), ('4.jpg', 'Abril')]
    answer = json.loads(done.stdout)
    assert (answer['images'], answer['taken'], answer['known'], answer['right']) == (4, 2, 2, 1)


def test_files_that_do_not_belong_together_are_refused(files):
    one, known = files / 'new.safetensors', files / 'known.safetensors'
    done = refused('pseudo-label', one, one, '--gallery', known, '--out', files / 'a.csv')
    assert 'error: 2 files of new images and 1 of known ones: one for each model' in done.stderr
    done = refused('pseudo-label', one, known, '--gallery', known, known, '--out', files / 'a.csv')
    assert 'known.safetensors: has not the same images in the same order' in done.stderr
    assert not (files / 'a.csv').exists()
