"""Fill a cache of shrunk images, check it or clear it out: jaguar-mm build-cache CONFIG [--verify | --prune].

The config's data sets say which images, the LoadRGBA(cache=...) in their pipelines which cache and size; --folder DIR
and perhaps --cache DIR name them without a config. Training fills its cache by itself in its first epoch; this does it
in parallel beforehand. What is there already is left alone, so an interrupted call can be repeated. The exit code is 1
if an image is broken, or with --verify if an entry was.
"""

from __future__ import annotations

import argparse
from itertools import chain
from pathlib import Path

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import add_image_source
from jaguar_mm.cli.folder import images_in
from jaguar_mm.cli.parser import Parser
from jaguar_mm.cli.progress import track
from jaguar_mm.cli.sets import datasets_of
from jaguar_mm.images import ImageCache
from jaguar_mm.images.cache import user_folder
from jaguar_mm.images.cache.care import build_entries, prune, verify_entries
from jaguar_mm.images.cache.image_cache import folder_bytes

SHOWN = 10  # broken images and damaged entries named on the screen
Plan = list[tuple[ImageCache, list[str]]]  # which images belong into which cache


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    add_image_source(parser)
    parser.add_argument('--cache', type=Path, help="the cache, with --folder (default: the user's)")
    parser.add_argument('--size', type=int, default=512, help='shorter side, with --folder (default %(default)s)')
    parser.add_argument('--cache-gb', type=float, default=50, help='limit, with --folder (default %(default)s)')
    action = parser.add_mutually_exclusive_group()
    action.add_argument('--verify', action='store_true', help='compare all checksums; what is damaged is removed')
    action.add_argument('--prune', action='store_true', help='remove all but these, also images of other data sets')
    args = parser.parse_args()
    if (args.config is None) == (args.folder is None) or (args.folder is None and args.cache):
        parser.error('give either a config, or --folder and perhaps --cache')
    return args


def main() -> None:
    """Fill, check or clear out."""
    args = parse_args()
    with errors_in_a_sentence():
        plan = config_plan(args) if args.folder is None else folder_plan(args)
        wrong = verify(plan) if args.verify else clear_out(plan) if args.prune else build(plan, args.workers)
    for line in wrong[:SHOWN]:
        print(line)
    raise SystemExit(int(bool(wrong)))


def build(plan: Plan, workers: int) -> list[str]:
    """Fill the caches; returns a line for each broken image."""
    broken = []
    for cache, paths in plan:
        built = list(track('images', build_entries(cache, paths, workers), len(paths)))
        wrong = [f'broken   {each.path}: {each.problem}' for each in built if each.problem]
        new = sum(each.is_new for each in built)
        print(
            f'{cache.folder}, size {cache.side}: {new:,} images added, {len(built) - new - len(wrong):,} were there, '
            f'{len(wrong):,} broken; {folder_bytes(cache.folder) / 1e9:.2f} of {cache.limit / 1e9:g} GB'
        )
        broken += wrong
    return broken


def verify(plan: Plan) -> list[str]:
    """Check the caches; returns a line for each damaged entry."""
    damaged = []
    for folder in dict.fromkeys(cache.folder for cache, _ in plan):
        checked = list(track('entries', verify_entries(folder)))
        wrong = [f'damaged   {path}: {problem}; removed' for path, problem in checked if problem]
        print(f'{folder}: {len(checked):,} entries, {len(wrong):,} of them damaged')
        damaged += wrong
    return damaged


def clear_out(plan: Plan) -> list[str]:
    """Remove what the plan does not need; nothing about that is wrong."""
    for folder in dict.fromkeys(cache.folder for cache, _ in plan):
        here = [(cache, paths) for cache, paths in plan if cache.folder == folder]
        files, size = prune(here)
        print(f'{folder}: {files:,} files removed, {size / 1e9:.2f} GB')
    return []


def folder_plan(args: argparse.Namespace) -> Plan:
    """Return the images of a folder and the cache that the flags name."""
    names, _ = images_in(args.folder)
    paths = [str(args.folder / name) for name in names]
    return [(ImageCache(args.cache or user_folder(), args.size, args.cache_gb * 1e9), paths)]


def config_plan(args: argparse.Namespace) -> Plan:
    """Return the images of a config's data sets, and the caches of their pipelines."""
    from jaguar_mm.configs.read import read_config  # here: a folder needs none of these
    from jaguar_mm.datasets import LoadRGBA
    from jaguar_mm.datasets.records import all_records

    cfg = read_config(args.config, args.cfg_options)
    plan: dict[tuple[Path, int, bool], tuple[ImageCache, dict[str, None]]] = {}
    for part in chain.from_iterable(dataset.parts for dataset in datasets_of(cfg, args.sets).values()):
        paths = dict.fromkeys(record['img_path'] for record in all_records(part))
        caches = [step.cache for step in part.pipeline.transforms if isinstance(step, LoadRGBA) and step.cache]
        for cache in caches:
            key = cache.folder, cache.side, cache.segmenter is not None
            plan.setdefault(key, (cache, {}))[1].update(paths)
    if not plan:
        raise ValueError(f"{args.config}: no pipeline has a cache; write dict(type='LoadRGBA', cache=True)")
    return [(cache, list(paths)) for cache, paths in plan.values()]
