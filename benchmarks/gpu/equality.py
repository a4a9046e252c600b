"""Every way of running the network against float32 on the CPU, on fresh images. No figure without it."""

from __future__ import annotations

import copy

import torch
import variants
from measuring import DEVICE, Figures
from torch import Tensor, nn

IMAGES = 2
RANKED = 500


def main() -> None:
    """Compare embeddings, losses, gradients, training steps and ranks."""
    figures = Figures()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    images = variants.random_images(IMAGES)
    reference = variants.v3_network(figures.tiny).eval()
    with torch.no_grad():
        expected = reference(images)
    on_device = copy.deepcopy(reference).to(DEVICE)
    found = embeddings(figures, on_device, images.to(DEVICE), expected)
    against_each_other(figures, found)
    views(figures, on_device, images.to(DEVICE))
    gradients(figures, images)
    steps(figures)
    ranks(figures)
    figures.add(what='complete')  # what was cut off approves nothing


def embeddings(figures: Figures, network: nn.Module, images: Tensor, expected: Tensor) -> dict[str, Tensor]:
    """Compare the embeddings of each way with the CPU's."""
    aligned, compiled, half, best = (copy.deepcopy(network) for _ in range(4))
    variants.align_swiglu(aligned)
    variants.compile_blocks(compiled)
    half.backbone.bfloat16()
    best.backbone.bfloat16()
    variants.align_swiglu(best)

    def embed(one: nn.Module, kernel: str | None = None, autocast: bool = True, dtype: torch.dtype | None = None):
        with torch.no_grad(), variants.attention(kernel), torch.autocast(DEVICE, torch.bfloat16, enabled=autocast):
            return one(images.to(dtype) if dtype else images).float().cpu()

    found = {
        'float32': embed(network, autocast=False),
        'autocast': embed(network),
        'pure bfloat16': embed(half, autocast=False, dtype=torch.bfloat16),
        'compiled': embed(compiled),
        'aligned': embed(aligned),
    }
    variants.compile_blocks(best)
    found['bfloat16, aligned, compiled'] = embed(best, autocast=False, dtype=torch.bfloat16)
    if DEVICE == 'cuda':
        found |= {kernel: embed(network, kernel) for kernel in variants.ATTENTION}
    for way, result in found.items():
        least = float((result * expected).sum(1).min())
        limit = 1e-4 if way == 'float32' else 2e-2
        error = relative(result, expected)
        passed = error < limit and 1 - least < 1e-3
        figures.add(what='embedding', way=way, relative_error=error, one_minus_cosine=1 - least, passed=passed)
    return found


def against_each_other(figures: Figures, found: dict[str, Tensor]) -> None:
    """Compare ways that should differ by rounding alone."""
    pairs = [('compiled', 'autocast'), ('aligned', 'autocast'), ('cudnn', 'flash')]
    for one, other in pairs:
        if {one, other} <= found.keys():
            error = relative(found[one], found[other])
            figures.add(what='pair', ways=f'{one} and {other}', relative_error=error, passed=error < 5e-3)


def views(figures: Figures, network: nn.Module, images: Tensor) -> None:
    """Compare two views in one batch with two passes."""
    with torch.no_grad(), variants.bfloat16():
        together = network(torch.cat([images, images.flip(-1)])).float().chunk(2)
        apart = [network(view).float() for view in (images, images.flip(-1))]
    error = max(relative(one, other) for one, other in zip(together, apart, strict=True))
    figures.add(what='views in one batch', relative_error=error, passed=error < 5e-3)


