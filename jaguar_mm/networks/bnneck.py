"""The batch-normalisation neck between pooled features and the margin head."""

from __future__ import annotations

from torch import Tensor, nn


class BNNeck(nn.Module):
    """Normalise features over the batch, optionally reducing them first to fewer dimensions.

    Luo et al., CVPRW 2019, section 3.5: the last normalisation has no shift, so that the classes spread around the
    origin as a margin on angles wants it. Without ``out_channels`` it is BN; with it BN, dropout, Linear, BN.

    Args:
        in_channels: Width of the pooled features; a model that the neck is built in gives it.
        out_channels: Width of the embedding; None keeps ``in_channels`` and adds no linear layer.
        dropout: Share of inputs of the linear layer (or of the pooled features, if there is none) zeroed in training.
    """

    def __init__(self, in_channels: int, out_channels: int | None = None, dropout: float = 0.0) -> None:
        super().__init__()
        self.out_channels = out_channels or in_channels
        layers: list[nn.Module] = [nn.Dropout(dropout)] if dropout else []
        if out_channels:
            linear = nn.Linear(in_channels, out_channels, bias=False)  # the normalisation behind it removes any bias
            layers = [nn.BatchNorm1d(in_channels), *layers, linear]
        last = nn.BatchNorm1d(self.out_channels)
        last.bias.requires_grad_(False)
        self.layers = nn.Sequential(*layers, last)

    def forward(self, features: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Normalise pooled features (B, C).

        Raises:
            ValueError: If a training batch holds a single image, whose variance is not defined.
        """
        if self.training and len(features[-1]) == 1:
            raise ValueError(
                'BNNeck cannot train on a batch of one image: set train_dataloader.drop_last=True, '
                'or train_dataloader.batch_size to 2 or more'
            )
        return tuple(self.layers(feature) for feature in features)
