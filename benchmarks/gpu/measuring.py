"""What the stages share: where figures go, and how a step is timed."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

DEVICE = 'cuda' if torch.cuda.is_available() else 'cpu'


class Figures:
    """The file of one stage, one JSON line a figure, and the card that they are of."""

    def __init__(self) -> None:
        parser = argparse.ArgumentParser()
        parser.add_argument('path', type=Path)
        parser.add_argument('--tiny', action='store_true')
        args = parser.parse_args()
        self.path, self.tiny = args.path, args.tiny
        self.path.write_text('', encoding='utf-8')
        self.add(card=card(), torch=torch.__version__, tiny=self.tiny)

    def add(self, **figure: Any) -> None:
        """Write one figure at once."""
        rounded = {key: float(f'{value:.4g}') if isinstance(value, float) else value for key, value in figure.items()}
        with self.path.open('a', encoding='utf-8') as file:
            file.write(json.dumps(rounded) + '\n')
        print(rounded, flush=True)


def card() -> str:
    """Return the name of the device."""
    return torch.cuda.get_device_name() if DEVICE == 'cuda' else 'cpu'


def milliseconds(step: Callable[[], Any], repeats: int = 15, warmup: int = 5) -> float:
    """Return the median time of a step."""
    for _ in range(warmup):
        step()
    times = []
    for _ in range(repeats):
        if DEVICE == 'cpu':
            start = time.perf_counter()
            step()
            times.append((time.perf_counter() - start) * 1e3)
            continue
        before, after = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        before.record()
        step()
        after.record()
        torch.cuda.synchronize()
        times.append(before.elapsed_time(after))
    return statistics.median(times)


def peak_gib() -> float:
    """Return the peak memory on the device since the last call."""
    if DEVICE == 'cpu':
        return 0.0
    peak = torch.cuda.max_memory_allocated() / 2**30
    torch.cuda.reset_peak_memory_stats()
    return peak
