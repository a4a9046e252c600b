"""The network of v3, and the ways of running it that are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import groupby

import torch
import torch.nn.functional as F
from measuring import DEVICE
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from jaguar_mm.networks import EmbeddingNetwork, build_network

NAME = 'eva02_large_patch14_448.mim_m38m_ft_in22k_in1k'
TINY = dict(depth=2, embed_dim=64, num_heads=2)
SIDE = 448  # of the images
IDENTITIES, SCALE = 31, 30.0
ATTENTION = {'cudnn': SDPBackend.CUDNN_ATTENTION, 'flash': SDPBackend.FLASH_ATTENTION}


def v3_network(tiny: bool, seed: int = 0) -> EmbeddingNetwork:
    """Return v3's network with seeded weights of gain 1, on which rounding shows as it does in a trained one."""
    torch.manual_seed(seed)
    backbone = dict(type='TimmFeatures', model_name=NAME) | (TINY if tiny else {})
    network = build_network(backbone, [dict(type='GeM', p=3.0), dict(type='BNNeck', in_channels=width(tiny))])
    for module in network.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=module.in_features**-0.5)
    return network


def width(tiny: bool) -> int:
    """Return the width of the embeddings."""
    return TINY['embed_dim'] if tiny else 1024


def random_images(count: int, seed: int = 1) -> Tensor:
    """Return normalised images (B, 3, H, W) of noise on several scales."""
    generator = torch.Generator().manual_seed(seed)
    scales = [torch.randn(count, 3, size, size, generator=generator) for size in (4, 32)]
    return sum(F.interpolate(noise, SIDE, mode='bilinear') for noise in scales)


class Trained(nn.Module):
    """The network with a cosine classifier, as it is trained.

    Args:
        network: Gives unit embeddings.
        width: Of the embeddings.
    """

    def __init__(self, network: EmbeddingNetwork, width: int) -> None:
        super().__init__()
        self.network = network
        generator = torch.Generator().manual_seed(2)
        self.classes = nn.Parameter(torch.randn(IDENTITIES, width, generator=generator))

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Return the loss."""
        cosines = F.linear(self.network(images), F.normalize(self.classes))
        return F.cross_entropy(SCALE * cosines.float(), labels)


def trained(tiny: bool) -> Trained:
    """Return the network to train."""
    return Trained(v3_network(tiny), width(tiny))


@contextmanager
def attention(kernel: str | None) -> Iterator[None]:
    """Use one attention kernel; None: what torch chooses."""
    with nullcontext() if kernel is None or DEVICE == 'cpu' else sdpa_kernel([ATTENTION[kernel]]):
        yield


def bfloat16() -> torch.autocast:
    """Compute in bfloat16 where that is safe, with float32 weights."""
    return torch.autocast(DEVICE, torch.bfloat16)


def compile_blocks(network: nn.Module) -> None:
    """Compile each transformer block; all share one graph, which the next network would take over with its kernel."""
    torch._dynamo.reset()
    for block in blocks(network):
        block.compile(fullgraph=True, dynamic=False, backend='inductor' if DEVICE == 'cuda' else 'aot_eager')


def checkpoint_blocks(network: nn.Module) -> None:
    """Keep no activations within blocks but compute them again."""
    for module in network.modules():
        if hasattr(module, 'set_grad_checkpointing'):
            module.set_grad_checkpointing()


def align_swiglu(network: nn.Module, to: int = 16) -> None:
    """Let SwiGLU multiply by rows whose length is a multiple of some number; the result does not change."""
    for block in blocks(network):
        block.mlp.forward = aligned_swiglu(block.mlp, to)


def aligned_swiglu(mlp: nn.Module, to: int) -> Callable[[Tensor], Tensor]:
    """Return the forward pass of timm's SwiGLU with weights that are padded with zeros in the call."""
    hidden = mlp.fc1_g.out_features
    extra = -hidden % to

    def forward(images: Tensor) -> Tensor:
        gate, value = (
            F.linear(images, F.pad(fc.weight, (0, 0, 0, extra)), F.pad(fc.bias, (0, extra)))
            for fc in (mlp.fc1_g, mlp.fc1_x)
        )
        mixed = mlp.norm((mlp.act(gate) * value)[..., :hidden])
        return F.linear(F.pad(mixed, (0, extra)), F.pad(mlp.fc2.weight, (0, extra)), mlp.fc2.bias)

    return forward


def blocks(network: nn.Module) -> list[nn.Module]:
    """Return the transformer blocks."""
    return [module for module in network.modules() if type(module).__name__ == 'EvaBlock']


def single_groups(model: nn.Module) -> list[dict]:
    """Return the optimiser groups of today: one for each parameter."""
    return [dict(params=[parameter], **settings(name)) for name, parameter in model.named_parameters()]


def merged_groups(model: nn.Module) -> list[dict]:
    """Return one optimiser group for each setting."""
    found = sorted(single_groups(model), key=lambda group: (group['lr'], group['weight_decay']))
    return [
        dict(params=[group['params'][0] for group in members], lr=lr, weight_decay=decay)
        for (lr, decay), members in groupby(found, key=lambda group: (group['lr'], group['weight_decay']))
    ]


def settings(name: str) -> dict[str, float]:
    """Return v3's settings of a parameter."""
    lr = 2e-5 if 'backbone' in name else 2e-4
    return dict(lr=lr, weight_decay=0.0 if name.endswith('bias') or 'norm' in name or 'neck' in name else 1e-3)


def average_one_by_one(averages: Iterable[Tensor], weights: Iterable[Tensor], share: float) -> None:
    """Move averages towards weights, a tensor at a time, as EMAHook does."""
    for average, weight in zip(averages, weights, strict=True):
        average.lerp_(weight, share)


def average_at_once(averages: Iterable[Tensor], weights: Iterable[Tensor], share: float) -> None:
    """Move averages towards weights in one operation."""
    torch._foreach_lerp_(list(averages), list(weights), share)
