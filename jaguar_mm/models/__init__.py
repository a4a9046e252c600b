"""Models as OpenMMLab trains them; the networks that they train are registered here."""

import jaguar_mm.registry  # noqa: F401  # first, since it imports the stack quietly
from jaguar_mm.models.classifiers import ReIDClassifier
from jaguar_mm.models.heads import ReIDHead
from jaguar_mm.models.preprocessor import ReIDDataPreprocessor
from jaguar_mm.networks import BNNeck, EmbeddingTTA, GeM, LoRAFeatures, TimmFeatures
from jaguar_mm.registry import MODELS

__all__ = [
    'BNNeck',
    'EmbeddingTTA',
    'GeM',
    'LoRAFeatures',
    'ReIDClassifier',
    'ReIDDataPreprocessor',
    'ReIDHead',
    'TimmFeatures',
]

for part in (BNNeck, EmbeddingTTA, GeM, LoRAFeatures, TimmFeatures):
    MODELS.register_module(module=part)
