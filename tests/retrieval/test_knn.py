import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from jaguar_mm.retrieval import search as search_module
from jaguar_mm.retrieval import topk_similarity
from jaguar_mm.retrieval.embeddings import embed, embed_sets
from jaguar_mm.retrieval.search import search
from jaguar_mm.retrieval.torch_search import torch_search
from tests.retrieval.sets import KINDS, embeddings


def cosines(query, gallery):
    query, gallery = (np.asarray(x, np.float64) for x in (query, gallery))
    lengths = np.linalg.norm(query, axis=1)[:, None] * np.linalg.norm(gallery, axis=1)
    return np.round(query @ gallery.T / lengths, 12)


def brute_force(query, gallery=None, k=10, exclude_self=True):
    """Sort all cosines of every query."""
    one_set = gallery is None
    similarity = cosines(query, query if one_set else gallery)
    order = [
        [j for j in np.argsort(-row, kind='stable') if not (one_set and exclude_self and i == j)][:k]
        for i, row in enumerate(similarity)
    ]
    order = np.array(order, int).reshape(len(query), -1)
    return np.take_along_axis(similarity, order, 1), order


def assert_same(found, expected):
    np.testing.assert_array_equal(found[1], expected[1])
    np.testing.assert_allclose(found[0], expected[0], atol=1e-7)


@pytest.fixture
def small_tiles(monkeypatch):
    monkeypatch.setattr(search_module, 'TILE', 16)


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('n', [1, 2, 9, 70, 700])
@pytest.mark.parametrize('dtype', [np.float32, np.float64])
@pytest.mark.parametrize('prefilter', ['none', 'int8'])
class TestBruteForce:
    @pytest.mark.parametrize('exclude_self', [True, False])
    def test_one_set(self, kind, n, dtype, prefilter, exclude_self):
        features = embeddings(kind, n).astype(dtype)
        for k in (1, 5, 40):
            found = topk_similarity(features, k=k, exclude_self=exclude_self, prefilter=prefilter)
            assert_same(found, brute_force(features, k=k, exclude_self=exclude_self))

    def test_query_and_gallery(self, kind, n, dtype, prefilter):
        features = embeddings(kind, n + 3, seed=1).astype(dtype)
        found = topk_similarity(features[:3], features[3:], k=7, prefilter=prefilter)
        assert_same(found, brute_force(features[:3], features[3:], 7))


