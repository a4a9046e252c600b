"""Models as OpenMMLab trains them; the networks that they train are registered here."""

import jaguar_mm.registry  # noqa: F401  # first, since it imports the stack quietly
from jaguar_mm.models.classifiers import ReIDClassifier, TaughtClassifier
from jaguar_mm.models.heads import ReIDHead
from jaguar_mm.models.mosaic import Mosaic
from jaguar_mm.models.multi_scale import MultiScalePreprocessor
from jaguar_mm.models.preprocessor import ReIDDataPreprocessor
from jaguar_mm.networks import BNNeck, Concatenate, EmbeddingTTA, GeM, LoRAFeatures, TimmFeatures, TimmPooling
from jaguar_mm.registry import MODELS

__all__ = [
    'BNNeck',
    'Concatenate',
    'EmbeddingTTA',
    'GeM',
    'LoRAFeatures',
    'Mosaic',
    'MultiScalePreprocessor',
    'ReIDClassifier',
    'ReIDDataPreprocessor',
    'ReIDHead',
    'TaughtClassifier',
    'TimmFeatures',
    'TimmPooling',
]

for part in (BNNeck, Concatenate, EmbeddingTTA, GeM, LoRAFeatures, TimmFeatures, TimmPooling):
    MODELS.register_module(module=part)