def gradients(figures: Figures, images: Tensor) -> None:
    """Compare loss and gradients of a training step; in evaluation mode, since two images are no batch to normalise.

    The gradient as a whole must agree. Of single parameters the worst is reported: where the terms of a bias's gradient
    cancel, bfloat16 leaves little of it, with every variant alike.
    """
    labels = torch.arange(IMAGES) % variants.IDENTITIES
    expected_loss, expected = loss_and_gradient(variants.trained(figures.tiny), images, labels, autocast=False)
    plain = variants.trained(figures.tiny).to(DEVICE)
    changed = variants.trained(figures.tiny).to(DEVICE)
    variants.align_swiglu(changed)
    variants.compile_blocks(changed)
    saving = variants.trained(figures.tiny).to(DEVICE)
    variants.checkpoint_blocks(saving)
    found = {}
    ways = {'autocast': plain, 'autocast, aligned, compiled': changed, 'autocast, checkpointing': saving}
    for way, model in ways.items():
        loss, found[way] = loss_and_gradient(model, images.to(DEVICE), labels.to(DEVICE), autocast=True)
        errors = {name: relative(gradient, expected[name]) for name, gradient in found[way].items()}
        worst = max(errors, key=errors.get)
        error = relative(whole(found[way]), whole(expected))
        figures.add(
            what='gradient',
            way=way,
            loss_difference=abs(loss - expected_loss),
            relative_error=error,
            worst=worst,
            worst_error=errors[worst],
            passed=abs(loss - expected_loss) < 1e-2 * max(1.0, expected_loss) and error < 5e-2,
        )
    base = whole(found.pop('autocast'))
    for way, gradient in found.items():
        error = relative(whole(gradient), base)
        figures.add(what='pair', ways=f'gradients, {way} and without', relative_error=error, passed=error < 2e-2)


def loss_and_gradient(
    model: nn.Module, images: Tensor, labels: Tensor, autocast: bool
) -> tuple[float, dict[str, Tensor]]:
    """Return the loss, and each parameter's gradient on the CPU."""
    with torch.autocast(images.device.type, torch.bfloat16, enabled=autocast):
        loss = model.eval()(images, labels)
    loss.backward()
    gradients = {name: each.grad.float().cpu() for name, each in model.named_parameters() if each.grad is not None}
    return float(loss.detach()), gradients


def whole(gradients: dict[str, Tensor]) -> Tensor:
    """Return all gradients as one vector."""
    return torch.cat([gradient.flatten() for gradient in gradients.values()])


def steps(figures: Figures) -> None:
    """Train 50 steps with each kernel and look for NaN."""
    for kernel in (None,) if DEVICE == 'cpu' else variants.ATTENTION:
        model = variants.trained(figures.tiny).to(DEVICE).train()
        optimizer = torch.optim.AdamW(variants.merged_groups(model), fused=DEVICE == 'cuda')
        losses = []
        for step in range(5 if figures.tiny else 50):
            images = variants.random_images(4, step % 10).to(DEVICE)
            labels = torch.arange(4, device=DEVICE) + 4 * (step % 5)
            with variants.attention(kernel):
                with variants.bfloat16():
                    loss = model(images, labels)
                loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.detach())
        values = torch.stack(losses).float().cpu()
        finite = bool(values.isfinite().all())
        figures.add(what='50 steps', kernel=kernel, first=float(values[0]), last=float(values[-1]), passed=finite)


def ranks(figures: Figures) -> None:
    """Compare the nearest neighbours by embeddings in bfloat16 with those in float32, five images of each animal."""
    network = variants.v3_network(figures.tiny).eval().to(DEVICE)
    count = 10 if figures.tiny else RANKED
    found = {False: [], True: []}
    for start in range(0, count, 10):
        images = variants.random_images(2, 1000 + start).repeat_interleave(5, 0)
        images = (images + 0.3 * variants.random_images(10, start)).to(DEVICE)
        for half, embeddings in found.items():
            with torch.no_grad(), torch.autocast(DEVICE, torch.bfloat16, enabled=half):
                embeddings.append(network(images).cpu())
    nearest = []
    for embeddings in found.values():
        unit = torch.cat(embeddings)
        unit = nn.functional.normalize(unit - unit.mean(0))  # random weights leave a large common part
        nearest.append((unit @ unit.T).fill_diagonal_(-1).argmax(1))
    equal = float((nearest[0] == nearest[1]).float().mean())
    same = float((nearest[0] // 5 == nearest[1] // 5).float().mean())
    figures.add(what='nearest neighbour', images=count, equal=equal, same_animal=same, passed=same >= 0.99)


def relative(found: Tensor, expected: Tensor) -> float:
    """Return the relative error by norms."""
    return float((found - expected).norm() / expected.norm().clamp_min(1e-12))


if __name__ == '__main__':
    main()
