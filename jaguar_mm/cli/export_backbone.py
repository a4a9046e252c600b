"""Take the backbone out of a trained model, for model.backbone.checkpoint_path of other models.

jaguar-mm export-backbone CHECKPOINT --out BACKBONE.safetensors
"""

from __future__ import annotations

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import output_file, refuse_overwriting
from jaguar_mm.cli.parser import Parser
from jaguar_mm.engine.checkpoints.backbone_export import export_backbone


def main() -> None:
    """Export."""
    parser = Parser(__doc__)
    parser.add_argument('checkpoint', help='a checkpoint, or a file of jaguar-mm publish')
    parser.add_argument('--out', type=output_file('.safetensors'), required=True, help='file to write, .safetensors')
    args = parser.parse_args()
    refuse_overwriting(parser, args.out, args.checkpoint)
    with errors_in_a_sentence():
        count = export_backbone(args.checkpoint, args.out)
    print(f'wrote {count} tensors to {args.out} ({args.out.stat().st_size / 2**20:.1f} MB)')
