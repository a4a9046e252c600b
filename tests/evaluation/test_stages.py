import numpy as np
import pytest
import torch

from jaguar_mm.evaluation.stages import EmbeddingState, run_stages
from jaguar_mm.registry import STAGES
from jaguar_mm.retrieval import k_reciprocal_rerank, l2_normalise, query_expansion

ALL = ['Cosine', 'TestTimeViews', 'QueryExpansion', 'DatabaseAugmentation', 'KReciprocalRerank']


def embeddings(n: int, dim: int = 8, seed: int = 0) -> torch.Tensor:
    return torch.nn.functional.normalize(torch.randn(n, dim, generator=torch.Generator().manual_seed(seed)), dim=1)


def test_stages_build_on_each_other():
    plain, tta = embeddings(30), embeddings(30, seed=1)
    stages = [STAGES.build(dict(type=name)) for name in ALL if name != 'DatabaseAugmentation']
    similarities = run_stages(stages, EmbeddingState(plain, tta_query=tta))
    assert list(similarities) == ['raw', '+TTA', '+QE', '+re-ranking']
    expanded = query_expansion(tta, k=3)
    expected = {
        'raw': plain @ plain.T,
        '+TTA': tta @ tta.T,
        '+QE': expanded @ expanded.T,
        '+re-ranking': 1 - k_reciprocal_rerank(expanded),
    }
    for name, similarity in similarities.items():
        torch.testing.assert_close(similarity, expected[name], atol=1e-6, rtol=1e-5)


def test_query_and_gallery_of_their_own_keep_their_shapes():
    state = EmbeddingState(embeddings(7), embeddings(12, seed=1), embeddings(7, seed=2), embeddings(12, seed=3))
    for similarity in run_stages([STAGES.build(dict(type=name)) for name in ALL], state).values():
        assert similarity.shape == (7, 12)
        assert torch.isfinite(similarity).all()


def test_expansion_with_a_gallery_leaves_the_gallery_alone():
    state = EmbeddingState(embeddings(4), embeddings(9, seed=1))
    after = STAGES.build(dict(type='QueryExpansion', k=2)).apply(state)
    assert torch.equal(after.gallery, state.gallery)
    best = (state.query @ state.gallery.T).topk(2).indices
    by_hand = l2_normalise(state.query + state.gallery[best].sum(1))
    torch.testing.assert_close(after.query, by_hand)


def test_a_missing_average_is_reported_with_its_config_key():
    with pytest.raises(ValueError, match=r'model\.tta'):
        run_stages([STAGES.build(dict(type='TestTimeViews'))], EmbeddingState(embeddings(3)))


@pytest.mark.parametrize('name', ALL)
def test_unit_interval_keeps_order_and_ties(name):
    stage = STAGES.build(dict(type=name))
    values = torch.tensor([-1.0, -0.5, -0.5, 0.0, 1e-7, 2e-7, 0.999999, 1.0])
    if name == 'KReciprocalRerank':
        values = (values + 1) / 2
    mapped = stage.to_unit_interval(values).numpy()
    assert mapped.min() >= 0
    assert mapped.max() <= 1
    assert np.array_equal(np.sign(np.diff(mapped)), np.sign(np.diff(values.double().numpy())))


def test_an_unknown_stage_is_named():
    with pytest.raises(KeyError, match='Rerankify'):
        STAGES.build(dict(type='Rerankify'))


@pytest.mark.parametrize(
    ('images', 'gallery', 'warned'), [(13, 0, True), (59, 0, True), (60, 0, False), (30, 30, False)]
)
def test_a_neighbourhood_of_a_third_of_the_images_is_warned_of(recwarn, images, gallery, warned):
    state = EmbeddingState(torch.randn(images, 8), torch.randn(gallery, 8) if gallery else None)
    run_stages([STAGES.build(dict(type='KReciprocalRerank', k1=20))], state)
    told = [str(warning.message) for warning in recwarn if 'KReciprocalRerank' in str(warning.message)]
    assert bool(told) == warned
    assert not warned or f'k1=20 is more than a third of the {images} images' in told[0]
