import numpy as np
import pytest

from jaguar_mm.registry import STAGES
from jaguar_mm.retrieval import Pipeline, k_reciprocal_rerank, query_expansion
from jaguar_mm.storage import EmbeddingSet

ALL = ['Cosine', 'Views', 'QueryExpansion', 'DatabaseAugmentation', 'KReciprocalRerank']


def embeddings(n, dim=8, seed=0):
    rows = np.random.default_rng(seed).normal(size=(n, dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def embedded(n, seed=0, views=True):
    names = [f'{seed} {i}' for i in range(n)]
    return EmbeddingSet(names, embeddings(n, seed=seed), views={'flip': embeddings(n, seed=seed + 1)} if views else {})


def pipeline(*kinds, **settings):
    return Pipeline(tuple(STAGES.build(dict(type=kind, **settings)) for kind in kinds))


def test_registered_stages_build_on_each_other():
    images = embedded(30)
    rankings = pipeline(*(kind for kind in ALL if kind != 'DatabaseAugmentation'))(images)
    plain, averaged = images.vectors, images.view('flip')
    expanded = query_expansion(averaged, k=3)
    expected = {
        'raw': plain @ plain.T,
        '+TTA': averaged @ averaged.T,
        '+QE': expanded @ expanded.T,
        '+re-ranking': 1 - k_reciprocal_rerank(expanded),
    }
    assert list(rankings) == list(expected)
    for name, ranking in rankings.items():
        np.testing.assert_allclose(ranking.matrix(), expected[name], atol=1e-6, rtol=1e-5)


def test_query_and_gallery_of_their_own_keep_their_shapes():
    for ranking in pipeline(*ALL)(embedded(7), embedded(12, seed=5)).values():
        assert ranking.matrix().shape == (7, 12)
        assert np.isfinite(ranking.matrix()).all()


def test_an_unknown_stage_is_named():
    with pytest.raises((KeyError, ValueError), match='Rerankify'):
        STAGES.build(dict(type='Rerankify'))


@pytest.mark.parametrize(
    ('images', 'gallery', 'warned'), [(13, 0, True), (59, 0, True), (60, 0, False), (30, 30, False)]
)
def test_a_neighbourhood_of_a_third_of_the_images_is_warned_of(recwarn, images, gallery, warned):
    pipeline('KReciprocalRerank', k1=20).final(embeddings(images), embeddings(gallery, seed=1) if gallery else None)
    told = [str(warning.message) for warning in recwarn if 'KReciprocalRerank' in str(warning.message)]
    assert bool(told) == warned
    assert not warned or f'k1=20 is more than a third of the {images} images' in told[0]
