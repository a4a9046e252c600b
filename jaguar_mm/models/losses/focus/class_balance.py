"""Images of rare classes count more."""

from __future__ import annotations

from torch import Tensor, nn

from jaguar_mm.models.losses.class_counts import ClassCounts
from jaguar_mm.registry import FOCUSES


@FOCUSES.register_module()
class ClassBalance(nn.Module):
    """Weigh each target by ``n ** -power``, n the training images of its class, with mean 1 over all images.

    At the power 1 all classes count alike: scikit-learn's ``class_weight='balanced'``. The loss is divided by the
    number of images, not by the sum of a batch's weights as torch does, so that it stays a mean over images and is
    exact for mixed labels.

    Args:
        power: 0 weighs all images alike.
    """

    compares_images = False

    def __init__(self, power: float = 1.0) -> None:
        super().__init__()
        self.power = power
        self.class_counts = ClassCounts()

    def forward(self, losses: Tensor, labels: Tensor) -> Tensor:
        """Return the weights (T,) of targets by their labels (T,)."""
        images = self.class_counts().to(losses.dtype)
        weights = images.pow(-self.power)
        return (weights * images.sum() / (weights * images).sum())[labels]
