"""Several trainings' weights, or those of several epochs of one, as one model: a soup."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from jaguar_mm.engine.checkpoints.fitting import weights_of
from jaguar_mm.engine.checkpoints.seal import CheckpointError


def average_weights(checkpoints: Mapping[str, Mapping[str, Any]]) -> OrderedDict[str, Tensor]:
    """Return the mean of every weight and statistic, computed in float64, in the type that it has in the first file.

    Counters are those of the first file. The running statistics of batch norms are averaged too, which is near to what
    the averaged weights would see if the models are near one another.

    Args:
        checkpoints: Name of a file to what it holds; with averages of a training (EMA, SWA) these are taken.

    Raises:
        CheckpointError: If two are models of other parts, sizes or classes.
    """
    states = {path: weights_of(checkpoint) for path, checkpoint in checkpoints.items()}
    (first, wanted), *others = states.items()
    for path, state in others:
        _check_alike(first, checkpoints[first], path, checkpoints[path])
        different = [name for name in {**wanted, **state} if _shape(wanted, name) != _shape(state, name)]
        if different:
            raise CheckpointError(
                f'{path}: {different[0]} is {_shape(state, different[0])}, in {first} it is '
                f'{_shape(wanted, different[0])}; only models of the same parts and sizes can be averaged'
            )
    averaged = OrderedDict((name, _mean([state[name] for state in states.values()])) for name in wanted)
    averaged._metadata = wanted._metadata
    return averaged


def greedy_choice(scores: Sequence[float], score_of: Callable[[list[int]], float]) -> tuple[list[int], float]:
    """Choose what to average (Wortsman et al., ICML 2022, recipe 1): from the best on, what does no harm to the others.

    Args:
        scores: Of each model alone; more is better.
        score_of: Score of the average of some.

    Returns:
        The places of the chosen ones, the best first, and the score of their average.
    """
    best, *rest = sorted(range(len(scores)), key=lambda place: -scores[place])
    chosen, reached = [best], scores[best]
    for place in rest:
        score = score_of([*chosen, place])
        if score >= reached:
            chosen, reached = [*chosen, place], score
    return chosen, reached


def _check_alike(first: str, one: Mapping[str, Any], path: str, other: Mapping[str, Any]) -> None:
    classes = [(each.get('meta') or {}).get('dataset_meta', {}).get('classes') for each in (one, other)]
    if None not in classes and list(classes[0]) != list(classes[1]):
        raise CheckpointError(f'{path}: learnt other classes than {first}; average trainings on the same animals')


def _shape(state: Mapping[str, Tensor], name: str) -> tuple[int, ...] | str:
    return tuple(state[name].shape) if name in state else 'absent'


def _mean(values: Sequence[Tensor]) -> Tensor:
    if not values[0].is_floating_point():
        return values[0]
    return torch.stack([value.double() for value in values]).mean(0).to(values[0].dtype)
