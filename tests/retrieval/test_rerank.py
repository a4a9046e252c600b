import numpy as np
import pytest
import torch

from jaguar_mm.retrieval import cosine_similarity, identity_balanced_map, k_reciprocal_rerank
from tests.retrieval.zhong2017 import rerank

KINDS = ['random', 'clustered', 'tied', 'duplicated']


def embeddings(kind: str, n: int, seed: int = 0, dim: int = 16) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if kind == 'random':
        return rng.normal(size=(n, dim))
    if kind == 'clustered':
        return rng.normal(size=(max(1, n // 6), dim))[rng.integers(0, max(1, n // 6), n)] + 0.4 * rng.normal(
            size=(n, dim)
        )
    if kind == 'tied':  # few distinct integer coordinates: many distances are exactly equal
        corners = rng.integers(-1, 2, (n, 4)).astype(float)
        corners[~corners.any(1), 0] = 1
        return corners
    return np.repeat(rng.normal(size=((n + 2) // 3, dim)), 3, axis=0)[:n]


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('n', [1, 2, 5, 30, 60])
@pytest.mark.parametrize(('k1', 'k2', 'lam'), [(20, 6, 0.3), (3, 1, 0.0), (1, 2, 1.0), (7, 3, 0.5)])
def test_one_set_equals_the_paper(kind, n, k1, k2, lam):
    features = embeddings(kind, n)
    ours = k_reciprocal_rerank(features, k1=k1, k2=k2, lambda_value=lam)
    np.testing.assert_allclose(ours, rerank(features, None, k1, k2, lam), atol=1e-9)


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize(('m', 'n'), [(1, 1), (3, 40), (25, 6)])
def test_query_and_gallery_equal_the_paper(kind, m, n):
    features = embeddings(kind, m + n, seed=1)
    ours = k_reciprocal_rerank(features[:m], features[m:], k1=8, k2=3)
    assert ours.shape == (m, n)
    np.testing.assert_allclose(ours, rerank(features[:m], features[m:], 8, 3), atol=1e-9)


@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64])
def test_single_precision_input_stays_within_a_hundred_thousandth(dtype):
    features = embeddings('clustered', 80, seed=2).astype(dtype)
    ours = k_reciprocal_rerank(features)
    assert ours.dtype == (np.float64 if dtype == np.float64 else np.float32)
    assert np.abs(ours - rerank(features)).max() < 1e-5


def test_tensors_come_back_as_tensors():
    features = torch.from_numpy(embeddings('clustered', 20)).float()
    result = k_reciprocal_rerank(features[:5], features[5:])
    assert isinstance(result, torch.Tensor)
    np.testing.assert_allclose(result.numpy(), k_reciprocal_rerank(features[:5].numpy(), features[5:].numpy()))


def test_length_of_embeddings_does_not_matter():
    features = embeddings('random', 30)
    scaled = features * np.linspace(1e-3, 1e3, 30)[:, None]
    np.testing.assert_allclose(k_reciprocal_rerank(scaled), k_reciprocal_rerank(features), atol=1e-9)


def test_pairs_without_a_common_neighbour_are_not_called_identical():
    """The snippet that goes round starts the Jaccard distance of all pairs at 0."""
    far_apart = np.vstack([np.eye(8)[i] + 0.01 * embeddings('random', 5, i, 8) for i in range(8)])
    distance = k_reciprocal_rerank(far_apart, k1=3, k2=1, lambda_value=0.0)
    groups = np.repeat(np.arange(8), 5)
    different = groups[:, None] != groups[None, :]
    assert distance[different].min() == 1


def test_it_raises_the_score_of_clustered_embeddings():
    rng = np.random.default_rng(0)
    identities = np.repeat(np.arange(20), 12)
    features = rng.normal(size=(20, 32))[identities] + 1.1 * rng.normal(size=(240, 32))
    plain = identity_balanced_map(cosine_similarity(features), identities)
    reranked = identity_balanced_map(1 - k_reciprocal_rerank(features), identities)
    assert reranked > plain + 0.02


def test_all_alike_are_at_no_distance():
    assert np.abs(k_reciprocal_rerank(np.ones((9, 3)))).max() < 1e-9


@pytest.mark.parametrize('bad', [dict(k1=0), dict(k2=0), dict(lambda_value=-0.1), dict(lambda_value=1.5)])
def test_parameters_out_of_range_are_refused(bad):
    with pytest.raises(ValueError, match='k1 >= 1'):
        k_reciprocal_rerank(np.eye(3), **bad)
