"""LightGlue learns from identities."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from jaguar_mm.images import LoadedImage
from jaguar_mm.matching import AlikedLightGlue, KeypointStore, LocalMatching, PairStore, cut_out, score_pairs
from jaguar_mm.matching.training import MatcherTraining, Settings, soft_score
from jaguar_mm.matching.triplets import Known, Triplets
from jaguar_mm.matching.weights import save_weights
from jaguar_mm.storage import read_sealed
from tests.matching.animals import spotted

SETTINGS = Settings(steps=4, batch=4, lr=1e-4, sample=3, every=2)
KNOWN = Known([0, 0, 1, 1, 2, 2], ['a', 'a', 'b', 'b', 'c', 'c'], [None] * 6)


def changed(image, shift, light):
    """The same animal elsewhere, in other light."""
    pixels = np.roll(image.pixels, shift, (0, 1)).astype(float)
    pixels[..., :3] *= light
    return LoadedImage(pixels.clip(0, 255).astype(np.uint8), True)


@pytest.fixture(scope='module')
def keypoints():
    matcher = AlikedLightGlue(48, device='cpu')
    images = [each for seed in range(3) for each in (spotted(seed), changed(spotted(seed), (5, -6), 0.6))]
    return [matcher.detect(cut_out(image, 128)) for image in images]


def training(keypoints, out, settings=SETTINGS):
    return MatcherTraining(AlikedLightGlue(48, device='cpu'), keypoints, KNOWN, settings, out)


@pytest.fixture(scope='module')
def trained(keypoints, tmp_path_factory):
    out, reports = tmp_path_factory.mktemp('matcher') / 'a.safetensors', []
    training(keypoints, out).run(reports.append)
    return out, reports


class Interrupted(Exception):
    pass


def interrupt(report):
    raise Interrupted


def margin(matcher, keypoints):
    pairs = np.array([(one, other) for one in range(6) for other in range(one)])
    scores, same = score_pairs(matcher, keypoints, pairs), pairs[:, 0] // 2 == pairs[:, 1] // 2
    return scores[same].mean() - scores[~same].mean()


def test_a_few_steps_raise_the_margin(trained, keypoints):
    out, reports = trained
    before, after = (margin(AlikedLightGlue(48, device='cpu', weights=file), keypoints) for file in (None, out))
    assert after > before + 0.005
    assert [report.step for report in reports] == [2, 4]
    assert np.isnan(reports[0].held_out)


def test_an_interrupted_training_gives_the_same_bits(trained, keypoints, tmp_path):
    out = tmp_path / 'b.safetensors'
    with pytest.raises(Interrupted):
        training(keypoints, out).run(interrupt)
    assert not out.exists()
    with pytest.raises(ValueError, match=r'b\.training\.pt: a training with lr 0\.0001, not 0\.001; give the same'):
        training(keypoints, out, replace(SETTINGS, lr=1e-3))
    again = training(keypoints, out)
    assert again.step == 2
    again.run()
    resumed, straight = read_sealed(out), read_sealed(trained[0])
    assert resumed.texts == straight.texts
    assert resumed.arrays.keys() == straight.arrays.keys()
    assert all(array.tobytes() == straight.arrays[name].tobytes() for name, array in resumed.arrays.items())
    assert not again.checkpoint.exists()


def test_scores_of_other_weights_are_kept_apart_and_keypoints_shared(trained, keypoints, tmp_path):
    plain, tuned = AlikedLightGlue(48, device='cpu'), AlikedLightGlue(48, device='cpu', weights=trained[0])
    pairs = np.array([[0, 1], [0, 2], [0, 4]])
    assert (score_pairs(plain, keypoints, pairs) != score_pairs(tuned, keypoints, pairs)).any()
    files = [tmp_path / name for name in 'ab']
    for seed, file in enumerate(files):
        file.write_bytes(bytes([seed]))
    stores = [
        KeypointStore(tmp_path / 'k', each, lambda path: spotted(int(path[-1] == 'b'))) for each in (plain, tuned)
    ]
    assert stores[0].key(files[0]) == stores[1].key(files[0])
    found = []
    for store in stores:
        apart, together = (PairStore(tmp_path / name, store) for name in (f'{len(found)}.sqlite', 'p.sqlite'))
        found += [pair_store([str(file) for file in files], np.array([[0, 1]])) for pair_store in (apart, together)]
    assert found[0] == found[1] != found[2] == found[3]


def test_weights_that_are_none_are_refused(tmp_path):
    save_weights(torch.nn.Linear(2, 2), tmp_path / 'c.safetensors', {})
    with pytest.raises(ValueError, match=r'c\.safetensors: no weights of LightGlue .*; give a file of jaguar-mm'):
        AlikedLightGlue(16, weights=tmp_path / 'c.safetensors')
    with pytest.raises(ValueError, match="weights are for matcher='aliked', not 'rootsift'"):
        LocalMatching(matcher='rootsift', weights='c.safetensors')


def test_triplets_keep_bursts_flanks_and_animals_apart():
    known = Known(
        ['a left', 'a left', 'a left', 'a right', 'b left', 'b left'], [*'aaaabb'], ['x', 'x', None, None, 'y', 'y']
    )
    triplets = Triplets(known, range(6))
    assert triplets.partners == {0: [2], 1: [2], 2: [0, 1]}
    draws = triplets.draw('test', 0, 3, 8, 2)
    assert [len(draw.negatives) for draw in draws] == [2, 1] * 4
    assert all(set(draw.negatives) <= {4, 5} for draw in draws)
    assert repr(draws) == repr(triplets.draw('test', 0, 3, 8, 2)) != repr(triplets.draw('test', 0, 4, 8, 2))


def test_one_animal_is_too_few(keypoints, tmp_path):
    known = KNOWN._replace(animals=['a'] * 6)
    with pytest.raises(ValueError, match='no image has another one'):
        MatcherTraining(AlikedLightGlue(16), keypoints, known, SETTINGS, tmp_path / 'd.safetensors')


def test_the_soft_score_of_a_perfect_assignment_is_one():
    assert soft_score(torch.eye(3)[None]).tolist() == [1]
    assert soft_score(torch.zeros(2, 3, 4)).tolist() == [0, 0]
