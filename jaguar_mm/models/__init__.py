"""Models as OpenMMLab trains them; the networks that they train are registered here."""

import jaguar_mm.registry  # noqa: F401  # first, since it imports the stack quietly
from jaguar_mm.models.classifiers import ReIDClassifier
from jaguar_mm.models.heads import ReIDHead
from jaguar_mm.models.mosaic import Mosaic
from jaguar_mm.models.multi_scale import MultiScalePreprocessor
from jaguar_mm.models.preprocessor import ReIDDataPreprocessor
from jaguar_mm.networks import BNNeck, EmbeddingTTA, GeM, TimmFeatures
from jaguar_mm.registry import MODELS

__all__ = [
    'BNNeck',
    'EmbeddingTTA',
    'GeM',
    'Mosaic',
    'MultiScalePreprocessor',
    'ReIDClassifier',
    'ReIDDataPreprocessor',
    'ReIDHead',
    'TimmFeatures',
]

for part in (BNNeck, EmbeddingTTA, GeM, TimmFeatures):
    MODELS.register_module(module=part)
