"""Label new images that are sure, to train on them too.

jaguar-mm pseudo-label NEW.safetensors --gallery KNOWN.safetensors --out pseudo.csv

An image gets the animal of the most alike known one if every other animal is less alike by --least. Of a burst (column
group) only the surest image is taken, and of an animal no more than --most. With several models, embed by each and give
the files in the same order; all must agree:

  jaguar-mm pseudo-label new_a.safetensors new_b.safetensors --gallery known_a.safetensors known_b.safetensors ...

KNOWN.safetensors may be all training images: jaguar-mm embed CONFIG CHECKPOINT --set val --cfg-options
val_dataloader.dataset.subset=None --out KNOWN.safetensors. pseudo.csv has the columns filename, ground_truth, margin;
configs/recipes/self_training/pseudo_labels.py trains on it.

Where the identities of the new images are known, it is said how many labels are right; they are used for nothing else.
A score on images that were labelled so is transductive: say so beside it, and give the clean one.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from jaguar_mm.cli.answer import answering
from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import add_json, add_stages, at_least_one, output_file, refuse_folder
from jaguar_mm.cli.parser import Parser
from jaguar_mm.retrieval import Cosine, Pipeline, Votes, sure_labels, votes
from jaguar_mm.retrieval.columns import is_unknown
from jaguar_mm.storage import EmbeddingSet, check_same_encoder, csv_text, load_embeddings, write_whole

HEADER = ('filename', 'ground_truth', 'margin')


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('embeddings', type=Path, nargs='+', help='embeddings of the new images, by each model')
    parser.add_argument('--gallery', type=Path, nargs='+', required=True, help='those of known images, by each model')
    parser.add_argument('--out', type=output_file('.csv'), required=True, help='CSV file to write')
    parser.add_argument('--least', type=float, default=0.1, help='margin over any other animal (default %(default)s)')
    parser.add_argument('--most', type=at_least_one, help='most images of an animal (default: any number)')
    add_stages(parser)
    add_json(parser)
    args = parser.parse_args()
    if len(args.embeddings) != len(args.gallery):
        parser.error(
            f'{len(args.embeddings)} files of new images and {len(args.gallery)} of known ones: one for each model'
        )
    return args


def main() -> None:
    """Label."""
    args = parse_args()
    with answering(args.json) as answer, errors_in_a_sentence():
        sides = [read(*paths) for paths in zip(args.embeddings, args.gallery, strict=True)]
        images = sides[0][0]
        for path, (others, _) in zip(args.embeddings, sides, strict=True):
            if list(others.names) != list(images.names):
                raise ValueError(f'{path}: has not the same images in the same order as {args.embeddings[0]}')
        models = [vote(new, known, args) for new, known in sides]
        taken, margins = sure_labels(models, least=args.least, most=args.most, groups=images.columns.get('group'))
        identities = models[0].identity[taken]
        names = [Path(images.names[image]).name for image in taken]
        rows = zip(names, identities, (f'{margin:.4f}' for margin in margins), strict=True)
        write_whole(args.out, csv_text(HEADER, rows))
        print(f'{len(taken)} of {len(images)} images are sure, of {len({*identities})} animals; wrote {args.out}')
        answer |= {'out': args.out, 'images': len(images), 'taken': len(taken)} | judged(images, taken, identities)


def read(new: Path, known: Path) -> tuple[EmbeddingSet, EmbeddingSet]:
    """Return the new and the known images of one model."""
    for path in (new, known):
        refuse_folder(path)
    sides = load_embeddings(new), load_embeddings(known)
    check_same_encoder({str(path): each.encoder for path, each in zip((new, known), sides, strict=True)})
    return sides


def vote(new: EmbeddingSet, known: EmbeddingSet, args: argparse.Namespace) -> Votes:
    """Return what one model holds the new images for."""
    return votes(Pipeline((Cosine(), *args.stages)).final(new, known), known.column('identity'))


def judged(images: EmbeddingSet, taken: np.ndarray, identities: np.ndarray) -> dict:
    """Say how many labels are right, where that is known."""
    truth = np.array(images.columns.get('identity', [None] * len(images)), object)[taken]
    known = np.array([not is_unknown(each) for each in truth], bool)
    if not known.any():
        return {}
    right = int((truth == identities)[known].sum())
    print(f'{right} of the {known.sum()} whose animal is known are right')
    return {'known': int(known.sum()), 'right': right}
