"""Publish a checkpoint's weights with all that is known of them.

jaguar-mm publish CHECKPOINT --out MODEL.safetensors

Takes the averaged weights if there are any. Beside MODEL.safetensors it writes MODEL.md, a model card; files of these
names are replaced. Paths of this machine that the config names are published with it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import output_file, refuse_overwriting
from jaguar_mm.cli.parser import Parser
from jaguar_mm.encoders.published import write_publication
from jaguar_mm.engine.checkpoints.file import read_checkpoint
from jaguar_mm.engine.checkpoints.publication import describe
from jaguar_mm.reports.model_card import model_card
from jaguar_mm.storage.files import write_whole


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('checkpoint', help='a checkpoint that jaguar-mm train wrote')
    parser.add_argument('--out', type=output_file('.safetensors'), required=True, help='file to write, .safetensors')
    args = parser.parse_args()
    refuse_overwriting(parser, args.out, args.checkpoint)
    return args


def main() -> None:
    """Publish."""
    args = parse_args()
    with errors_in_a_sentence():
        card = publish(args.checkpoint, args.out)
    print(f'wrote {args.out} ({args.out.stat().st_size / 2**20:.1f} MB) and {card}')


def publish(checkpoint: str, out: Path) -> Path:
    """Write the weights and the card, and return the card's path."""
    content = read_checkpoint(checkpoint)
    header = describe(content, checkpoint)
    card = model_card(out.name, header)
    write_publication(out, header, content['state_dict'])
    return write_whole(out.with_suffix('.md'), card)
