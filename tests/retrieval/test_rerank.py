import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from benchmarks import dense_zhong2017
from jaguar_mm.retrieval import cosine_similarity, identity_balanced_map, k_reciprocal_rerank, k_reciprocal_topk
from tests.retrieval.sets import KINDS, embeddings
from tests.retrieval.zhong2017 import rerank

PARAMETERS = [(20, 6, 0.3), (3, 1, 0.0), (1, 2, 1.0), (7, 3, 0.5)]


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('n', [1, 2, 5, 30, 60])
@pytest.mark.parametrize(('k1', 'k2', 'lam'), PARAMETERS)
@pytest.mark.parametrize(('dtype', 'tolerance'), [(np.float64, 1e-9), (np.float32, 1e-5)])
def test_one_set_equals_the_paper(kind, n, k1, k2, lam, dtype, tolerance):
    features = embeddings(kind, n).astype(dtype)
    ours = k_reciprocal_rerank(features, k1=k1, k2=k2, lambda_value=lam)
    np.testing.assert_allclose(ours, rerank(features, None, k1, k2, lam), atol=tolerance)


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize(('m', 'n'), [(1, 1), (3, 40), (25, 6)])
@pytest.mark.parametrize(('dtype', 'tolerance'), [(np.float64, 1e-9), (np.float32, 1e-5)])
def test_query_and_gallery_equal_the_paper(kind, m, n, dtype, tolerance):
    features = embeddings(kind, m + n, seed=1).astype(dtype)
    ours = k_reciprocal_rerank(features[:m], features[m:], k1=8, k2=3)
    assert ours.shape == (m, n)
    np.testing.assert_allclose(ours, rerank(features[:m], features[m:], 8, 3), atol=tolerance)


def test_the_dense_reference_equals_the_paper():
    for kind in KINDS:
        features = embeddings(kind, 50, seed=2)
        np.testing.assert_allclose(dense_zhong2017.rerank(features, 7, 3), rerank(features, None, 7, 3), atol=1e-9)


@pytest.mark.parametrize('kind', KINDS)
def test_two_thousand_images_equal_the_dense_reference(kind):
    features = embeddings(kind, 2000, seed=3).astype(np.float32)
    expected = dense_zhong2017.rerank(features.astype(np.float64))
    assert np.abs(k_reciprocal_rerank(features.astype(np.float64)) - expected).max() < 1e-9
    assert np.abs(k_reciprocal_rerank(features) - expected).max() < 1e-5
    assert_nearest(k_reciprocal_topk(features, k=20, prefilter='int8'), expected + 9 * np.eye(2000), 20, 1e-5)


def assert_nearest(found, distance, k, tolerance):
    """Check top-k lists against all distances; where those tie but for rounding, either may come first."""
    distances, indices = (np.asarray(part) for part in found)
    np.testing.assert_allclose(distances, np.sort(distance, 1)[:, :k], atol=tolerance)
    np.testing.assert_allclose(distances, np.take_along_axis(distance, indices, 1), atol=tolerance)
    assert all(len(set(row)) == len(row) for row in indices.tolist())


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('n', [1, 2, 5, 30, 90])
@pytest.mark.parametrize(('k1', 'k2', 'lam'), PARAMETERS)
@pytest.mark.parametrize(('dtype', 'tolerance'), [(np.float64, 1e-9), (np.float32, 1e-6)])
def test_lists_of_one_set_are_the_matrix_sorted(kind, n, k1, k2, lam, dtype, tolerance):
    features = embeddings(kind, n).astype(dtype)
    settings = dict(k1=k1, k2=k2, lambda_value=lam)
    distance = k_reciprocal_rerank(features.astype(np.float64), **settings) + 9 * np.eye(n)  # none in its own list
    for k in (1, 7, 200):
        for prefilter in ('none', 'int8'):
            found = k_reciprocal_topk(features, k=k, prefilter=prefilter, **settings)
            assert_nearest(found, distance, min(k, n - 1), tolerance)


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize(('m', 'n'), [(1, 1), (3, 40), (25, 6)])
def test_lists_of_a_gallery_are_the_matrix_sorted(kind, m, n):
    features = embeddings(kind, m + n, seed=1)
    for lam in (0.0, 0.3, 1.0):
        settings = dict(k1=8, k2=3, lambda_value=lam)
        distance = k_reciprocal_rerank(features[:m], features[m:], **settings)
        for k in (1, 5, 100):
            found = k_reciprocal_topk(features[:m], features[m:], k=k, **settings)
            assert_nearest(found, distance, min(k, n), 1e-9)


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize(('m', 'n', 'database'), [(30, 0, 25), (12, 20, 25), (1, 1, 1)])
def test_a_database_takes_part_and_is_left_out(kind, m, n, database):
    features = embeddings(kind, m + n + database, seed=3)
    query, gallery, extra = features[:m], features[m : m + n] if n else None, features[m + n :]
    settings = dict(k1=8, k2=3, lambda_value=0.3)
    expected = rerank(features, None, 8, 3, 0.3)[:m, m : m + n] if n else rerank(features, None, 8, 3, 0.3)[:m, :m]
    ours = k_reciprocal_rerank(query, gallery, database=extra, **settings)
    np.testing.assert_allclose(ours, expected, atol=1e-9)
    if n or m > 1:
        distance = ours if n else ours + 9 * np.eye(m)
        found = k_reciprocal_topk(query, gallery, k=5, database=extra, **settings)
        assert_nearest(found, distance, min(5, distance.shape[1] - (not n)), 1e-9)


