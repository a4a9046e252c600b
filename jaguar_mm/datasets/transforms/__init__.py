"""Transforms of images with an alpha channel."""

from jaguar_mm.datasets.transforms.alpha import AlphaMask
from jaguar_mm.datasets.transforms.annotation import CropToAnnotation
from jaguar_mm.datasets.transforms.colour import MatrixColorJitter
from jaguar_mm.datasets.transforms.condition import BackgroundCondition
from jaguar_mm.datasets.transforms.crop import CropToMask
from jaguar_mm.datasets.transforms.load import LoadRGBA

__all__ = ['AlphaMask', 'BackgroundCondition', 'CropToAnnotation', 'CropToMask', 'LoadRGBA', 'MatrixColorJitter']
