"""Publish a checkpoint's weights with all that is known of them.

jaguar-mm publish CHECKPOINT --out MODEL.safetensors [--eight-bit]

Takes the averaged weights if there are any. Beside MODEL.safetensors it writes MODEL.md, a model card; files of these
names are replaced. Paths of this machine that the config names are published with it. With --eight-bit the file is a
quarter as large, no faster, and embeds nearly as the checkpoint does.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import output_file, refuse_overwriting
from jaguar_mm.cli.parser import Parser
from jaguar_mm.encoders.eight_bit import in_eight_bits
from jaguar_mm.encoders.published import FORMAT_VERSION, write_publication
from jaguar_mm.engine.checkpoints.file import read_checkpoint
from jaguar_mm.engine.checkpoints.publication import describe
from jaguar_mm.reports.model_card import model_card
from jaguar_mm.storage.files import write_whole


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('checkpoint', help='a checkpoint that jaguar-mm train wrote')
    parser.add_argument('--out', type=output_file('.safetensors'), required=True, help='file to write, .safetensors')
    parser.add_argument('--eight-bit', action='store_true', help='round weights to eight bits, a quarter of the size')
    args = parser.parse_args()
    refuse_overwriting(parser, args.out, args.checkpoint)
    return args


def main() -> None:
    """Publish."""
    args = parse_args()
    with errors_in_a_sentence():
        card = publish(args.checkpoint, args.out, args.eight_bit)
    print(f'wrote {args.out} ({args.out.stat().st_size / 2**20:.1f} MB) and {card}')


def publish(checkpoint: str, out: Path, eight_bit: bool = False) -> Path:
    """Write the weights and the card, and return the card's path."""
    content = read_checkpoint(checkpoint)
    header, weights = describe(content, checkpoint), content['state_dict']
    if eight_bit:
        header, weights = header | dict(format_version=FORMAT_VERSION), in_eight_bits(weights)
    card = model_card(out.name, header)
    write_publication(out, header, weights)
    return write_whole(out.with_suffix('.md'), card)
