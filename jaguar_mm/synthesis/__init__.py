"""Procedural jaguars: a competition in Kaggle's layout whose identities are told apart by their coats alone."""

from jaguar_mm.synthesis.competition import make_competition
from jaguar_mm.synthesis.contact_sheet import contact_sheet
from jaguar_mm.synthesis.folder import FolderError
from jaguar_mm.synthesis.plan import CompetitionSpec, ImagePlan, plan_images

__all__ = ['CompetitionSpec', 'FolderError', 'ImagePlan', 'contact_sheet', 'make_competition', 'plan_images']
