"""Any timm network as a backbone that gives feature maps."""

from __future__ import annotations

from functools import cached_property

from timm.layers import to_2tuple
from timm.models._manipulate import group_with_matcher
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from jaguar_mm.networks.reach import unreached_parameters
from jaguar_mm.networks.timm_network import create_network

PREFIX = 'timm_model.'


class TimmFeatures(nn.Module):
    """A timm network without its classifier, giving the last feature map, and others if asked.

    Vision transformers give a map as well: class and register tokens are dropped and the patch grid is restored, also
    for input that is not square. Where timm keeps the final normalisation for after its own pooling (EVA-02), it is
    applied to each token instead, so that the tokens of all transformers are normalised before they are pooled here.

    Parameters that the map does not depend on, such as layers of the classifier that timm leaves in place, are frozen.

    Args:
        model_name: Name in timm, with the tag of its weights if need be.
        pretrained: Load weights, from ``checkpoint_path`` or else from the timm hub.
        checkpoint_path: Local weights (.safetensors or .pth) with timm's key names, see
            :func:`~jaguar_mm.networks.timm_network.create_network`.
        frozen_stages: Depth up to which parameters stay as they are: -1 for none, 0 for the stem, n for the stem and
            the first n blocks, in the units of :meth:`get_layer_depth`.
        grad_checkpointing: Recompute activations in the backward pass to save memory.
        last_maps: How many maps to give: those of the last stages, or of a transformer's last blocks, in order. The
            earlier ones are as timm gives them.
        class_token: Give a transformer's class token too, before the last map and as a map of one position, so that
            any pooling leaves it as it is.
        **timm_kwargs: Further arguments of ``timm.create_model``, such as ``img_size``, ``dynamic_img_size`` or
            ``drop_path_rate``.

    Raises:
        ValueError: If timm has no such network, weights do not fit it, ``frozen_stages`` is out of range, or the
            network lacks what ``frozen_stages``, ``grad_checkpointing``, ``last_maps`` or ``class_token`` need.
        TypeError: If the network gives no map.
        FileNotFoundError: If ``checkpoint_path`` does not exist, or the hub gives no weights.
    """

    def __init__(
        self,
        model_name: str,
        pretrained: bool = False,
        checkpoint_path: str = '',
        frozen_stages: int = -1,
        grad_checkpointing: bool = False,
        last_maps: int = 1,
        class_token: bool = False,
        **timm_kwargs,
    ) -> None:
        super().__init__()
        self.model_name = model_name
        self.timm_model = create_network(model_name, pretrained, checkpoint_path, **timm_kwargs)
        self.num_prefix_tokens: int = getattr(self.timm_model, 'num_prefix_tokens', 0)
        self.last_maps, self.class_token = last_maps, class_token
        self._check_maps()
        self._freeze_unreached(timm_kwargs)
        self._fixed = {name for name, value in self.timm_model.named_parameters() if not value.requires_grad}
        self.freeze_stages(frozen_stages)
        if grad_checkpointing:
            self._recompute_activations()

    @property
    def feature_dim(self) -> int:
        """Channels of all maps together."""
        earlier = self.timm_model.feature_info[-self.last_maps : -1] if self.last_maps > 1 else []
        return (1 + self.class_token) * self.timm_model.num_features + sum(stage['num_chs'] for stage in earlier)

    @property
    def input_mean(self) -> list[float]:
        """Mean of the pixels (R, G, B) that the weights were trained with, on the scale of 0 to 255."""
        return [255 * value for value in self.timm_model.pretrained_cfg['mean']]

    @property
    def input_std(self) -> list[float]:
        """Standard deviation of the pixels (R, G, B), on the scale of 0 to 255."""
        return [255 * value for value in self.timm_model.pretrained_cfg['std']]

    def forward(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the feature maps (B, C, h, w), the last one last, of images (B, 3, H, W).

        Raises:
            ValueError: If the network is built for another size of images.
            TypeError: If the network gives no map, nor tokens that form one.
        """
        size = tuple(inputs.shape[-2:])
        self._check_size(size)
        features, maps = self._features(inputs)
        if not isinstance(features, Tensor):
            raise self._no_map(f'{len(features)} outputs instead of one')
        if features.ndim == 3:
            tokens = getattr(self.timm_model, 'fc_norm', nn.Identity())(features)  # (B, prefix + h * w, C)
            maps += [tokens[:, 0, :, None, None]] if self.class_token else []
            features = self._restore_grid(tokens, size)
        elif getattr(self.timm_model, 'output_fmt', 'NCHW') == 'NHWC':
            features = features.permute(0, 3, 1, 2)
        return (*maps, features)

    def get_layer_depth(self, param_name: str, prefix: str = '') -> tuple[int, int]:
        """Return the depth of a parameter and the number of depths, for layer-wise learning rates.

        Args:
            param_name: Name of the parameter, with ``prefix`` if it belongs to this backbone.
            prefix: What stands before this backbone's own names.

        Returns:
            Depth from 0 (stem) on, and the number of depths; what lies behind the backbone has the last depth.

        Raises:
            ValueError: If timm does not tell this network's layers apart.
        """
        total = max(self._depths.values()) + 2
        if not param_name.startswith(prefix + PREFIX):
            return total - 1, total
        return self._depths[param_name.removeprefix(prefix + PREFIX)], total

    def freeze_stages(self, frozen_stages: int) -> None:
        """Freeze parameters up to a depth and train all others, but for those that the map does not depend on.

        Normalisation layers follow at the next call of :meth:`train`.

        Args:
            frozen_stages: The depth, -1 for none.

        Raises:
            ValueError: If it is out of range, or timm does not tell this network's layers apart.
        """
        depths = {} if frozen_stages == -1 else self._depths
        last = max(depths.values(), default=-1)
        if not -1 <= frozen_stages <= last:
            raise ValueError(
                f'model.backbone.frozen_stages is {frozen_stages}, but {self.model_name} has depths 0 to {last} '
                '(-1 freezes nothing)'
            )
        for name, parameter in self.timm_model.named_parameters():
            frozen = name in self._fixed or depths.get(name, 0) <= frozen_stages
            parameter.requires_grad_(not frozen)

    def train(self, mode: bool = True) -> TimmFeatures:
        """Switch to training; normalisation layers of the frozen part stay in evaluation."""
        super().train(mode)
        for module in self.timm_model.modules():
            parameters = list(module.parameters(recurse=False))
            if isinstance(module, _NormBase) and parameters and not parameters[0].requires_grad:
                module.eval()
        return self

    def _features(self, inputs: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return what timm gives at the end, and the maps of the stages before."""
        if self.last_maps == 1:
            return self.timm_model.forward_features(inputs), []
        features, maps = self.timm_model.forward_intermediates(inputs, indices=self.last_maps, norm=True)
        return features, maps[:-1]

    def _check_maps(self) -> None:
        stages = len(self.timm_model.feature_info) if hasattr(self.timm_model, 'forward_intermediates') else 1
        if not 1 <= self.last_maps <= stages:
            raise ValueError(
                f'model.backbone.last_maps is {self.last_maps}, but timm gives 1 to {stages} maps of {self.model_name}'
            )
        if self.class_token and getattr(self.timm_model, 'cls_token', None) is None:
            raise ValueError(
                f'model.backbone.class_token: {self.model_name} has no class token; set it to False, or choose a plain '
                "vision transformer such as timm's vit_*, deit_* and eva02_*"
            )

    def _check_size(self, size: tuple[int, int]) -> None:
        patch_embed = getattr(self.timm_model, 'patch_embed', None)
        built_for = getattr(patch_embed, 'img_size', None)
        if built_for and getattr(patch_embed, 'strict_img_size', False) and tuple(built_for) != size:
            raise ValueError(
                f'{self.model_name} is built for images of {built_for[0]} x {built_for[1]} (height x width), got '
                f'{size[0]} x {size[1]}: set model.backbone.img_size to the size that the pipeline gives, or '
                'model.backbone.dynamic_img_size=True for any multiple of the patch size'
            )

    def _restore_grid(self, tokens: Tensor, size: tuple[int, int]) -> Tensor:
        """Turn tokens (B, prefix + h * w, C) of images of this size into a map (B, C, h, w)."""
        patch_embed = getattr(self.timm_model, 'patch_embed', None)
        if not hasattr(patch_embed, 'dynamic_feat_size'):
            raise self._no_map('tokens without a grid of patches')
        height, width = patch_embed.dynamic_feat_size(size)
        tokens = tokens[:, self.num_prefix_tokens :]  # (B, h * w, C)
        if tokens.shape[1] != height * width:
            raise self._no_map(f'{tokens.shape[1]} tokens for a grid of {height} x {width} patches')
        return tokens.transpose(1, 2).unflatten(2, (height, width))

    def _no_map(self, what: str) -> TypeError:
        return TypeError(
            f'model.backbone.model_name: {self.model_name} gives {what}, which make no feature map; choose a '
            "convolutional network or a plain vision transformer such as timm's vit_* and eva02_*"
        )

    @cached_property
    def _depths(self) -> dict[str, int]:
        """Return the depth of each of timm's parameters."""
        if not hasattr(self.timm_model, 'group_matcher'):
            raise ValueError(
                f'model.backbone.model_name: timm does not tell the layers of {self.model_name} apart (it has no '
                'group_matcher): leave model.backbone.frozen_stages at -1, and do without layer-wise learning rates'
            )
        matcher = self.timm_model.group_matcher(coarse=False)
        return group_with_matcher(self.timm_model.named_parameters(), matcher, reverse=True)

    def _freeze_unreached(self, timm_kwargs: dict) -> None:
        channels, *size = self.timm_model.pretrained_cfg['input_size']
        channels, size = timm_kwargs.get('in_chans') or channels, timm_kwargs.get('img_size') or size
        unreached = unreached_parameters(self, (channels, *to_2tuple(size)))
        for name, parameter in self.named_parameters():
            if name in unreached:
                parameter.requires_grad_(False)

    def _recompute_activations(self) -> None:
        try:
            self.timm_model.set_grad_checkpointing(True)
        except (AssertionError, AttributeError) as error:  # how timm says that there is no such thing
            raise ValueError(
                f'model.backbone.grad_checkpointing: timm cannot recompute the activations of {self.model_name}; '
                'set it to False, and perhaps train_cfg.micro_batch for want of memory'
            ) from error
