"""Any timm network as a backbone that gives a feature map."""

from __future__ import annotations

import os
from pathlib import Path

import timm
from mmengine.model import BaseModule
from timm.models._manipulate import group_with_matcher
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from jaguar_mm.registry import MODELS

PREFIX = 'timm_model.'


@MODELS.register_module()
class TimmFeatures(BaseModule):
    """A timm network without its classifier, giving the last feature map.

    Vision transformers give a map as well: class and register tokens are dropped and the patch grid is restored, also
    for input that is not square.

    Args:
        model_name: Name in timm, with the tag of its weights if need be.
        pretrained: Load weights, from ``checkpoint_path`` or else from the timm hub.
        checkpoint_path: Local weights (.safetensors or .pth, timm's key names); position embeddings are resampled to
            the input size. Read as tensors only: a file cannot run code.
        frozen_stages: Depth up to which parameters stay as they are: -1 for none, 0 for the stem, n for the stem and
            the first n blocks, in the units of :meth:`get_layer_depth`.
        grad_checkpointing: Recompute activations in the backward pass to save memory.
        **timm_kwargs: Further arguments of ``timm.create_model``, such as ``img_size`` or ``drop_path_rate``.

    Raises:
        ValueError: If timm has no such model, or ``frozen_stages`` is out of range.
        FileNotFoundError: If ``checkpoint_path`` does not exist, or the hub gives no weights.
    """

    def __init__(
        self,
        model_name: str,
        pretrained: bool = False,
        checkpoint_path: str = '',
        frozen_stages: int = -1,
        grad_checkpointing: bool = False,
        **timm_kwargs,
    ) -> None:
        super().__init__()
        if not timm.is_model(model_name):
            near = ', '.join(timm.list_models(f'*{model_name.split(".")[0][:6]}*')[:5]) or 'see timm.list_models()'
            raise ValueError(
                f'model.backbone.model_name: timm has no model {model_name!r}; did you mean one of: {near}'
            )
        self.timm_model = _create(model_name, pretrained, checkpoint_path, timm_kwargs)
        self.timm_model.set_grad_checkpointing(grad_checkpointing)
        self.feature_dim: int = self.timm_model.num_features
        self.num_prefix_tokens: int = getattr(self.timm_model, 'num_prefix_tokens', 0)
        self._depths, self._num_depths = _layer_depths(self.timm_model)
        self._freeze(frozen_stages)

    @property
    def input_mean(self) -> list[float]:
        """Mean of the pixels (R, G, B) that the weights were trained with, on the scale of 0 to 255."""
        return [255 * value for value in self.timm_model.pretrained_cfg['mean']]

    @property
    def input_std(self) -> list[float]:
        """Standard deviation of the pixels (R, G, B), on the scale of 0 to 255."""
        return [255 * value for value in self.timm_model.pretrained_cfg['std']]

    def forward(self, inputs: Tensor) -> tuple[Tensor]:
        """Return the last feature map, (B, C, h, w) in a tuple, of pictures (B, 3, H, W)."""
        features = self.timm_model.forward_features(inputs)
        if features.ndim == 3:  # (B, prefix + h * w, C)
            height, width = self.timm_model.patch_embed.dynamic_feat_size(inputs.shape[-2:])
            tokens = features[:, self.num_prefix_tokens :].transpose(1, 2)  # (B, C, h * w)
            features = tokens.unflatten(2, (height, width))
        elif getattr(self.timm_model, 'output_fmt', 'NCHW') == 'NHWC':
            features = features.permute(0, 3, 1, 2)
        return (features,)

    def get_layer_depth(self, param_name: str, prefix: str = '') -> tuple[int, int]:
        """Return the depth of a parameter and the number of depths, for layer-wise learning rates.

        Args:
            param_name: Name of the parameter, with ``prefix`` if it belongs to this backbone.
            prefix: What stands before this backbone's own names.

        Returns:
            Depth from 0 (stem) on, and the number of depths; what lies behind the backbone has the last depth.
        """
        total = self._num_depths + 1
        if not param_name.startswith(prefix + PREFIX):
            return total - 1, total
        return self._depths[param_name.removeprefix(prefix + PREFIX)], total

    def train(self, mode: bool = True) -> TimmFeatures:
        """Switch to training; normalisation layers of the frozen part stay in evaluation."""
        super().train(mode)
        for module in self.timm_model.modules():
            parameters = list(module.parameters(recurse=False))
            if isinstance(module, _NormBase) and parameters and not parameters[0].requires_grad:
                module.eval()
        return self

    def _freeze(self, frozen_stages: int) -> None:
        if not -1 <= frozen_stages < self._num_depths:
            raise ValueError(
                f'model.backbone.frozen_stages is {frozen_stages}, but this network has depths 0 to '
                f'{self._num_depths - 1} (-1 freezes nothing)'
            )
        for name, parameter in self.timm_model.named_parameters():
            if self._depths[name] <= frozen_stages:
                parameter.requires_grad_(False)


def _layer_depths(model: nn.Module) -> tuple[dict[str, int], int]:
    """Return the depth of every parameter by timm's own grouping, and how many depths there are."""
    depths = group_with_matcher(model.named_parameters(), model.group_matcher(coarse=False), reverse=True)
    return depths, max(depths.values()) + 1


def _create(model_name: str, pretrained: bool, checkpoint_path: str, timm_kwargs: dict) -> nn.Module:
    """Build the network without classifier and load its weights, if any are asked for."""
    if checkpoint_path:
        if not Path(checkpoint_path).is_file():
            raise FileNotFoundError(f'model.backbone.checkpoint_path: there is no file {checkpoint_path!r}')
        timm_kwargs = timm_kwargs | {'pretrained_cfg_overlay': {'file': os.fspath(checkpoint_path)}}
    try:
        return timm.create_model(
            model_name, pretrained=pretrained or bool(checkpoint_path), num_classes=0, **timm_kwargs
        )
    except OSError as error:  # the hub's errors are OSErrors
        source = timm.get_pretrained_cfg(model_name)
        raise FileNotFoundError(
            f'the weights of {model_name!r} could not be fetched from the timm hub '
            f'({source.hf_hub_id if source else "no id"}); on a machine without network fetch model.safetensors there '
            f'beforehand and set model.backbone.checkpoint_path to it, or start from random weights with '
            f'model.backbone.pretrained=False'
        ) from error
