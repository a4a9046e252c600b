"""What makes networks fast on a processor: the layout of their maps, the type of their numbers, memory that stays."""

from __future__ import annotations

import ctypes
from typing import TypeVar

import torch
from torch import nn

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # glibc's names for mallopt's parameters, see mallopt(3)
KEPT = 1 << 30  # bytes; a larger block is still given back when it is freed
Network = TypeVar('Network', bound=nn.Module)


def chosen_device(device: str | torch.device | None = None) -> torch.device:
    """Return the device that is named, by default the GPU if there is one."""
    return torch.device(device or ('cuda' if torch.cuda.is_available() else 'cpu'))


def on_device(network: Network, device: torch.device) -> Network:
    """Move a network to a device; on the CPU, make it fast there."""
    return settle_on_cpu(network) if device.type == 'cpu' else network.to(device)


def settle_on_cpu(network: Network) -> Network:
    """Make a network that stays on the CPU fast there.

    Its convolutions compute with the channels last in memory. Results differ from those of the usual layout by
    rounding. Freed memory stays with the process: see :func:`keep_freed_memory`.
    """
    keep_freed_memory()
    return network.to(memory_format=torch.channels_last)


def has_bfloat16() -> bool:
    """Say whether the processor multiplies bfloat16 numbers itself (AVX-512 BF16 or AMX); emulated they are slow."""
    able = torch.cpu.get_capabilities()
    return bool(able.get('avx512_bf16') or able.get('amx_bf16'))


def keep_freed_memory() -> None:
    """Have the C library keep freed memory for the next batch instead of giving it back to the kernel.

    By default glibc returns each large block when it is freed, so that every batch faults all its maps in again, page
    by page. Elsewhere than on glibc nothing is done.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(MMAP_THRESHOLD, KEPT)
    mallopt(TRIM_THRESHOLD, KEPT)
