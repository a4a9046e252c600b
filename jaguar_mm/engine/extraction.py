"""Pictures to embeddings, a batch at a time, each kept on disk until all are done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import torch
from mmengine.config import Config
from mmengine.dataset import default_collate
from mmengine.registry import init_default_scope
from mmengine.runner import autocast, load_checkpoint
from torch.utils.data import DataLoader, Dataset

from jaguar_mm.batches import Batches
from jaguar_mm.engine.checkpoints.contract import action_of, keep_contract
from jaguar_mm.engine.colour_order import check_colour_order
from jaguar_mm.files import file_digest
from jaguar_mm.images import picture_fingerprint
from jaguar_mm.registry import MODELS


def build_model(cfg: Config, checkpoint: str, loader: str = 'test_dataloader') -> torch.nn.Module:
    """Build a config's model for testing, on the GPU if there is one.

    Args:
        cfg: The config.
        checkpoint: A checkpoint file, or ``'none'`` for the network as it starts.
        loader: Whose pictures it is to embed.

    Raises:
        ContractError: If they are not prepared as the checkpoint's were and the config's ``BackgroundContractHook``
            is to raise; by default there is a warning.
        ValueError: If they are loaded with red and blue exchanged.
    """
    init_default_scope(cfg.get('default_scope', 'jaguar_mm'))
    model = MODELS.build(cfg.model)
    check_colour_order(cfg, model, [loader])
    if checkpoint == 'none':
        model.init_weights()
    else:
        loaded = load_checkpoint(model, checkpoint, map_location='cpu')
        keep_contract(loaded.get('meta') or {}, cfg, loader, action_of(cfg))
    return model.to('cuda' if torch.cuda.is_available() else 'cpu').eval()


def embedding_job(cfg: Config, checkpoint: str, records: Sequence[dict]) -> dict[str, str]:
    """Return all that embeddings depend on.

    Args:
        cfg: The config, overrides included.
        checkpoint: A checkpoint file or ``'none'``.
        records: ``image_name`` and ``img_path`` of the pictures.
    """
    return {
        'config': hashlib.sha256(cfg.pretty_text.encode()).hexdigest(),
        'checkpoint': 'none' if checkpoint == 'none' else file_digest(checkpoint),
        'pictures': picture_fingerprint({record['image_name']: record['img_path'] for record in records}),
    }


def embed_batches(
    model: torch.nn.Module,
    dataset: Dataset,
    plan: Sequence[Sequence[int]],
    batches: Batches,
    *,
    workers: int = 0,
    half: bool = False,
    advance: Callable[[int], None] = lambda pictures: None,
) -> None:
    """Embed the pictures of all batches that are missing.

    Args:
        model: A :class:`~jaguar_mm.models.classifiers.ReIDClassifier`; with a ``tta`` the averaged embeddings are kept.
        dataset: The pictures.
        plan: Indices of the pictures of every batch.
        batches: Where finished batches are kept.
        workers: Processes that read pictures.
        half: Whether to compute in automatic mixed precision.
        advance: Called with the number of pictures after every batch.
    """
    missing = batches.missing()
    loader = DataLoader(
        dataset, batch_sampler=[plan[batch] for batch in missing], num_workers=workers, collate_fn=default_collate
    )
    field = 'tta_embedding' if model.tta else 'embedding'
    with torch.inference_mode(), autocast(enabled=half):
        for batch, data in zip(missing, loader, strict=True):
            samples = model.test_step(data)
            embeddings = torch.stack([getattr(sample, field) for sample in samples])
            batches.keep(batch, embeddings.float().cpu().numpy())
            advance(len(samples))
