import numpy as np
import pytest
import torch

from jaguar_mm.retrieval import database_augmentation, expand_queries, l2_normalise, query_expansion

DTYPES = [torch.float16, torch.float32, torch.float64]


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def expand_by_hand(features, k, weight):
    x = unit(np.asarray(features, np.float64))
    expanded = []
    for i, row in enumerate(x):
        near = sorted((j for j in range(len(x)) if j != i), key=lambda j: (-(row @ x[j]), j))[:k]
        expanded.append(
            row + sum((weight(rank, row @ x[j]) * x[j] for rank, j in enumerate(near, 1)), np.zeros_like(row))
        )
    return unit(np.array(expanded))


@pytest.mark.parametrize('k', [0, 1, 3, 50])
@pytest.mark.parametrize('alpha', [0.0, 1.0, 3.0])
def test_query_expansion_by_hand(k, alpha):
    features = np.random.default_rng(0).normal(size=(12, 5))
    expected = expand_by_hand(features, k, lambda rank, cosine: max(cosine, 0) ** alpha if alpha else 1.0)
    np.testing.assert_allclose(query_expansion(features, k, alpha), expected, atol=1e-12)


@pytest.mark.parametrize('k', [1, 4])
def test_database_augmentation_by_hand(k):
    features = np.random.default_rng(1).normal(size=(10, 5))
    expected = expand_by_hand(features, k, lambda rank, cosine: (k + 1 - rank) / (k + 1))
    np.testing.assert_allclose(database_augmentation(features, k), expected, atol=1e-12)


def test_negative_neighbours_have_no_weight_under_alpha():
    opposite = np.array([[1.0, 0.0], [-1.0, 0.1], [-1.0, -0.1]])
    np.testing.assert_allclose(query_expansion(opposite, k=2, alpha=2.0)[0], [1, 0], atol=1e-12)


def test_queries_expand_over_their_own_gallery_only():
    query, gallery = np.array([[1.0, 0.0], [1.0, 0.1]]), np.array([[0.0, 1.0], [1.0, 1.0]])
    expected = unit(unit(query) + unit(gallery)[[1, 1]])
    np.testing.assert_allclose(expand_queries(query, gallery, k=1), expected, atol=1e-12)


@pytest.mark.parametrize('expand', [lambda x, **more: query_expansion(x, 2, 3.0, **more), database_augmentation])
def test_iterations_are_calls_in_a_row(expand):
    features = np.random.default_rng(3).normal(size=(15, 5))
    np.testing.assert_allclose(expand(features, iterations=3), expand(expand(expand(features))), atol=1e-9)


def test_queries_look_for_their_neighbours_anew():
    query, gallery = (np.random.default_rng(seed).normal(size=(9, 5)) for seed in (4, 5))
    once = expand_queries(query, gallery, k=2)
    np.testing.assert_allclose(
        expand_queries(query, gallery, k=2, iterations=2), expand_queries(once, gallery, k=2), atol=1e-9
    )


@pytest.mark.parametrize('iterations', [1, 2])
@pytest.mark.parametrize('expand', [query_expansion, database_augmentation])
def test_a_database_lends_its_embeddings(expand, iterations):
    features, database = (np.random.default_rng(seed).normal(size=(n, 5)) for seed, n in ((6, 8), (7, 12)))
    together = expand(np.vstack([features, database]), k=3, iterations=iterations)
    alone = expand(features, k=3, iterations=iterations, database=database)
    np.testing.assert_allclose(alone, together[:8], atol=1e-9)


def test_opposites_keep_their_direction():
    features = np.array([[1.0, 0.0], [-1.0, 0.0]])
    np.testing.assert_array_equal(query_expansion(features, k=1, iterations=2), features)


def test_gradients_flow_through_the_mean():
    features = torch.randn(6, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    query_expansion(features, k=2)[:, 0].sum().backward()
    assert torch.isfinite(features.grad).all()
    assert features.grad.any()


@pytest.mark.parametrize('function', [query_expansion, database_augmentation])
@pytest.mark.parametrize('dtype', DTYPES)
def test_kind_dtype_and_length(function, dtype):
    features = torch.randn(9, 4, generator=torch.Generator().manual_seed(0)).to(dtype)
    result = function(features, k=2)
    assert result.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
    torch.testing.assert_close(result.norm(dim=1), torch.ones(9, dtype=result.dtype))
    as_array = function(features.numpy(), k=2)
    assert isinstance(as_array, np.ndarray)
    np.testing.assert_allclose(as_array, result.numpy(), rtol=1e-6)


def test_input_is_left_alone_and_may_be_a_strided_view():
    wide = np.random.default_rng(2).normal(size=(8, 10))
    view, before = wide[:, ::2], wide.copy()
    np.testing.assert_allclose(query_expansion(view), query_expansion(view.copy()))
    np.testing.assert_array_equal(wide, before)


def test_extreme_lengths_are_normalised():
    np.testing.assert_allclose(
        l2_normalise(np.array([[3e-30, 4e-30], [3e30, 4e30]], np.float32)), [[0.6, 0.8]] * 2, rtol=1e-6
    )


@pytest.mark.parametrize(('bad', 'message'), [(np.nan, 'NaN or Inf'), (np.inf, 'NaN or Inf'), (0.0, 'only zeros')])
def test_bad_rows_are_named(bad, message):
    features = np.ones((6, 3))
    features[[2, 4]] = bad
    with pytest.raises(ValueError, match=rf'{message} in 2 row\(s\): 2, 4'):
        query_expansion(features)


@pytest.mark.parametrize('shape', [(0, 3), (3, 0), (3,), (2, 2, 2)])
def test_a_shape_that_is_no_matrix_is_refused(shape):
    with pytest.raises(ValueError, match='must be a matrix'):
        l2_normalise(np.ones(shape))


def test_negative_parameters_are_refused():
    with pytest.raises(ValueError, match='k counts'):
        query_expansion(np.eye(3), k=-1)
    with pytest.raises(ValueError, match='iterations must be at least 1, got 0'):
        database_augmentation(np.eye(3), iterations=0)
    with pytest.raises(ValueError, match='alpha'):
        query_expansion(np.eye(3), alpha=-1)


def test_widths_must_agree():
    with pytest.raises(ValueError, match='width 3, gallery 2'):
        expand_queries(np.eye(3), np.eye(2))
    with pytest.raises(ValueError, match='features has width 3, database 2'):
        query_expansion(np.eye(3), database=np.eye(2))
