"""Try networks on two processes, one JSON line for each: python -m torch.distributed.run ... sweep.py NAME ..."""

import json
import sys
import time

import torch
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import init_default_scope
from mmpretrain.structures import DataSample
from torch import nn
from torch.distributed import all_reduce, get_rank, init_process_group

from jaguar_mm.registry import MODELS

CLASSES = 3


def classifier(name: str) -> nn.Module:
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            type='ReIDClassifier',
            backbone=dict(type='TimmFeatures', model_name=name),
            neck=[dict(type='GeM', learnable=False), dict(type='BNNeck')],
            head=dict(type='ReIDHead', num_classes=CLASSES, losses=[dict(type='ArcFace')]),
        )
    )


def train(model: nn.Module, images: torch.Tensor) -> bool:
    """Train two steps; return whether weights moved and are the same on both processes."""
    before = torch.cat([parameter.detach().flatten() for parameter in trained(model)])
    wrapped = MMDistributedDataParallel(model)
    optimizer = torch.optim.SGD(trained(model), lr=1e-3)
    samples = [DataSample().set_gt_label(index % CLASSES) for index in range(len(images))]
    for _ in range(2):  # the second is where a parameter without a gradient stops
        losses = wrapped(images, samples, mode='loss')
        sum(losses.values()).backward()
        optimizer.step()
        optimizer.zero_grad()
    after = torch.cat([parameter.detach().flatten() for parameter in trained(model)])
    mean = after.clone()
    all_reduce(mean)
    return bool(torch.equal(mean / 2, after) and not torch.equal(before, after))


def trained(model: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def export(backbone: nn.Module, images: torch.Tensor) -> str:
    """Return how far the road to ONNX goes; without ``onnx`` and ``onnxscript`` its first half, torch's own export."""
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError:
        torch.export.export(backbone.eval(), (images,))
        return 'torch.export (onnx not tried)'
    torch.onnx.export(backbone.eval(), (images,), dynamo=True)
    return 'onnx'


def look_at(name: str, with_export: bool) -> dict:
    start = time.process_time()
    try:
        model = classifier(name)
    except TypeError as error:
        return {'works': str(error).partition(' gives ')[2]}
    found = {'build': round(time.process_time() - start, 1)}
    backbone = model.backbone
    found['frozen'] = sum(not parameter.requires_grad for parameter in backbone.parameters())
    images = torch.randn(2, *input_shape(backbone), generator=torch.Generator().manual_seed(get_rank()))
    with torch.no_grad():
        found['shape'] = list(backbone.eval()(images)[0].shape[1:])
        found['tokens'] = backbone.timm_model.forward_features(images).ndim == 3
    try:
        found['works'] = 'trained' if train(model.train(), images) else 'weights differ'
    except RuntimeError as error:
        found['works'] = str(error)[:200]
    if with_export and get_rank() == 0:
        try:
            found['export'] = export(backbone, images)
        except Exception as error:
            found['export'] = f'{type(error).__name__}: {str(error)[:60]}'
    return found


def input_shape(backbone: nn.Module) -> tuple[int, ...]:
    return tuple(backbone.timm_model.pretrained_cfg['input_size'])


if __name__ == '__main__':
    init_process_group('gloo')
    init_default_scope('jaguar_mm')
    with_export, names = '--export' in sys.argv, [name for name in sys.argv[1:] if not name.startswith('-')]
    for name in names:
        found = look_at(name, with_export)
        if get_rank() == 0:
            print(json.dumps({'name': name} | found), flush=True)
