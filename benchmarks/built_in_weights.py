"""Write the built-in encoder's ImageNet weights as a file that trainings start from.

python benchmarks/built_in_weights.py data/tf_efficientnet_lite2.safetensors
"""

from __future__ import annotations

import sys

import timm
import torch
from safetensors.torch import save_file

from jaguar_mm.encoders.built_in import DESCRIPTION, PACKAGE, WEIGHTS
from jaguar_mm.installation import package_folder


def main() -> None:
    """Write them under timm's names; the package has them in timm's order."""
    path = package_folder(PACKAGE, 'built-in', 'this benchmark needs') / WEIGHTS
    theirs = torch.load(path, map_location='cpu', weights_only=True).values()
    names = timm.create_model(DESCRIPTION['backbone']['model_name']).state_dict()
    save_file({name: value.contiguous() for name, value in zip(names, theirs, strict=True)}, sys.argv[1])


if __name__ == '__main__':
    main()
