"""Take the backbone out of a trained model, for model.backbone.checkpoint_path of other models.

python tools/export_backbone.py CHECKPOINT OUT.safetensors
"""

from __future__ import annotations

import argparse

from jaguar_mm.command_line import errors_in_a_sentence, output_file
from jaguar_mm.engine.checkpoints.backbone_export import export_backbone
from jaguar_mm.engine.checkpoints.file import CheckpointError


def main() -> None:
    """Export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoint', help='a checkpoint, or a file of tools/publish_model.py')
    parser.add_argument('out', type=output_file('.safetensors'), help='file to write (.safetensors)')
    args = parser.parse_args()
    with errors_in_a_sentence(CheckpointError):
        count = export_backbone(args.checkpoint, args.out)
    print(f'wrote {count} tensors to {args.out} ({args.out.stat().st_size / 2**20:.1f} MB)')


if __name__ == '__main__':
    main()
