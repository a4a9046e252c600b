"""Train the matcher of LocalMatching with identities: jaguar-mm train-matcher CONFIG --out MATCHER.safetensors.

Trains LightGlue's weights on the config's training set; ALIKED's keypoints stay as they are. Images of one class are
to agree more than those of two animals; images of one burst (group) are no pair. Of 20 animals or more a tenth is held
out and scored. Then: LocalMatching(weights='MATCHER.safetensors').

An interrupted training goes on when the same command is given again.
"""

from __future__ import annotations

import argparse

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import at_least_one, output_file
from jaguar_mm.cli.parser import Parser
from jaguar_mm.cli.progress import progress
from jaguar_mm.cli.sets import datasets_of
from jaguar_mm.configs import add_config_options
from jaguar_mm.matching import LocalMatching
from jaguar_mm.matching.training import MatcherTraining, Report, Settings
from jaguar_mm.matching.triplets import Known


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('config', help='config whose training set has the images')
    parser.add_argument('--out', type=output_file('.safetensors'), required=True, help='file of weights to write')
    parser.add_argument('--steps', type=at_least_one, default=Settings.steps, help='default %(default)s')
    parser.add_argument('--batch', type=at_least_one, default=Settings.batch, help='triplets a step (%(default)s)')
    parser.add_argument('--lr', type=float, default=Settings.lr, help='learning rate (default %(default)s)')
    parser.add_argument(
        '--every', type=at_least_one, default=Settings.every, help='steps between reports (%(default)s)'
    )
    parser.add_argument('--seed', type=int, default=Settings.seed, help='seed (default %(default)s)')
    parser.add_argument('--keypoints', type=at_least_one, default=256, help='most of an image (default %(default)s)')
    parser.add_argument('--size', type=at_least_one, default=512, help='longer side of the animal in pixels (512)')
    parser.add_argument('--masks', action='store_true', help='outline the animal in images without alpha')
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    """Train."""
    args = parse_args()
    with errors_in_a_sentence():
        train(args)


def train(args: argparse.Namespace) -> None:
    """Find the keypoints, then train."""
    store = LocalMatching(keypoints=args.keypoints, size=args.size, masks=args.masks).store()
    paths, known = training_images(args)
    with progress('keypoints', len(paths)) as advance:
        keypoints = store(paths, advance)
    settings = Settings(args.steps, args.batch, args.lr, seed=args.seed, every=args.every)
    training = MatcherTraining(store.matcher, keypoints, known, settings, args.out)
    if training.step:
        print(f'{training.checkpoint}: goes on after step {training.step}')
    training.run(report)
    print(f"wrote {args.out}; use it with LocalMatching(weights='{args.out}')")


def training_images(args: argparse.Namespace) -> tuple[list[str], Known]:
    """Return the files of a config's training set, and what is known of them."""
    from jaguar_mm.configs.read import read_config
    from jaguar_mm.datasets.records import all_records

    dataset = datasets_of(read_config(args.config, args.cfg_options), ['train'])['train']
    records = [record for record in all_records(dataset) if 'gt_label' in record]
    columns = [[record.get(name) for record in records] for name in ('gt_label', 'identity', 'group')]
    return [record['img_path'] for record in records], Known(*columns)


def report(now: Report) -> None:
    """Print how far the training is."""
    held_out = '' if now.held_out != now.held_out else f'   held-out animals right {now.held_out:.3f}'
    print(f'step {now.step:>6,}   loss {now.loss:.4f}   right {now.right:.3f}{held_out}', flush=True)
