"""How far do embeddings move if weights are rounded to eight bits? For the shipped and the built-in encoder.

taskset -c 1 python benchmarks/eight_bit.py FOLDER

FOLDER has images, such as the test images of jaguar-mm synthesise --out FOLDER; the first 64 are taken.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save

from jaguar_mm.encoders import load_encoder
from jaguar_mm.encoders.eight_bit import in_eight_bits, in_float
from jaguar_mm.encoders.torch_network import TorchNetwork
from jaguar_mm.images import load_rgba, resize
from jaguar_mm.networks import build_network

COUNT = 64


def shipped():
    """Return the network that all recipes start from, its map averaged."""
    backbone = dict(type='TimmFeatures', model_name='resnet10t', channels=(48, 96, 192, 384))
    network = build_network(backbone, [dict(type='GlobalAveragePooling')])
    learnt = load_file('configs/synthetic/resnet10t.safetensors')
    network.backbone.timm_model.load_state_dict({name: value.float() for name, value in learnt.items()})
    return TorchNetwork(network, [123.675, 116.28, 103.53], [58.395, 57.12, 57.375], {}, 'cpu')


def main():
    """Print two rows of the table for each network."""
    paths = sorted(Path(sys.argv[1]).rglob('*.png'))[:COUNT]
    cases = {
        'ResNet-10 (shipped)': (shipped(), (120, 80)),
        'EfficientNet-Lite2 (built-in)': (load_encoder('built-in', device='cpu').network, (260, 260)),
    }
    for name, (network, size) in cases.items():
        images = np.stack([resize(load_rgba(path).pixels, size, 'area')[..., :3] for path in paths])
        exact = network(images, [])['']
        weights = network.network.state_dict()
        rounded = in_eight_bits(weights)
        network.network.load_state_dict(in_float(rounded))
        found = network(images, [])['']
        cosines = (exact * found).sum(1)
        same = np.mean(nearest(exact) == nearest(found))
        print(f'| {name}, float32 | {megabytes(weights):.1f} | | |')
        moved = f'{cosines.mean():.4f} ({cosines.min():.4f})'
        print(f'| the same in eight bits | {megabytes(rounded):.1f} | {moved} | {same:.0%} |')


def nearest(vectors):
    """Return the place of each one's nearest among the others (N,)."""
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    return cosines.argmax(1)


def megabytes(weights):
    """Return how large weights are as a file."""
    whole = {name: value.clone(memory_format=torch.contiguous_format) for name, value in weights.items()}
    return len(save(whole)) / 1e6


if __name__ == '__main__':
    main()
