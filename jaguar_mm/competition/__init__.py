"""The Kaggle competition: what is sent in, and what is examined before it is."""

from jaguar_mm.competition.submission import submit, write_pair_submission

__all__ = ['submit', 'write_pair_submission']
