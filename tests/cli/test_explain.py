"""jaguar-mm explain: one picture, or one sentence."""

import cv2
import numpy as np
import pytest

from jaguar_mm.encoders import load_encoder
from jaguar_mm.reports.likeness import draw_likeness
from tests.cli.running import in_process
from tests.encoders.conftest import cfg, dataset, model, published  # noqa: F401  # fixtures
from tests.published import published_model


@pytest.fixture
def images(dataset):  # noqa: F811
    return [dataset.get_data_info(place)['img_path'] for place in range(2)]


def test_the_picture_is_that_of_the_function(published, images, tmp_path):  # noqa: F811
    out = tmp_path / 'alike.jpg'
    done = in_process('explain', published, *images, '--out', out)
    assert (done.returncode, done.stdout) == (0, f'wrote {out}\n')
    expected = draw_likeness(load_encoder(published), [images])[..., ::-1].astype(float)
    assert np.abs(cv2.imread(str(out)) - expected).mean() < 4  # JPEG


def test_rollout_draws_where_a_transformer_has_it_from(images, tmp_path):
    vit = published_model(tmp_path / 'vit.safetensors', config='recipes/pooling/vit_gem.py')
    for name, flags in (('plain', []), ('rollout', ['--rollout'])):
        done = in_process('explain', vit, *images, '--out', tmp_path / f'{name}.jpg', *flags)
        assert done.returncode == 0, done.stderr
    plain, found = (cv2.imread(str(tmp_path / f'{name}.jpg')).astype(float) for name in ('plain', 'rollout'))
    assert plain.shape == found.shape
    assert np.abs(plain - found).max() > 20
    expected = draw_likeness(load_encoder(vit), [images], rollout=True)[..., ::-1]
    assert np.abs(found - expected).mean() < 4  # JPEG


def test_what_is_wrong_is_one_sentence(published, images, tmp_path):  # noqa: F811
    for given, sentence in (
        ((published, images[0], images[0]), 'comes twice'),
        ((published, images[0], tmp_path / 'nowhere.jpg'), 'nowhere.jpg'),
        ((tmp_path / 'nowhere.safetensors', *images), 'no such file'),
        ((published, *images, '--rollout'), 'draw its map without rollout'),
    ):
        done = in_process('explain', *given, '--out', tmp_path / 'alike.jpg')
        assert done.returncode == 2
        assert sentence in done.stderr.splitlines()[-1]
        assert not (tmp_path / 'alike.jpg').exists()
