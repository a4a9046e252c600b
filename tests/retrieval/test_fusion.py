import numpy as np
import pytest
import torch

from jaguar_mm import retrieval
from jaguar_mm.retrieval import fuse_embeddings, fuse_posteriors, fuse_similarities, isotonic_calibration

RNG = np.random.default_rng(0)
FIRST, SECOND = RNG.normal(size=(6, 4)), 10 * RNG.normal(size=(6, 4))
ONE, TWO = RNG.normal(size=(5, 7)), 3 + 10 * RNG.normal(size=(5, 7))


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class TestEmbeddings:
    def test_formula(self):
        np.testing.assert_allclose(fuse_embeddings([FIRST, SECOND]), unit(unit(FIRST) + unit(SECOND)))
        np.testing.assert_allclose(fuse_embeddings([FIRST, SECOND], [3, 1]), unit(3 * unit(FIRST) + unit(SECOND)))

    def test_one_model_is_only_normalised(self):
        np.testing.assert_allclose(fuse_embeddings([SECOND]), unit(SECOND))

    @pytest.mark.parametrize('dtype', [torch.float16, torch.float32, torch.float64])
    def test_kind_and_precision(self, dtype):
        fused = fuse_embeddings([torch.tensor(FIRST, dtype=dtype), torch.tensor(SECOND, dtype=dtype)])
        assert fused.dtype == torch.promote_types(dtype, torch.float32)
        np.testing.assert_allclose(fused.numpy(), unit(unit(FIRST) + unit(SECOND)), atol=2e-3)

    def test_other_widths_are_named(self):
        with pytest.raises(ValueError, match=r'embeddings of model 1 are \(6, 3\)'):
            fuse_embeddings([FIRST, SECOND[:, :3]])

    def test_bad_rows_name_their_model(self):
        broken = SECOND.copy()
        broken[4, 0] = np.nan
        with pytest.raises(ValueError, match=r'model 1 has NaN or Inf in 1 row\(s\): 4'):
            fuse_embeddings([FIRST, broken])

    def test_embeddings_that_cancel_are_named(self):
        with pytest.raises(ValueError, match='average of the embeddings has only zeros'):
            fuse_embeddings([np.eye(2), -np.eye(2)])

    @pytest.mark.parametrize('weights', [[1], [1, -1], [0, 0]])
    def test_impossible_weights(self, weights):
        with pytest.raises(ValueError, match='need 2 weights'):
            fuse_embeddings([FIRST, SECOND], weights)


class TestSimilarities:
    def test_zscore_formula(self):
        expected = sum(0.5 * (values - values.mean()) / values.std() for values in (ONE, TWO))
        np.testing.assert_allclose(fuse_similarities([ONE, TWO], 'zscore'), expected)

    def test_rank_formula_with_ties(self):
        values = np.array([[0.1, 0.5], [0.5, 0.9]])
        np.testing.assert_allclose(fuse_similarities([values], 'rank'), [[0, 0.5], [0.5, 1]])
        ranks = [(values[..., None] > values.ravel()).sum(-1) / (values.size - 1) for values in (ONE, TWO)]
        np.testing.assert_allclose(fuse_similarities([ONE, TWO], 'rank', [1, 3]), (ranks[0] + 3 * ranks[1]) / 4)

    @pytest.mark.parametrize('normalise', ['rank', 'zscore'])
    def test_a_models_scale_does_not_matter(self, normalise):
        expected = fuse_similarities([ONE, TWO], normalise)
        np.testing.assert_allclose(fuse_similarities([ONE, 100 * TWO - 7], normalise), expected)

    @pytest.mark.parametrize(('normalise', 'value'), [('rank', 0.5), ('zscore', 0)])
    def test_equal_similarities_say_nothing(self, normalise, value):
        assert (fuse_similarities([np.full((3, 3), 0.1)], normalise) == value).all()

    def test_isotonic_functions_are_used_one_a_model(self):
        functions = [lambda values: values + 1, lambda values: values * 2]
        np.testing.assert_allclose(fuse_similarities([ONE, TWO], functions), (ONE + 1 + 2 * TWO) / 2)

    def test_tensors_stay_tensors(self):
        fused = fuse_similarities([torch.tensor(ONE), torch.tensor(TWO)])
        np.testing.assert_allclose(fused.numpy(), fuse_similarities([ONE, TWO]))

    def test_mistakes_are_named(self):
        with pytest.raises(ValueError, match=r"'rank', 'zscore'.*'minmax'"):
            fuse_similarities([ONE], 'minmax')
        with pytest.raises(ValueError, match='similarities of model 1'):
            fuse_similarities([ONE, TWO.T])
        with pytest.raises(ValueError, match=r'NaN or Inf in 1 row\(s\): 0'):
            fuse_similarities([np.array([[np.inf, 0]])])
        with pytest.raises(ValueError, match='no similarities'):
            fuse_similarities([])


