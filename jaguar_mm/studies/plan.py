"""What a study runs: a file in the syntax of configs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from glob import glob
from typing import Any

from jaguar_mm.configs.read import read_file
from jaguar_mm.synthesis import CompetitionSpec


@dataclass(frozen=True)
class Bench:
    """What recipes are tried on.

    Attributes:
        base: Config that takes the place of the recipes' base; None: their own.
        draw: Settings of :class:`~jaguar_mm.synthesis.CompetitionSpec` of a competition drawn for each seed, whose seed
            is the one given here plus the study's; None: the data that the base names.
        options: Overrides for training and test, as ``--cfg-options`` takes them.
    """

    base: str | None = None
    draw: Mapping[str, Any] | None = None
    options: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.draw is not None:
            CompetitionSpec(**self.draw)  # refuses what is wrong
        object.__setattr__(self, 'options', tuple(self.options))


@dataclass(frozen=True)
class Plan:
    """A study.

    Attributes:
        base: Config that all recipes inherit from, perhaps by way of each other, and are compared with.
        benches: By name.
        recipes: Files, or patterns of files such as ``configs/recipes/losses/*.py``.
        retested: The same of recipes that change the test alone; the base's own training is tested with them.
        beforehand: By file of a recipe, the verbs to run before its training, as one would type them after
            ``jaguar-mm``. ``{data}`` stands for the folder of the drawn competition, ``{base}`` for the checkpoint of
            the base's training with the same seed, ``{place}`` for a folder of the recipe's own.
        seeds: Of the trainings; each is a pair of a recipe and the base.
    """

    base: str
    benches: Mapping[str, Bench]
    recipes: tuple[str, ...] = ()
    retested: tuple[str, ...] = ()
    beforehand: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seeds: tuple[int, ...] = (0, 1, 2)


def read_plan(path: str | os.PathLike) -> Plan:
    """Read the file of a plan.

    Raises:
        FileNotFoundError: If it, its base or a recipe is not there.
        ValueError: If a setting is unknown or missing.
    """
    given = read_file(path).to_dict()
    known = {each.name for each in fields(Plan)}
    if unknown := sorted(given.keys() - known):
        raise ValueError(f'{path}: a plan has no {unknown[0]}, only {", ".join(sorted(known))}')
    for needed in ('base', 'benches'):
        if not given.get(needed):
            raise ValueError(f'{path}: a plan needs {needed}')
    if not os.path.isfile(given['base']):
        raise FileNotFoundError(f'{path}: base {given["base"]} is not there')
    benches = {name: _bench(path, name, bench) for name, bench in given.pop('benches').items()}
    chosen = {key: _files(path, given.pop(key, ())) for key in ('recipes', 'retested')}
    seeds = tuple(given.pop('seeds', Plan.seeds))
    beforehand = {recipe: tuple(verbs) for recipe, verbs in given.pop('beforehand', {}).items()}
    if unknown := sorted(beforehand.keys() - set(chosen['recipes'])):
        raise ValueError(f'{path}: beforehand names {unknown[0]}, which is none of its recipes')
    if twice := sorted(set(chosen['recipes']) & set(chosen['retested'])):
        raise ValueError(f'{path}: {twice[0]} is trained and retested; it can be one of the two')
    return Plan(**given, **chosen, benches=benches, beforehand=beforehand, seeds=seeds)


def _bench(path: str | os.PathLike, name: str, given: Mapping[str, Any]) -> Bench:
    known = {each.name for each in fields(Bench)}
    if unknown := sorted(given.keys() - known):
        raise ValueError(f'{path}: bench {name!r} has no {unknown[0]}, only {", ".join(sorted(known))}')
    try:
        return Bench(**given)
    except (TypeError, ValueError) as error:
        raise ValueError(f'{path}: bench {name!r}: {error}') from error


def _files(path: str | os.PathLike, patterns: Any) -> tuple[str, ...]:
    """Return the files of some patterns, each once."""
    found: dict[str, None] = {}
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        files = sorted(glob(pattern, recursive=True))
        if not files:
            raise FileNotFoundError(f'{path}: there is no recipe {pattern}')
        found |= dict.fromkeys(files)
    return tuple(found)
