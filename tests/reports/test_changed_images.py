"""Images that are read again after they were embedded are those that were embedded, or refused by name."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jaguar_mm.cli import project
from jaguar_mm.encoders.records import columns_of, with_content
from jaguar_mm.images import EmbeddedFiles, ImageError, content_fingerprint
from jaguar_mm.matching import LNBNN, MATCHERS, LocalMatching
from jaguar_mm.reports import draw_matches
from jaguar_mm.reports.why import draw_why
from jaguar_mm.retrieval import Cosine, Pipeline
from jaguar_mm.storage import EmbeddingSet, save_embeddings
from tests.matching.animals import Nearest, spotted

ROWS = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
RANKING = Pipeline((Cosine(),)).final(ROWS)
LOCAL = LocalMatching(k=3, size=64)


def write(path, seed):
    Image.fromarray(spotted(seed, 40, 60).pixels).save(path)


@pytest.fixture
def images(tmp_path, monkeypatch):
    monkeypatch.setitem(MATCHERS, 'aliked', lambda count: Nearest())
    monkeypatch.setenv('JAGUAR_MM_CACHE', str(tmp_path / 'cache'))
    (tmp_path / 'images').mkdir()
    names = [f'{seed}.png' for seed in range(4)]
    for seed, name in enumerate(names):
        write(tmp_path / 'images' / name, seed)
    records = with_content([dict(image_name=name, img_path=str(tmp_path / 'images' / name)) for name in names])
    return EmbeddingSet(names, ROWS, columns_of(records))


def run_project(images):
    folder = Path(images.columns['path'][0]).parent
    save_embeddings(folder.parent / 'x.safetensors', images)
    argv = [
        'project',
        str(folder.parent / 'x.safetensors'),
        '--out',
        str(folder.parent / 'out'),
        '--images',
        str(folder),
    ]
    sys.argv = argv
    project.project(project.parse_args())


READERS = {
    'LocalMatching': lambda images: Pipeline((LOCAL,)).final(images).matrix(),
    'LNBNN': lambda images: Pipeline((LNBNN(matcher='rootsift', keypoints=16, size=64),)).final(images).matrix(),
    'LocalMatching in a gallery': lambda images: Pipeline((LOCAL,)).final(images.select([0]), images.select([1, 2, 3])),
    'why': lambda images: draw_why(LOCAL, RANKING, images),
    'sheet': draw_matches,
    'project': run_project,
}


@pytest.mark.parametrize('reader', READERS)
def test_another_image_of_the_same_path_is_refused_by_name(images, monkeypatch, reader):
    monkeypatch.setattr(sys, 'argv', sys.argv)
    READERS[reader](images)
    path = images.columns['path'][2]
    write(path, 9)
    with pytest.raises(ImageError, match=f'^{re.escape(path)}: is another image than the one that was embedded'):
        READERS[reader](images)
    if reader != 'project':  # which says so itself
        Path(path).unlink()
        with pytest.raises(ImageError, match=f'^{re.escape(path)}: cannot be read again .No such file'):
            READERS[reader](images)


def test_what_is_not_on_record_is_not_checked(images):
    path = images.columns['path'][0]
    for table in ({}, {'path': [path]}, {'path': [path], 'content': [None]}, {'path': ['x'], 'content': ['y']}):
        assert EmbeddedFiles(table).content(path) == content_fingerprint(path)


def test_two_sets_that_knew_a_file_differently_are_not_both_right(images):
    path, now = images.columns['path'][0], images.columns['content'][0]
    tables = {'path': [path], 'content': [now]}, {'path': [path], 'content': ['then']}
    assert EmbeddedFiles(tables[0], tables[0]).content(path) == now
    for order in (tables, tables[::-1]):
        with pytest.raises(ImageError, match='another image'):
            EmbeddedFiles(*order).content(path)
