import csv
import io

import numpy as np
import pytest

from jaguar_mm.evaluation.out_of_fold import fold_csv, join_folds, score_folds
from jaguar_mm.storage import EmbeddingSet


def fold(prefix, rows, identities):
    names = [f'{prefix}{i}' for i in range(len(rows))]
    return EmbeddingSet(names, np.array(rows, np.float32), {'identity': identities})


@pytest.fixture
def folds():
    """Both animals point the other way in the second fold, as in another network."""
    first = fold('a', [[1, 0], [1, 0.1], [0, 1], [0.1, 1]], ['Lua', 'Lua', 'Ti', 'Ti'])
    second = fold('b', [[0, 1], [0.1, 1], [1, 0], [0.1, 0.99]], ['Lua', 'Lua', 'Ti', 'Ti'])
    return [first, second]


def test_all_images_are_joined_with_their_fold(folds):
    joined = join_folds(folds)
    assert joined.names == ['a0', 'a1', 'a2', 'a3', 'b0', 'b1', 'b2', 'b3']
    assert joined.columns['identity'] == ['Lua', 'Lua', 'Ti', 'Ti'] * 2
    np.testing.assert_array_equal(joined.vectors[4:], folds[1].vectors)
    rows = list(csv.reader(io.StringIO(fold_csv(folds))))
    assert rows == [['filename', 'fold'], *([name, '0' if name[0] == 'a' else '1'] for name in joined.names)]


def test_an_image_in_two_folds_is_refused(folds):
    with pytest.raises(ValueError, match='comes twice'):
        join_folds([folds[0], folds[0]])


def test_each_fold_is_scored_by_itself(folds):
    scores = score_folds(folds)
    assert list(scores) == [('all', row) for row in ('fold 0', 'fold 1', 'mean', 'std')]
    assert scores['all', 'fold 0']['mAP'] == 1
    # the one right match of each query, by counting what is nearer
    cosine = folds[1].vectors / np.linalg.norm(folds[1].vectors, axis=1, keepdims=True)
    ranks = [sum(cosine[q] @ cosine[g] > cosine[q] @ cosine[p] for g in range(4) if g != q) + 1 for q, p in PARTNERS]
    expected = np.mean([1 / rank for rank in ranks])
    assert scores['all', 'fold 1']['mAP'] == pytest.approx(expected)
    assert expected < 1
    assert scores['all', 'mean']['mAP'] == pytest.approx((1 + expected) / 2)
    assert scores['all', 'std']['mAP'] == pytest.approx((1 - expected) / 2**0.5)


PARTNERS = [(0, 1), (1, 0), (2, 3), (3, 2)]


def test_pairs_of_one_group_do_not_count():
    rows = [[1, 0], [1, 0], [0, 1], [0.8, 0.6], [0.9, 0.5]]  # the first two are one burst of Lua
    table = fold('a', rows, ['Lua', 'Lua', 'Lua', 'Ti', 'Ti'])
    groups = {name: name for name in table.names} | {'a1': 'a0'}
    scores = score_folds([table], groups)
    assert scores['all', 'fold 0']['CMC@1'] == pytest.approx(4 / 5)  # all but the third find an image of their animal
    assert scores['other_bursts', 'fold 0']['CMC@1'] == pytest.approx(2 / 5)  # to the burst Ti is nearer than the third
    assert ('all', 'std') not in scores


def test_a_fold_of_strangers_is_left_out_of_the_mean(folds):
    strangers = fold('c', [[1, 0], [0, 1]], ['Abril', 'Io'])
    with pytest.warns(UserWarning, match="fold 2 has no scores under 'all'"):
        scores = score_folds([*folds, strangers])
    assert scores['all', 'mean'] == score_folds(folds)['all', 'mean']
    assert ('all', 'fold 2') not in scores


@pytest.mark.filterwarnings('ignore:fold')
def test_no_fold_with_scores_is_an_error():
    with pytest.raises(ValueError, match='fewer folds'):
        score_folds([fold('a', [[1, 0], [0, 1]], ['Abril', 'Io'])])


@pytest.mark.parametrize('blank', [None, '', float('nan')])
def test_a_blank_group_holds_nothing_together_and_nobody_is_not_scored(blank):
    rng = np.random.default_rng(0)
    names, identities = [f'{place}.png' for place in range(9)], ['Abril'] * 3 + ['Lua'] * 4 + [''] * 2
    table = EmbeddingSet(names, rng.normal(size=(9, 5)).astype(np.float32), {'identity': identities})
    groups = dict.fromkeys(names, blank) | {'0.png': 'g', '1.png': 'g'}
    alone = {name: name for name in names} | {'0.png': 'g', '1.png': 'g'}
    scores = score_folds([table], groups)
    assert scores == score_folds([table], alone)
    named = EmbeddingSet(names, table.vectors, {'identity': [*identities[:-2], 'nobody 1', 'nobody 2']})
    for row in ('mAP_ib', 'mAP', 'CMC@1', 'mINP'):
        assert scores['all', 'fold 0'][row] == score_folds([named])['all', 'fold 0'][row]
