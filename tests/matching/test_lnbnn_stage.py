import numpy as np
import pytest
from PIL import Image

from jaguar_mm.cli.flags import stage as flag
from jaguar_mm.images import load_rgba
from jaguar_mm.matching import LNBNN, MATCHERS, KeypointStore, LocalMatching, RootSIFT, lnbnn_scores
from jaguar_mm.registry import STAGES
from jaguar_mm.retrieval import Cosine, Pipeline, shortlist_recall
from jaguar_mm.storage import EmbeddingSet
from tests.matching.animals import spotted

ANIMALS = ['Lua', 'Ti', 'Lua', 'Abril', 'Ti', 'Abril']
BURSTS = ['a', 'b', 'a', 'c', 'b', 'c']


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv('JAGUAR_MM_CACHE', str(tmp_path / 'cache'))


@pytest.fixture
def images(tmp_path):
    """Two images of each of three animals, moved and with noise; embeddings that say nothing."""
    paths, random = [], np.random.default_rng(0)
    for place, animal in enumerate(ANIMALS):
        pixels = np.roll(spotted(sorted(set(ANIMALS)).index(animal)).pixels, place, (0, 1))
        pixels[..., :3] += random.integers(0, 9, (*pixels.shape[:2], 3), np.uint8)
        paths.append(tmp_path / f'{place}.png')
        Image.fromarray(pixels).save(paths[-1])
    vectors = np.random.default_rng(4).normal(size=(len(paths), 4)).astype(np.float32)
    columns = {'path': [str(path) for path in paths], 'identity': ANIMALS, 'group': BURSTS}
    return EmbeddingSet([path.name for path in paths], vectors, columns)


def stage(**settings):
    return STAGES.build(dict(type='LNBNN', matcher='rootsift', keypoints=64, size=160, **settings))


def test_images_are_ranked_by_their_descriptors_then_as_before(images, tmp_path):
    rankings = Pipeline((Cosine(), stage()))(images)
    found = KeypointStore(tmp_path / 'reference', RootSIFT(64), load_rgba, size=160)(images.columns['path'])
    scores, others = lnbnn_scores(found)
    _, order = rankings['+LNBNN'].top_k(5)
    for query, before in enumerate(rankings['raw'].top_k(5)[1]):
        spoken = others[query][others[query] >= 0].tolist()
        assert order[query].tolist() == spoken + [image for image in before if image not in spoken]
    assert [ANIMALS[first] for first in order[:, 0]] == ANIMALS
    np.testing.assert_allclose(rankings['+LNBNN'].scores, scores)


def test_queries_are_compared_with_their_gallery(images):
    order = Pipeline((stage(),)).final(images.select([0, 1]), images.select([5, 4, 3, 2])).top_k(1)[1]
    np.testing.assert_array_equal(order, [[3], [1]])


def test_bursts_are_left_apart(images):
    ranking = Pipeline((stage(apart=['group']),)).final(images)
    for query, candidates in enumerate(ranking.indices):
        assert BURSTS[query] not in {BURSTS[image] for image in candidates[candidates >= 0]}
    with pytest.raises(ValueError, match="there is no column 'burst'"):
        Pipeline((stage(apart=['burst']),)).final(images)


def test_a_shortlist_of_two_stages_has_the_candidates_of_both(images):
    settings = dict(k=1, trust=None, matcher='rootsift', keypoints=64, size=160)
    stages = LocalMatching(**settings, name='one'), LocalMatching(stages=('raw', '+LNBNN'), **settings)
    before = Pipeline((Cosine(), stages[0]))(images)['one']
    rankings = Pipeline((Cosine(), stage(), stages[1]))(images)
    both = rankings['+local']
    for query, candidates in enumerate(both.indices):
        expected = {int(rankings[name].top_k(1)[1][query, 0]) for name in ('raw', '+LNBNN')}
        assert set(candidates[candidates >= 0].tolist()) == expected
    recalls = [shortlist_recall(ranking.indices, ANIMALS) for ranking in (before, both)]
    assert recalls[0] < recalls[1] == 1
    assert [ANIMALS[first] for first in both.top_k(1)[1][:, 0]] == ANIMALS


def test_the_first_stage_s_similarity_counts(images):
    settings = dict(k=2, matcher='rootsift', keypoints=64, size=160)
    local = LocalMatching(trust=None, **settings, stages=('raw', '+LNBNN'), name='local')
    rankings = Pipeline((Cosine(), stage(), local, LocalMatching(stages=('raw', '+LNBNN'), **settings)))(images)
    (rows, columns), mixed = np.nonzero(rankings['local'].indices >= 0), rankings['+local']
    chosen = rows, rankings['local'].indices[rows, columns]
    expected = (1 + rankings['raw'].matrix()[chosen]) / 2 + rankings['local'].matrix()[chosen]
    np.testing.assert_allclose(mixed.matrix()[chosen], expected, atol=3e-6)


def test_flags_and_dictionaries_describe_the_stages():
    stages = flag('LNBNN:k=3,apart=("group",)'), flag("LocalMatching:k=20,stages=('raw','+LNBNN'),matcher=rootsift")
    assert stages == (
        LNBNN(3, apart=('group',)),
        LocalMatching(20, stages=('raw', '+LNBNN'), matcher='rootsift'),
    )
    assert Pipeline.from_dict(Pipeline(stages).to_dict()).stages == stages


def test_mistakes_are_named(images):
    with pytest.raises(ValueError, match=f"LNBNN.matcher is 'sift', not one of {', '.join(MATCHERS)}"):
        LNBNN(matcher='sift')
    with pytest.raises(ValueError, match=r"LocalMatching.stages is the text 'raw'; write \('raw',\)"):
        LocalMatching(stages='raw')
    with pytest.raises(ValueError, match=r"'\+LNBNN' looks into the images, but their files are not known"):
        Pipeline((stage(),)).final(images.vectors)
    with pytest.raises(
        ValueError, match=r"'\+local' builds on '\+LNBNN', which is no stage before it \(there are: raw"
    ):
        Pipeline((Cosine(), LocalMatching(stages=('raw', '+LNBNN')))).final(images)