def test_copies_of_an_image_tie_and_come_by_index():
    features = np.repeat(embeddings('random', 30).astype(np.float32), 4, axis=0)
    shuffle = np.random.default_rng(0).permutation(120)
    original = np.arange(120)[shuffle] // 4
    distances, indices = k_reciprocal_topk(features[shuffle], k=3)
    for i in range(120):
        copies = [j for j in np.flatnonzero(original == original[i]) if j != i]
        assert sorted(indices[i]) == copies
    np.testing.assert_allclose(distances, 0, atol=1e-6)


def test_images_that_are_nearly_the_same_keep_their_distances_in_single_precision():
    """Divided by the largest one, tiny distances count in full."""
    features = (1 + 1e-3 * embeddings('random', 40)).astype(np.float32)
    assert np.abs(k_reciprocal_rerank(features) - rerank(features)).max() < 1e-5


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
    for function in (k_reciprocal_rerank, k_reciprocal_topk):
        with pytest.raises(ValueError, match='k1 >= 1'):
            function(np.eye(3), **bad)


def test_lists_of_no_length_and_unknown_filters_are_refused():
    with pytest.raises(ValueError, match='k must be at least 1, got 0'):
        k_reciprocal_topk(np.eye(3), k=0)
    with pytest.raises(ValueError, match='one of none, int8'):
        k_reciprocal_topk(np.eye(3), prefilter='fp8')


@pytest.mark.parametrize('function', [k_reciprocal_rerank, k_reciprocal_topk])
def test_bad_rows_are_named(function):
    features = np.ones((6, 3))
    features[[2, 4], 1] = np.nan
    with pytest.raises(ValueError, match=r'query has NaN or Inf in 2 row\(s\): 2, 4'):
        function(features)
    with pytest.raises(ValueError, match=r'gallery has NaN or Inf in 2 row\(s\): 2, 4'):
        function(np.ones((2, 3)), features)


@hypothesis_settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 50), k1=st.integers(1, 30), k2=st.integers(1, 9))
def test_distances_behave(seed, n, k1, k2):
    """In [0, 1], zero to itself, symmetric where the original distance has no part, and deaf to the order of input."""
    features = embeddings('random', n, seed)
    distance = k_reciprocal_rerank(features, k1=k1, k2=k2, lambda_value=0.0)
    assert -1e-9 <= distance.min() <= distance.max() <= 1 + 1e-9
    np.testing.assert_allclose(np.diag(distance), 0, atol=1e-9)
    np.testing.assert_allclose(distance, distance.T, atol=1e-9)
    shuffle = np.random.default_rng(seed).permutation(n)
    shuffled = k_reciprocal_rerank(features[shuffle], k1=k1, k2=k2, lambda_value=0.0)
    np.testing.assert_allclose(shuffled, distance[np.ix_(shuffle, shuffle)], atol=1e-9)
