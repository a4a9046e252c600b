"""Which points of two animals correspond: keypoints, matchers, scores of pairs. Needs nothing of OpenMMLab."""

from jaguar_mm.matching.aliked import AlikedLightGlue
from jaguar_mm.matching.animal import Animal, cut_out
from jaguar_mm.matching.keypoints import Keypoints, Matcher, Matches
from jaguar_mm.matching.lnbnn import lnbnn_scores
from jaguar_mm.matching.pair_store import PairStore
from jaguar_mm.matching.rootsift import RootSIFT
from jaguar_mm.matching.scores import match, pair_score, score_pairs
from jaguar_mm.matching.stage import MATCHERS
from jaguar_mm.matching.stages import LNBNN, LocalMatching
from jaguar_mm.matching.store import KeypointStore

__all__ = [
    'LNBNN',
    'MATCHERS',
    'AlikedLightGlue',
    'Animal',
    'KeypointStore',
    'Keypoints',
    'LocalMatching',
    'Matcher',
    'Matches',
    'PairStore',
    'RootSIFT',
    'cut_out',
    'lnbnn_scores',
    'match',
    'pair_score',
    'score_pairs',
]
