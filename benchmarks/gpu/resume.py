"""A resumed training against the whole one, bit for bit, with deterministic algorithms."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import torch
from commands import SMALL, draw, verb
from measuring import Figures


def main() -> None:
    """Compare a training of two epochs with one of one epoch that is resumed."""
    figures = Figures()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        draw(work / 'data', tiny=True)
        states = []
        start = time.perf_counter()
        for name, parts in (('whole', (2,)), ('parts', (1, 2))):
            for until in parts:
                options = [
                    f'data_root={work / "data"}',
                    'randomness.deterministic=True',
                    'train_dataloader.batch_size=16',
                    f'train_cfg.max_epochs={until}',
                    'param_scheduler=[]',
                ]
                verb('train', SMALL, '--work-dir', work / name, '--no-validate', '--resume', '--cfg-options', *options)
            file = torch.load(work / name / 'epoch_2.pth', map_location='cpu', weights_only=False)
            states.append(file['state_dict'])
        whole, parts = states
        equal = all(torch.equal(whole[key], parts[key]) for key in whole)
        figures.add(what='resume', network='resnet10t', bit_for_bit=equal, seconds=time.perf_counter() - start)


if __name__ == '__main__':
    main()
