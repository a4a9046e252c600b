"""Pictures and tables that people read."""

from jaguar_mm.reports.picture_check import findings_csv, print_summary
from jaguar_mm.reports.ranked import Tile, draw_rows, ranked_rows
from jaguar_mm.reports.score_table import print_scores, score_csv, score_table

__all__ = [
    'Tile',
    'draw_rows',
    'findings_csv',
    'print_scores',
    'print_summary',
    'ranked_rows',
    'score_csv',
    'score_table',
]
