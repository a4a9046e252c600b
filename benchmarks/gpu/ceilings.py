"""What the card can do at most."""

import subprocess

import torch
from measuring import DEVICE, Figures, milliseconds


def main() -> None:
    """Measure a large copy and a large product."""
    figures = Figures()
    if DEVICE == 'cuda':
        driver = subprocess.run(
            ['nvidia-smi', '--query-gpu=driver_version,memory.total', '--format=csv,noheader'],
            capture_output=True,
            text=True,
            check=False,
        )
        figures.add(driver=driver.stdout.strip(), cudnn=torch.backends.cudnn.version())
    size = 1 << 20 if figures.tiny else 1 << 32
    source = torch.randint(0, 255, (size,), dtype=torch.uint8, device=DEVICE)
    target = torch.empty_like(source)
    spent = milliseconds(lambda: target.copy_(source))
    figures.add(what='copy', gb_moved=2 * size / 1e9, ms=spent, tb_per_s=2 * size / spent / 1e9)
    side = 256 if figures.tiny else 8192
    left, right = (torch.randn(side, side, device=DEVICE, dtype=torch.bfloat16) for _ in range(2))
    spent = milliseconds(lambda: left @ right)
    figures.add(what='bfloat16 product', side=side, ms=spent, tflops=2 * side**3 / spent / 1e9)


if __name__ == '__main__':
    main()
