"""Images and tables that people read."""

from jaguar_mm.reports.augmentation_sheet import augmentation_tiles
from jaguar_mm.reports.group_sheet import group_rows
from jaguar_mm.reports.matches import draw_matches
from jaguar_mm.reports.ranked import ranked_rows
from jaguar_mm.reports.score_table import print_scores, score_csv, score_table
from jaguar_mm.reports.sheet import Tile, draw_rows, encode_jpeg, spread

__all__ = [
    'Tile',
    'augmentation_tiles',
    'draw_matches',
    'draw_rows',
    'encode_jpeg',
    'group_rows',
    'print_scores',
    'ranked_rows',
    'score_csv',
    'score_table',
    'spread',
]
