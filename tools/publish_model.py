"""Publish a checkpoint's weights with all that is known of them.

python tools/publish_model.py CHECKPOINT OUT.safetensors

Takes the averaged weights if there are any. Beside OUT.safetensors it writes OUT.md, a model card; files of these names
are replaced. Paths of this machine that the config names are published with it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from jaguar_mm.command_line import errors_in_a_sentence, output_file
from jaguar_mm.engine.checkpoints.file import CheckpointError, read_checkpoint
from jaguar_mm.engine.checkpoints.publication import describe
from jaguar_mm.engine.checkpoints.published_file import write_publication
from jaguar_mm.files import write_whole
from jaguar_mm.reports.model_card import model_card


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoint', help='a checkpoint that tools/train.py wrote')
    parser.add_argument('out', type=output_file('.safetensors'), help='file to write (.safetensors)')
    return parser.parse_args()


def main() -> None:
    """Publish."""
    args = parse_args()
    with errors_in_a_sentence(CheckpointError):
        card = publish(args.checkpoint, args.out)
    print(f'wrote {args.out} ({args.out.stat().st_size / 2**20:.1f} MB) and {card}')


def publish(checkpoint: str, out: Path) -> Path:
    """Write the weights and the card, and return the card's path."""
    content = read_checkpoint(checkpoint)
    header = describe(content, checkpoint)
    card = model_card(out.name, header)
    write_publication(out, header, content['state_dict'])
    return write_whole(out.with_suffix('.md'), card)


if __name__ == '__main__':
    main()
