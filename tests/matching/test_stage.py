import numpy as np
import pytest
from PIL import Image

from jaguar_mm.images import load_rgba
from jaguar_mm.matching import MATCHERS, KeypointStore, LocalMatching, score_pairs
from jaguar_mm.registry import STAGES
from jaguar_mm.retrieval import Cosine, Pipeline
from jaguar_mm.storage import EmbeddingSet
from tests.matching.animals import Nearest, spotted

COUNT = 6


@pytest.fixture(autouse=True)
def nearest(monkeypatch, tmp_path):
    monkeypatch.setitem(MATCHERS, 'nearest', lambda count: Nearest())
    monkeypatch.setenv('JAGUAR_MM_CACHE', str(tmp_path / 'cache'))


@pytest.fixture
def images(tmp_path):
    paths = [tmp_path / f'{seed}.png' for seed in range(COUNT)]
    for seed, path in enumerate(paths):
        Image.fromarray(spotted(seed, 40, 60).pixels).save(path)
    vectors = np.random.default_rng(0).normal(size=(COUNT, 4)).astype(np.float32)
    return EmbeddingSet([path.name for path in paths], vectors, {'path': [str(path) for path in paths]})


def pairwise(images, tmp_path):
    """All scores (N, N) by the plain functions."""
    found = KeypointStore(tmp_path / 'reference', Nearest(), load_rgba)(images.columns['path'])
    pairs = np.array([(i, j) for i in range(COUNT) for j in range(COUNT)])
    return score_pairs(Nearest(), found, pairs).reshape(COUNT, COUNT)


def test_only_candidates_are_rescored_in_one_set(images, tmp_path):
    stage = STAGES.build(dict(type='LocalMatching', k=3, trust=None, matcher='nearest'))
    rankings = Pipeline((Cosine(), stage))(images)
    candidates = rankings['raw'].top_k(3)[1]
    local, scores = rankings['+local'].matrix(), pairwise(images, tmp_path)
    for query in range(COUNT):
        chosen = candidates[query]
        np.testing.assert_allclose(local[query, chosen], scores[query, chosen], atol=2e-6)
        others = np.setdiff1d(np.arange(COUNT), chosen)
        assert (local[query, others] <= 0).all()


def test_trust_adds_the_local_score_to_the_similarity_before(images, tmp_path):
    rankings = Pipeline((Cosine(), LocalMatching(k=3, trust=0.5, matcher='nearest')))(images)
    candidates = rankings['raw'].top_k(3)[1]
    local, scores = rankings['+local'].matrix(), pairwise(images, tmp_path)
    expected = (1 + rankings['raw'].matrix()) / 2 + 0.5 * scores
    np.testing.assert_allclose(
        np.take_along_axis(local, candidates, 1), np.take_along_axis(expected, candidates, 1), atol=2e-6
    )
    evidence = rankings['+local'].evidence.matrix()  # what a calibration learns from is the local score alone
    np.testing.assert_allclose(
        np.take_along_axis(evidence, candidates, 1), np.take_along_axis(scores, candidates, 1), atol=1e-6
    )
    assert np.count_nonzero(evidence) <= candidates.size


def test_queries_are_matched_with_their_gallery(images, tmp_path):
    query, gallery = images.select([0, 1]), images.select([2, 3, 4, 5])
    ranking = Pipeline((Cosine(), LocalMatching(k=2, trust=None, matcher='nearest'))).final(query, gallery)
    scores = pairwise(images, tmp_path)[:2, 2:]
    chosen = Pipeline((Cosine(),)).final(query, gallery).top_k(2)[1]
    np.testing.assert_allclose(
        np.take_along_axis(ranking.matrix(), chosen, 1), np.take_along_axis(scores, chosen, 1), atol=2e-6
    )


def test_mistakes_are_named(images):
    with pytest.raises(ValueError, match="matcher is 'sift', not one of aliked, rootsift"):
        LocalMatching(matcher='sift')
    stage = LocalMatching(matcher='nearest')
    with pytest.raises(ValueError, match=r"'\+local' looks into the images, but their files are not known"):
        Pipeline((stage,)).final(images.vectors)
    with pytest.raises(ValueError, match='files are not known'):
        Pipeline((stage,)).final(images.with_columns(path=[None, *images.columns['path'][1:]]))
    assert Pipeline.from_dict(Pipeline((stage,)).to_dict()).stages == (stage,)
