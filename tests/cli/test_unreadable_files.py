"""A file that may not be read is left out and listed like any other image that cannot be used."""

import builtins
import io
import os

import numpy as np
import pytest
from PIL import Image

from jaguar_mm.cli.embedding import embed_records, folder_records
from jaguar_mm.encoders import Encoder
from jaguar_mm.images import ImageError, load_rgba
from jaguar_mm.storage import EncoderFingerprint, load_embeddings


class Brightness:
    """A network of its own kind: an image's mean colour and one."""

    views, half = {}, False

    def __call__(self, images, views):
        return {'': np.concatenate([images.mean((1, 2)), np.ones((len(images), 1))], 1).astype(np.float32)}


@pytest.fixture
def encoder():
    return Encoder(Brightness(), lambda record: load_rgba(record['img_path']).pixels, EncoderFingerprint('a', '[]'))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'images').mkdir()
    for place, name in enumerate(['a.png', 'locked.png', 'z.png']):
        Image.fromarray(np.full((4, 5, 3), 50 * place, np.uint8)).save(tmp_path / 'images' / name)
    return tmp_path / 'images'


@pytest.fixture
def lock(monkeypatch):
    """Return what makes a file unreadable, for root too, whom a file's mode does not stop."""
    opened = builtins.open

    def guarded(file, *args, **kwargs):
        if str(file).endswith('locked.png'):
            raise PermissionError(13, 'Permission denied', str(file))
        return opened(file, *args, **kwargs)

    def locked():
        monkeypatch.setattr(builtins, 'open', guarded)
        monkeypatch.setattr(io, 'open', guarded)

    return locked


def embed(encoder, folder, **settings):
    records = folder_records(folder, animal_folders=False, unknown=None)
    return embed_records(encoder, records, folder.parent / 'out.safetensors', **settings)


def test_it_is_left_out_and_listed(encoder, folder, lock, capsys):
    lock()
    embedded, left_out = embed(encoder, folder, skip_unusable=True)
    assert embedded.names == ['a.png', 'z.png']
    assert list(left_out) == ['locked.png']
    assert 'cannot be opened (Permission denied); check its path and permissions' in left_out['locked.png']
    assert 'locked.png' in (folder.parent / 'out_unusable.csv').read_text()
    assert 'left out 1 images that cannot be used' in capsys.readouterr().out
    with pytest.raises(ImageError, match=r'locked\.png: cannot be opened'):
        embed(encoder, folder)


def test_what_was_known_of_it_is_not_taken_for_what_it_is_now(encoder, folder, lock):
    embed(encoder, folder)
    out = folder.parent / 'out.safetensors'
    assert len(load_embeddings(out)) == 3
    lock()
    embedded, left_out = embed(encoder, folder, known={str(out): load_embeddings(out)}, skip_unusable=True)
    assert (embedded.names, list(left_out)) == (['a.png', 'z.png'], ['locked.png'])
    assert None not in embedded.columns['content']


@pytest.mark.skipif(not hasattr(os, 'geteuid') or os.geteuid() == 0, reason='root may read everything')
def test_a_mode_without_rights(encoder, folder):
    (folder / 'locked.png').chmod(0)
    assert list(embed(encoder, folder, skip_unusable=True)[1]) == ['locked.png']
