"""The average of checkpoints is the mean of their weights; a greedy choice takes what does no harm."""

from itertools import combinations

import numpy as np
import pytest
import torch

from jaguar_mm.engine.checkpoints.average import average_weights, greedy_choice
from jaguar_mm.engine.checkpoints.seal import CheckpointError

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


def checkpoint(seed, dtype=torch.float32, classes=('a', 'b'), **changed):
    random = torch.Generator().manual_seed(seed)
    state = {
        'backbone.w': torch.randn(3, 4, generator=random).to(dtype),
        'neck.num_batches_tracked': torch.tensor(seed),
    }
    return dict(state_dict=state | changed, meta=dict(dataset_meta=dict(classes=list(classes))))


@pytest.mark.parametrize('dtype', DTYPES)
@pytest.mark.parametrize('count', [1, 2, 5])
def test_weights_are_averaged_in_their_type_and_counters_are_kept(dtype, count):
    checkpoints = {f'{seed}.pth': checkpoint(seed, dtype) for seed in range(count)}
    found = average_weights(checkpoints)
    values = [each['state_dict']['backbone.w'].double().numpy() for each in checkpoints.values()]
    expected = torch.from_numpy(np.mean(values, axis=0)).to(dtype)
    assert found['backbone.w'].dtype == dtype
    assert torch.equal(found['backbone.w'], expected)
    assert int(found['neck.num_batches_tracked']) == 0


@pytest.mark.parametrize(
    ('other', 'message'),
    [
        (
            checkpoint(1, **{'backbone.w': torch.zeros(2, 4)}),
            r'b\.pth: backbone\.w is \(2, 4\), in a\.pth it is \(3,',
        ),
        (checkpoint(1, **{'head.w': torch.zeros(2)}), r'head\.w is \(2,\), in a\.pth it is absent'),
        (checkpoint(1, classes=('a', 'c')), r'b\.pth: learnt other classes than a\.pth'),
        (checkpoint(1, classes=('b', 'a')), 'learnt other classes'),
    ],
)
def test_what_is_not_alike_is_refused(other, message):
    with pytest.raises(CheckpointError, match=message):
        average_weights({'a.pth': checkpoint(0), 'b.pth': other})


def test_a_greedy_choice_adds_what_does_no_harm():
    table = {(1,): 0.5, (1, 3): 0.6, (1, 3, 0): 0.55, (1, 3, 2): 0.6}
    asked = []

    def score_of(places):
        asked.append(tuple(places))
        return table[tuple(places)]

    assert greedy_choice([0.3, 0.5, 0.1, 0.4], score_of) == ([1, 3, 2], 0.6)
    assert asked == [(1, 3), (1, 3, 0), (1, 3, 2)]


@pytest.mark.parametrize('seed', range(20))
def test_a_greedy_choice_is_never_worse_than_the_best_alone(seed):
    random = np.random.default_rng(seed)
    scores = random.random(4).round(1).tolist()
    pots = {frozenset(some): random.random() for size in (2, 3, 4) for some in combinations(range(4), size)}
    places, reached = greedy_choice(scores, lambda some: pots[frozenset(some)])
    assert reached >= max(scores)
    assert reached == (pots[frozenset(places)] if len(places) > 1 else scores[places[0]])
    assert scores[places[0]] == max(scores)