@pytest.mark.usefixtures('small_tiles')
@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('prefilter', ['none', 'int8'])
def test_seams_between_tiles(kind, prefilter):
    features = embeddings(kind, 157).astype(np.float32)
    assert_same(topk_similarity(features, k=12, prefilter=prefilter), brute_force(features, k=12))
    assert_same(
        topk_similarity(features[:20], features[20:], 12, prefilter=prefilter),
        brute_force(features[:20], features[20:], 12),
    )


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('n', [1, 2, 30, 300])
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
@pytest.mark.parametrize('with_gallery', [False, True])
def test_the_torch_path_finds_the_same(kind, n, dtype, with_gallery):
    features = torch.from_numpy(embeddings(kind, n)).to(dtype)
    sets = embed_sets(features, gallery=features.flip(0)[: n // 2 + 1] if with_gallery else None)
    for k in (0, 1, 9, 400):
        ours, kernels = torch_search(*sets, k, lowest=True), search(*sets, k, lowest=True)
        np.testing.assert_array_equal(ours.indices, kernels.indices)
        np.testing.assert_allclose(ours.values, kernels.values, atol=2e-12)
        np.testing.assert_allclose(ours.lowest, kernels.lowest, atol=1e-6)


@pytest.mark.usefixtures('small_tiles')
@pytest.mark.parametrize('prefilter', [False, True])
def test_the_smallest_cosine_is_exact(prefilter):
    features = embeddings('random', 150).astype(np.float32)
    found = search(embed(features, 'features'), None, 3, lowest=True, prefilter=prefilter)
    np.testing.assert_allclose(found.lowest, cosines(features, features).min(1), atol=1e-12)


@pytest.mark.parametrize('prefilter', ['none', 'int8'])
def test_a_thousand_copies_overflow_no_list(prefilter):
    features = np.repeat(embeddings('random', 3).astype(np.float32), 400, axis=0)
    values, indices = topk_similarity(features, k=4, prefilter=prefilter)
    assert (values == 1).all()
    expected = [[1, 2, 3, 4], [0, 1, 3, 4], [400, 402, 403, 404], [800, 801, 802, 803]]
    np.testing.assert_array_equal(indices[[0, 2, 401, 1199]], expected)


def test_int8_gives_up_where_it_would_cost_more(monkeypatch):
    monkeypatch.setattr(search_module, 'TILE', 16)
    monkeypatch.setattr(search_module, 'WORTHWHILE', 0.0)
    monkeypatch.setitem(search_module.SPARE, 'int8', 4)
    kinds = []
    for kind in ('int8_factors', 'float_factors'):
        make = getattr(search_module, kind)
        monkeypatch.setattr(search_module, kind, lambda side, kind=kind, make=make: kinds.append(kind) or make(side))
    features = embeddings('duplicated', 300, dim=4).astype(np.float32)
    assert_same(topk_similarity(features, k=5, prefilter='int8'), brute_force(features, k=5))
    assert kinds == ['int8_factors', 'float_factors']


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(2, 60),
    kind=st.sampled_from(KINDS),
    prefilter=st.sampled_from(['none', 'int8']),
)
def test_order_and_length_of_embeddings_do_not_matter(seed, n, kind, prefilter):
    rng = np.random.default_rng(seed)
    features = embeddings(kind, n, seed).astype(np.float32)
    values, indices = topk_similarity(features, k=5, prefilter=prefilter)
    assert (np.diff(values) <= 0).all()
    assert (np.diff(indices)[np.diff(values) == 0] != 0).all()
    np.testing.assert_allclose(values, np.take_along_axis(cosines(features, features), indices, 1), atol=1e-7)
    shuffle = rng.permutation(n)
    np.testing.assert_array_equal(topk_similarity(features[shuffle], k=5, prefilter=prefilter)[0], values[shuffle])
    scaled = features * np.float32(2) ** rng.integers(-40, 40, (n, 1))
    np.testing.assert_array_equal(topk_similarity(scaled, k=5, prefilter=prefilter)[1], indices)


class TestUglyInput:
    @pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float32, torch.float64])
    def test_kind_and_dtype(self, dtype):
        features = torch.randn(20, 8, generator=torch.Generator().manual_seed(0)).to(dtype)
        values, indices = topk_similarity(features, k=3)
        assert values.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
        assert indices.dtype == torch.int64
        assert_same((values, indices), brute_force(features.double(), k=3))
        if dtype != torch.bfloat16:
            assert all(isinstance(part, np.ndarray) for part in topk_similarity(features.numpy(), k=3))

    def test_strided_backwards_and_read_only_arrays(self):
        wide = embeddings('random', 30, dim=20)
        expected = topk_similarity(np.ascontiguousarray(wide[::-1, ::2]), k=4)
        wide.flags.writeable = False
        np.testing.assert_array_equal(topk_similarity(wide[::-1, ::2], k=4)[1], expected[1])

    def test_extreme_lengths(self):
        features = embeddings('random', 40)
        lengths = 10.0 ** np.random.default_rng(0).integers(-30, 30, (40, 1))
        expected = topk_similarity(features, k=4)[1]
        for dtype in (np.float32, np.float64):
            np.testing.assert_array_equal(topk_similarity((features * lengths).astype(dtype), k=4)[1], expected)
        np.testing.assert_array_equal(topk_similarity(features * lengths**9, k=4)[1], expected)

    def test_gradients_and_low_precision_modes_are_no_obstacle(self):
        features = torch.randn(40, 8, generator=torch.Generator().manual_seed(0), requires_grad=True)
        expected = brute_force(features.detach().numpy(), k=3)
        torch.set_float32_matmul_precision('medium')
        try:
            with torch.autocast('cpu'):
                assert_same(topk_similarity(features, k=3), expected)
            assert torch.get_float32_matmul_precision() == 'medium'
        finally:
            torch.set_float32_matmul_precision('highest')

    def test_more_neighbours_than_there_are(self):
        assert topk_similarity(np.eye(3), k=99)[0].shape == (3, 2)
        assert topk_similarity(np.eye(3), np.eye(3)[:1], k=99)[1].tolist() == [[0]] * 3
        assert topk_similarity(np.eye(3)[:1], k=5)[1].shape == (1, 0)
        assert topk_similarity(np.eye(3), k=0)[1].shape == (3, 0)

    @pytest.mark.parametrize(('bad', 'message'), [(np.nan, 'NaN or Inf'), (np.inf, 'NaN or Inf'), (0.0, 'only zeros')])
    @pytest.mark.parametrize('side', ['query', 'gallery'])
    def test_bad_rows_are_named(self, bad, message, side):
        features = np.ones((6, 3))
        features[[2, 4]] = bad
        sets = (features, np.ones((2, 3))) if side == 'query' else (np.ones((2, 3)), features)
        with pytest.raises(ValueError, match=rf'{side} has {message} in 2 row\(s\): 2, 4'):
            topk_similarity(*sets)

    @pytest.mark.parametrize('shape', [(0, 3), (3, 0), (3,)])
    def test_a_shape_that_is_no_matrix_is_refused(self, shape):
        with pytest.raises(ValueError, match='must be a matrix'):
            topk_similarity(np.ones(shape))

    def test_wrong_arguments_are_refused(self):
        with pytest.raises(ValueError, match='cannot be negative, got -1'):
            topk_similarity(np.eye(3), k=-1)
        with pytest.raises(ValueError, match='one of none, int8'):
            topk_similarity(np.eye(3), prefilter='int4')
        with pytest.raises(ValueError, match='width 3, gallery 2'):
            topk_similarity(np.eye(3), np.eye(2))
