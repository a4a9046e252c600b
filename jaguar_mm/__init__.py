"""Recognise individual jaguars from photographs, as an OpenMMLab plugin."""

from jaguar_mm.installation import check_installation

__version__ = '0.1.0'

check_installation()
