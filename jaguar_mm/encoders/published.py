"""A published file: weights as safetensors, with a header of texts, both under a checksum.

Each entry of the header is JSON, but the config (``cfg``) is plain text.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from jaguar_mm.encoders.eight_bit import in_float
from jaguar_mm.storage.sealed import write_in_order

FORMAT_VERSION = 3  # since 2 with the entry ``encoder``; 3 has weights in eight bits
IN_FLOAT = 2  # of files without
SEAL = 'jaguar_mm.sha256'
PLAIN = ('cfg', 'format')  # entries that are text as they are; ``format`` is what other readers look for


def write_publication(path: str | os.PathLike, header: Mapping[str, Any], weights: Mapping[str, Tensor]) -> None:
    """Write weights and header in one step; what is equal is written as the same bytes.

    Args:
        path: The file, ``.safetensors``.
        header: See :func:`describe`.
        weights: Tensors that may share memory or be views; the file has a copy of each.

    Raises:
        ValueError: If the header holds what JSON cannot.
    """
    texts = {key: value if key in PLAIN else _to_json(key, value) for key, value in {**header, 'format': 'pt'}.items()}
    whole = {key: value.detach().cpu().clone(memory_format=torch.contiguous_format) for key, value in weights.items()}
    write_in_order(path, save(whole, metadata={**texts, SEAL: seal_of(texts, whole)}))


def load_published(path: str | os.PathLike) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read a published model for embedding.

    Args:
        path: The file.

    Returns:
        The header, with the ``encoder`` that it describes, and the weights on the way to the embedding.

    Raises:
        ValueError: If it is no published model, is damaged, or does not describe an encoder.
    """
    try:
        with safe_open(path, framework='pt') as file:
            stored = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - it is no dict
            header, weights = restore_meta(file.metadata(), stored), in_float(stored)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise ValueError(f'{path}: cannot be read as a published model ({error})') from error
    if 'encoder' not in header:
        raise ValueError(
            f'{path}: does not say how it embeds images: it is no published model, or one of an earlier version; '
            f'publish its checkpoint again'
        )
    if 'backbone' not in header['encoder']:
        raise ValueError(f'{path}: {header["encoder"]["lacking"]}')
    return header, {key: value for key, value in weights.items() if key.startswith(('backbone.', 'neck.'))}


def restore_meta(texts: Mapping[str, str] | None, weights: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return a checkpoint's ``meta`` from the header of a published file; that of another file is returned as it is.

    Args:
        texts: The header; None if there is none.
        weights: The weights that came with it.

    Raises:
        ValueError: If the checksum does not fit, or the file is of a later version.
    """
    texts = dict(texts or {})
    if not {SEAL, 'format_version'} & texts.keys():
        return texts
    if texts.pop(SEAL, None) != seal_of(texts, weights):
        raise ValueError('its checksum does not fit: the file is damaged')
    meta: dict[str, Any] = {
        key: value if key in PLAIN else json.loads(value) for key, value in texts.items() if key != 'format'
    }
    if meta['format_version'] > FORMAT_VERSION:
        raise ValueError(f'is of version {meta["format_version"]}, known is {FORMAT_VERSION}: update jaguar_mm')
    meta['dataset_meta']['classes'] = tuple(meta['dataset_meta']['classes'])
    return meta


def seal_of(texts: Mapping[str, str], weights: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of texts, and of the names, types, shapes and values of weights."""
    names = sorted(weights)
    described = [(name, str(weights[name].dtype), list(weights[name].shape)) for name in names]
    digest = hashlib.sha256(json.dumps([sorted(texts.items()), described]).encode())
    for name in names:
        digest.update(weights[name].detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _to_json(key: str, value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except TypeError as error:
        raise ValueError(f'meta.{key} of the checkpoint cannot be published: {error}') from error
