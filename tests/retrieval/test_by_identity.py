import numpy as np
import pytest

from jaguar_mm.retrieval import Apart, MatrixRanking, top_identities


def by_hand(similarity, gallery_ids, k, left_out):
    """Return the lists of (animal's best value, its image), as a person would write them."""
    lists = []
    for i, row in enumerate(similarity):
        best = {}
        for j, value in enumerate(row):
            identity = gallery_ids[j]
            if identity is not None and not left_out[i, j] and value > best.get(identity, (-np.inf, -1))[0]:
                best[identity] = (value, j)
        lists.append(sorted(best.values(), key=lambda pair: (-pair[0], pair[1]))[:k])
    return lists


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
@pytest.mark.parametrize('one_set', [True, False])
@pytest.mark.parametrize('k', [1, 3, 50])
@pytest.mark.parametrize('seed', range(5))
def test_animals_are_ranked_by_their_best_image(dtype, one_set, k, seed):
    rng = np.random.default_rng(seed)
    rows, columns = (17, 17) if one_set else (5, 23)
    similarity = rng.integers(0, 6, (rows, columns)).astype(dtype)  # many ties
    ids = [None if value == 0 else f'animal {value}' for value in rng.integers(0, 6, columns)]
    groups = [None if value == 0 else int(value) for value in rng.integers(0, 4, columns)]
    query_groups = groups if one_set else groups[:rows]
    left_out = np.array([[a is not None and a == b for b in groups] for a in query_groups])
    if one_set:
        np.fill_diagonal(left_out, True)
    apart = Apart(different=(groups if one_set else (query_groups, groups),))
    values, images = top_identities(MatrixRanking(similarity, one_set), ids, k, apart)
    for row, found in enumerate(by_hand(similarity, ids, k, left_out)):
        pairs = [(value, image) for value, image in zip(values[row], images[row], strict=True) if image >= 0]
        assert pairs == found
        assert np.isneginf(values[row, len(found) :]).all()


def test_without_any_known_animal_there_is_nothing_to_rank():
    with pytest.raises(ValueError, match='no gallery image is of known identity'):
        top_identities(MatrixRanking(np.eye(2), one_set=True), [None, ''], 1)
