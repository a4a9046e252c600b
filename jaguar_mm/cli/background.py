"""Does a model recognise the animal or the place? jaguar-mm background CONFIG CHECKPOINT ...

Embeds the config's val or test images under six conditions (as they are; only the animal; only the background; only
the mask's shape; a blurred background; the background of an image of another animal) and writes DIR/background.csv,
.json and .png. In the last two rows images with swapped backgrounds are sought among the original ones: do they lead
to the animal, or to the one that the background belongs to? An interrupted run, started again, goes on where it was.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from mmengine.config import Config
from rich.console import Console

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import add_set
from jaguar_mm.cli.parser import Parser
from jaguar_mm.cli.progress import progress
from jaguar_mm.configs import add_config_options
from jaguar_mm.configs.read import read_config
from jaguar_mm.configs.sets import loader_of, require
from jaguar_mm.datasets.records import all_records
from jaguar_mm.datasets.transforms.condition import CONDITIONS
from jaguar_mm.engine.background_conditions import embed_conditions
from jaguar_mm.engine.embedding_model import build_model
from jaguar_mm.evaluation.background_reliance import Reliance, choose_donors, measure_reliance
from jaguar_mm.registry import DATASETS
from jaguar_mm.reports.background import conditions_csv, draw_conditions, print_conditions
from jaguar_mm.storage.files import write_whole

LABELS = {
    'original': 'original',
    'foreground': 'foreground only',
    'background': 'background only',
    'silhouette': 'silhouette only',
    'blurred': 'blurred background',
    'swapped': 'swapped backgrounds',
}
ANIMAL, PLACE = 'swapped query, animal', "swapped query, background's owner"


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('config', help='config of the model')
    parser.add_argument('checkpoint', help="checkpoint file, or 'none' for the network as it starts")
    add_set(parser, 'val')
    parser.add_argument('--out', type=Path, help='folder to write to (default work_dirs/<config>/reports/<set>)')
    parser.add_argument('--seed', type=int, default=0, help='which backgrounds are swapped')
    add_config_options(parser)
    args = parser.parse_args()
    args.out = args.out or Path('work_dirs') / Path(args.config).stem / 'reports' / args.set
    return args


def main() -> None:
    """Report."""
    args = parse_args()
    with errors_in_a_sentence():
        write_report(args, report_on(args))


def report_on(args: argparse.Namespace) -> Reliance:
    """Embed what is missing and score it."""
    cfg = read_config(args.config, args.cfg_options, without_views)
    loader = loader_of(cfg, args.set)
    model = build_model(cfg, args.checkpoint, f'{args.set}_dataloader')
    records = labelled_records(loader.dataset)
    identities = [record['identity'] for record in records]
    donors = choose_donors(identities, args.seed)
    given = {record['image_name']: records[donor]['img_path'] for record, donor in zip(records, donors, strict=True)}
    with progress('images', len(records) * len(CONDITIONS)) as advance:
        embeddings = embed_conditions(cfg, model, loader, given, args.out / 'background.parts', advance=advance)
    return measure_reliance(embeddings, identities, donors, [record.get('role') for record in records])


def without_views(cfg: Config) -> None:
    """Embed the images as they are."""
    require(cfg, 'model')
    cfg.model.tta = None


def labelled_records(dataset: Config) -> list[dict]:
    """Return what is known of every image of a data set.

    Raises:
        ValueError: If the identity of one is not known.
    """
    records = all_records(DATASETS.build(dataset))
    unknown = [record['image_name'] for record in records if record['identity'] is None]
    if unknown:
        raise ValueError(
            f'the identities of {len(unknown)} images are not known ({unknown[0]}, ...); take --set val, or give '
            f'test_dataloader.dataset.solution'
        )
    return records


def write_report(args: argparse.Namespace, found: Reliance) -> None:
    """Print the table and the verdict, and write table, figures and plot."""
    scores = {LABELS[name]: score for name, score in found.conditions.items()}
    scores |= {ANIMAL: found.animal, PLACE: found.place}
    rows = {
        label: dict(mAP_ib=score.mean_ap, low=score.low, high=score.high, chance=score.chance)
        for label, score in scores.items()
    }
    print_conditions(rows, f'{args.set}: {args.checkpoint}')
    print_line = Console(soft_wrap=True, highlight=False).print
    ratio = 'undefined, as the animal alone is at chance' if found.ratio is None else f'{found.ratio:.2f}'
    print_line(f'background:foreground {ratio}  = (background only - chance) / (foreground only - chance)')
    print_line(f'nearer to the image of the background than to that of the animal: {found.nearer_place:.1%} of swapped')
    print_line(f'verdict: {found.verdict}')
    figures = asdict(found) | {'ratio': found.ratio, 'verdict': found.verdict}
    about = {'config': args.config, 'checkpoint': args.checkpoint, 'set': args.set, 'seed': args.seed}
    write_whole(args.out / 'background.json', json.dumps(about | figures, indent=1) + '\n')
    write_whole(args.out / 'background.csv', conditions_csv(rows))
    write_whole(args.out / 'background.png', draw_conditions({Path(args.checkpoint).name: rows}, found.verdict))
