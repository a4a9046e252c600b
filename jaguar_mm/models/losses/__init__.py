"""Losses over one embedding, which :class:`~jaguar_mm.models.heads.ReIDHead` adds up; each in a file of its own."""

from jaguar_mm.models.losses.arcface import ArcFace, add_angular_margin
from jaguar_mm.models.losses.class_loss import ClassLoss
from jaguar_mm.models.losses.cosface import CosFace
from jaguar_mm.models.losses.cross_entropy import margin_cross_entropy
from jaguar_mm.models.losses.normface import NormFace
from jaguar_mm.models.losses.pair_loss import PairLoss, mean_of
from jaguar_mm.models.losses.sub_centre_arcface import SubCentreArcFace
from jaguar_mm.models.losses.supcon import SupCon
from jaguar_mm.models.losses.triplet import Triplet

__all__ = [
    'ArcFace',
    'ClassLoss',
    'CosFace',
    'NormFace',
    'PairLoss',
    'SubCentreArcFace',
    'SupCon',
    'Triplet',
    'add_angular_margin',
    'margin_cross_entropy',
    'mean_of',
]
