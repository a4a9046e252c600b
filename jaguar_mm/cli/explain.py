"""Draw why two images look alike to a network.

jaguar-mm explain MODEL FIRST SECOND --out ALIKE.jpg [--rollout]

Each image is drawn beside the places in it that make its embedding like the other one's (Grad-CAM), the brightest the
strongest, with the cosine of the two. A vision transformer mixes its patches: --rollout draws the places that those
are mixed of (attention rollout). It says what the network looks at, not whether it is right.
"""

from __future__ import annotations

import argparse

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import JPEG, output_file, refuse_overwriting
from jaguar_mm.cli.parser import Parser
from jaguar_mm.encoders import load_encoder
from jaguar_mm.reports import encode_jpeg
from jaguar_mm.storage import write_whole


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('model', help="a file of jaguar-mm publish, or 'built-in'")
    parser.add_argument('first', help='an image')
    parser.add_argument('second', help='another one')
    parser.add_argument('--out', type=output_file(*JPEG), required=True, help='JPEG to write')
    parser.add_argument('--rollout', action='store_true', help='for vision transformers, see above')
    args = parser.parse_args()
    refuse_overwriting(parser, args.out, args.first, args.second)
    return args


def main() -> None:
    """Draw."""
    args = parse_args()
    from jaguar_mm.reports.likeness import draw_likeness  # needs torch

    with errors_in_a_sentence():
        drawn = draw_likeness(load_encoder(args.model), [(args.first, args.second)], args.rollout)
    print(f'wrote {write_whole(args.out, encode_jpeg(drawn))}')
