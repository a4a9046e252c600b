"""Pictures and tables that people read."""

from jaguar_mm.reports.group_sheet import group_rows
from jaguar_mm.reports.ranked import Tile, draw_rows, ranked_rows
from jaguar_mm.reports.score_table import print_scores, score_csv, score_table

__all__ = ['Tile', 'draw_rows', 'group_rows', 'print_scores', 'ranked_rows', 'score_csv', 'score_table']
