"""How many training images each class has."""

from __future__ import annotations

from torch import Tensor, nn


class ClassCounts(nn.Module):
    """Holds the number of training images of each class, for a loss that goes by it.

    ``ClassCountsHook`` sets it before the first step. It is no weight: no checkpoint holds it.

    Attributes:
        images: Images of each class (C,), None before they are known.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer('images', None, persistent=False)

    def forward(self) -> Tensor:
        """Return the images of each class (C,), at least 1.

        Raises:
            ValueError: If they are not known.
        """
        if self.images is None:
            raise ValueError(
                'a loss goes by the number of images of each class, which is not known: add '
                "dict(type='ClassCountsHook') to default_hooks or custom_hooks"
            )
        return self.images.clamp(min=1)
