"""Models: pictures to embeddings."""

from jaguar_mm.models.backbones import TimmFeatures
from jaguar_mm.models.classifiers import ReIDClassifier
from jaguar_mm.models.heads import ArcFaceHead
from jaguar_mm.models.necks import BNNeck, GeM
from jaguar_mm.models.preprocessor import ReIDDataPreprocessor
from jaguar_mm.models.tta import EmbeddingTTA

__all__ = ['ArcFaceHead', 'BNNeck', 'EmbeddingTTA', 'GeM', 'ReIDClassifier', 'ReIDDataPreprocessor', 'TimmFeatures']
