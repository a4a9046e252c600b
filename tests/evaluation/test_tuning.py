import numpy as np
import pytest

from jaguar_mm.evaluation.comparison import bootstrap_interval
from jaguar_mm.evaluation.tuning import COSINE, held_out_gains, post_processing_grid, tune
from jaguar_mm.retrieval import cosine_similarity, per_identity_map
from jaguar_mm.storage import EmbeddingSet

RERANK = (*COSINE, dict(type='KReciprocalRerank', k1=10, k2=3, lambda_value=0.3))
EXPAND = (*COSINE, dict(type='QueryExpansion', k=3, alpha=0.0))


def clustered(identities, noise, seed=0, images=8, width=24):
    rng = np.random.default_rng(seed)
    names = np.repeat([f'animal {i}' for i in range(identities)], images)
    centres = np.repeat(rng.normal(size=(identities, width)), images, axis=0)
    vectors = (centres + noise * rng.normal(size=centres.shape)).astype(np.float32)
    images = [f'{i}.png' for i in range(len(names))]
    return EmbeddingSet(images, vectors, {'identity': names.tolist()})


def test_a_real_gain_is_kept():
    embeddings = clustered(20, noise=1.2)
    tuned = tune(embeddings, [COSINE, EXPAND, RERANK])
    assert tuned.low > 0
    assert tuned.recommended in (EXPAND, RERANK)
    plain = per_identity_map(cosine_similarity(embeddings.vectors), embeddings.column('identity'))
    np.testing.assert_allclose(tuned.scores[0], [score.mean_ap for score in plain.values()])


def test_frames_of_one_burst_have_no_part_in_the_choice():
    embeddings = clustered(6, noise=1.2, images=6)
    bursts = [f'{name} {place // 2}' for place, name in enumerate(embeddings.columns['identity'])]
    tuned = tune(embeddings.with_columns(group=bursts), [COSINE])
    similarity = cosine_similarity(embeddings.vectors)
    plain = per_identity_map(similarity, embeddings.column('identity'), groups=bursts)
    np.testing.assert_allclose(tuned.scores[0], [score.mean_ap for score in plain.values()])
    assert (tuned.scores[0] != tune(embeddings, [COSINE]).scores[0]).any()


def test_many_settings_of_noise_are_not_kept():
    """The best of many random settings looks good by its own score and gains nothing on held-out identities."""
    fooled = 0
    for seed in range(40):
        scores = np.random.default_rng(seed).normal(size=(200, 15))
        assert scores.mean(1).max() > scores[0].mean()
        fooled += bootstrap_interval(held_out_gains(scores, seed), seed)[0] > 0
    assert fooled <= 6  # the interval's own error is 2.5 %


@pytest.mark.parametrize('identity', range(10))
def test_the_choice_for_a_fold_never_sees_it(identity):
    scores = np.zeros((3, 10))
    scores[1] = 0.1
    scores[2, identity] = 10  # the best on average by far, but only for the identity's own sake
    assert held_out_gains(scores, seed=0)[identity] == pytest.approx(0.1)


def test_all_alike_gains_nothing():
    embeddings = clustered(6, noise=0.01)
    tuned = tune(embeddings, [COSINE, EXPAND])
    assert (tuned.gain, tuned.low, tuned.high) == (0, 0, 0)
    assert tuned.recommended == COSINE


def test_few_identities_are_refused():
    embeddings = clustered(3, noise=0.5)
    with pytest.raises(ValueError, match='needs 4 identities'):
        tune(embeddings, [COSINE])


@pytest.mark.parametrize('views', [[], ['flip']])
def test_the_grid_starts_with_cosine_and_repeats_nothing(views):
    grid = post_processing_grid(views)
    assert grid[0] == COSINE
    assert len({str(setting) for setting in grid}) == len(grid)
    assert any(stage['type'] == 'Views' for setting in grid for stage in setting) == bool(views)
