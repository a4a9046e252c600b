"""What a sample is: tables, splits, data sets and transforms."""

from jaguar_mm.datasets.metadata_reid import MetadataReID
from jaguar_mm.datasets.picture_folder import PictureFolder
from jaguar_mm.datasets.reid_dataset import JaguarReID
from jaguar_mm.datasets.samplers import ClassBalancedSampler, EpochSampler, IdentityBalancedSampler
from jaguar_mm.datasets.transforms import AlphaMask, CropToMask, LoadRGBA

__all__ = [
    'AlphaMask',
    'ClassBalancedSampler',
    'CropToMask',
    'EpochSampler',
    'IdentityBalancedSampler',
    'JaguarReID',
    'LoadRGBA',
    'MetadataReID',
    'PictureFolder',
]
