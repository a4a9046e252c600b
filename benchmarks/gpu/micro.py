"""Attention kernels, and widths of the SwiGLU layers."""

import torch
import torch.nn.functional as F
from measuring import DEVICE, Figures, milliseconds
from torch.nn.attention import SDPBackend, sdpa_kernel

BACKENDS = ('CUDNN_ATTENTION', 'FLASH_ATTENTION', 'EFFICIENT_ATTENTION') if DEVICE == 'cuda' else ('MATH',)


def main() -> None:
    """Time both."""
    figures = Figures()
    attention(figures)
    widths(figures)


def attention(figures: Figures) -> None:
    """Time each kernel forward and backward, after a comparison with the exact product in float64."""
    shape = (2, 3, 65, 64) if figures.tiny else (32, 16, 1025, 64)
    query, key, value, given = (torch.randn(shape, device=DEVICE, dtype=torch.bfloat16) for _ in range(4))
    inputs = [tensor.requires_grad_() for tensor in (query, key, value)]
    exact = exact_attention(*(tensor[:1].detach().double() for tensor in inputs))
    flops = 4 * shape[0] * shape[1] * shape[2] ** 2 * shape[3]
    for name in BACKENDS:
        with sdpa_kernel([getattr(SDPBackend, name)]):
            result = F.scaled_dot_product_attention(*inputs)
            error = float((result[:1].detach().double() - exact).norm() / exact.norm())
            if error > 1e-2:
                figures.add(what='attention', kernel=name, relative_error=error, timed=False)
                continue
            with torch.no_grad():
                forward = milliseconds(lambda: F.scaled_dot_product_attention(*inputs))
            both = milliseconds(lambda: torch.autograd.grad(F.scaled_dot_product_attention(*inputs), inputs, given))
        figures.add(
            what='attention',
            kernel=name,
            relative_error=error,
            forward_ms=forward,
            both_ms=both,
            forward_tflops=flops / forward / 1e9,
            both_tflops=3.5 * flops / both / 1e9,
        )


def exact_attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Return the attention's result by its definition."""
    return torch.softmax(query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5, dim=-1) @ value


def widths(figures: Figures) -> None:
    """Time a layer of 1,024 inputs with SwiGLU's width and with aligned ones: forward, and both gradients."""
    rows = 64 if figures.tiny else 32 * 1025
    images = torch.randn(rows, 1024, device=DEVICE, dtype=torch.bfloat16)
    for width in (2730, 2736, 2752):
        weight = torch.randn(width, 1024, device=DEVICE, dtype=torch.bfloat16)
        gradient = torch.randn(rows, width, device=DEVICE, dtype=torch.bfloat16)
        products = {
            'forward': lambda weight=weight: images @ weight.T,
            'input_gradient': lambda weight=weight, gradient=gradient: gradient @ weight,
            'weight_gradient': lambda gradient=gradient: gradient.T @ images,
        }
        spent = {name: milliseconds(product) for name, product in products.items()}
        flops = 2 * rows * width * 1024
        figures.add(what='linear', width=width, **{f'{name}_tflops': flops / ms / 1e9 for name, ms in spent.items()})


if __name__ == '__main__':
    main()
