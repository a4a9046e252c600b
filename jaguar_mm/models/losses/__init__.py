"""Losses over one embedding, which :class:`~jaguar_mm.models.heads.ReIDHead` adds up; each in a file of its own."""

import jaguar_mm.models.losses.focus  # noqa: F401  # registers what weighs images
from jaguar_mm.models.losses.arcface import ArcFace, add_angular_margin
from jaguar_mm.models.losses.center import Center
from jaguar_mm.models.losses.class_centres import ClassCentres
from jaguar_mm.models.losses.class_counts import ClassCounts
from jaguar_mm.models.losses.class_loss import ClassLoss
from jaguar_mm.models.losses.cosface import CosFace
from jaguar_mm.models.losses.count_margin_arcface import CountMarginArcFace
from jaguar_mm.models.losses.cross_entropy import margin_cross_entropy
from jaguar_mm.models.losses.curricularface import CurricularFace
from jaguar_mm.models.losses.imitation import Imitation
from jaguar_mm.models.losses.loss import Loss
from jaguar_mm.models.losses.metric_learning import MetricLearning
from jaguar_mm.models.losses.normface import NormFace
from jaguar_mm.models.losses.pair_loss import PairLoss, mean_of
from jaguar_mm.models.losses.similarity_preserving import SimilarityPreserving
from jaguar_mm.models.losses.softmax import Softmax
from jaguar_mm.models.losses.sub_centre_arcface import SubCentreArcFace
from jaguar_mm.models.losses.supcon import SupCon
from jaguar_mm.models.losses.triplet import Triplet

__all__ = [
    'ArcFace',
    'Center',
    'ClassCentres',
    'ClassCounts',
    'ClassLoss',
    'CosFace',
    'CountMarginArcFace',
    'CurricularFace',
    'Imitation',
    'Loss',
    'MetricLearning',
    'NormFace',
    'PairLoss',
    'SimilarityPreserving',
    'Softmax',
    'SubCentreArcFace',
    'SupCon',
    'Triplet',
    'add_angular_margin',
    'margin_cross_entropy',
    'mean_of',
]