class TestIsotonic:
    def test_pool_adjacent_violators_by_hand(self):
        similarity = np.array([[9, 0.1, 0.2], [0.3, 9, 0.4], [0.5, 0.6, 9]])
        ids = ['a', 'b', 'a']  # same: (0, 2) at 0.2 and (2, 0) at 0.5; the rest differ
        calibrate = isotonic_calibration(similarity, ids)
        # labels by similarity 0.1 to 0.6: 0 1 0 0 1 0 -> pooled 0, (1 + 0 + 0) / 3, (1 + 0) / 2
        np.testing.assert_allclose(calibrate(np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])), [0] + [1 / 3] * 3 + [1 / 2] * 2)
        np.testing.assert_allclose(calibrate(np.array([-5, 5])), [0, 1 / 2])

    def test_it_never_falls_and_keeps_what_the_model_knows(self):
        ids = RNG.integers(0, 5, 40)
        similarity = np.equal.outer(ids, ids) + RNG.normal(size=(40, 40))
        calibrated = isotonic_calibration(similarity, ids)(similarity)
        order = np.argsort(similarity.ravel())
        assert (np.diff(calibrated.ravel()[order]) >= 0).all()
        assert retrieval.pair_roc_auc(calibrated, ids) >= retrieval.pair_roc_auc(similarity, ids) - 1e-9

    def test_pairs_of_a_group_do_not_count(self):
        ids, similarity = [0, 0, 1, 1], RNG.random((4, 4))
        without = similarity.copy()
        without[0, 1] = without[1, 0] = 77
        groups = ['burst', 'burst', None, None]
        expected = isotonic_calibration(similarity, ids, groups=groups)(similarity)
        np.testing.assert_array_equal(isotonic_calibration(without, ids, groups=groups)(similarity), expected)

    def test_one_kind_of_pairs_is_refused(self):
        with pytest.raises(ValueError, match='calibration needs pairs'):
            isotonic_calibration(np.ones((2, 2)), ['a', 'a'])


class TestPosteriors:
    QUERY, GALLERY = RNG.dirichlet(np.ones(3), 5), RNG.dirichlet(np.ones(3), 7)

    def test_formula(self):
        expected = ONE + 0.3 * np.einsum('qc,gc->qg', self.QUERY, self.GALLERY)
        np.testing.assert_allclose(fuse_posteriors(ONE, self.QUERY, self.GALLERY, weight=0.3), expected)

    def test_one_set(self):
        square = ONE[:, :5]
        np.testing.assert_allclose(
            fuse_posteriors(square, self.QUERY, weight=1), square + np.einsum('qc,gc->qg', self.QUERY, self.QUERY)
        )

    def test_off_by_default(self):
        assert fuse_posteriors(ONE, self.QUERY, self.GALLERY) is ONE

    def test_logits_are_refused_by_row(self):
        logits = self.QUERY.copy()
        logits[3] *= 7
        with pytest.raises(ValueError, match=r'query_posteriors: row 3.*softmax'):
            fuse_posteriors(ONE, logits, self.GALLERY, weight=1)

    def test_shapes_must_fit(self):
        with pytest.raises(ValueError, match='does not fit'):
            fuse_posteriors(ONE.T, self.QUERY, self.GALLERY, weight=1)
