"""What a sample is: tables, splits, data sets and transforms."""

import jaguar_mm.registry  # noqa: F401  # first, since it imports the stack quietly
from jaguar_mm.datasets.coco_reid import CocoReID
from jaguar_mm.datasets.identity_folder import IdentityFolder
from jaguar_mm.datasets.image_folder import ImageFolder
from jaguar_mm.datasets.joined import ConcatDataset, RepeatDataset
from jaguar_mm.datasets.metadata_reid import MetadataReID
from jaguar_mm.datasets.mirrored import MirroredDataset
from jaguar_mm.datasets.reid_dataset import JaguarReID
from jaguar_mm.datasets.samplers import ClassBalancedSampler, EpochSampler, IdentityBalancedSampler
from jaguar_mm.datasets.transforms import AlphaMask, CropToAnnotation, CropToMask, LoadRGBA

__all__ = [
    'AlphaMask',
    'ClassBalancedSampler',
    'CocoReID',
    'ConcatDataset',
    'CropToAnnotation',
    'CropToMask',
    'EpochSampler',
    'IdentityBalancedSampler',
    'IdentityFolder',
    'ImageFolder',
    'JaguarReID',
    'LoadRGBA',
    'MetadataReID',
    'MirroredDataset',
    'RepeatDataset',
]
