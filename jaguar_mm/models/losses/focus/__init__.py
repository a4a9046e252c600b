"""What makes some images of a batch count more in a cross-entropy: ``focus=dict(type=..., ...)`` of a ``ClassLoss``.

Each is a module that gives every target a weight (T,), by its loss (T,) and its label (T,).
"""

from jaguar_mm.models.losses.focus.class_balance import ClassBalance
from jaguar_mm.models.losses.focus.focal import Focal
from jaguar_mm.models.losses.focus.hardest import Hardest

__all__ = ['ClassBalance', 'Focal', 'Hardest']
