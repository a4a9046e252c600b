"""How a config's model embeds images, for a published file that is to work without config and OpenMMLab."""

from __future__ import annotations

from typing import Any

from jaguar_mm.encoders.preprocessing import Preprocessing
from jaguar_mm.engine.checkpoints.recorded_config import preprocessing, step_kind
from jaguar_mm.networks.embedding_network import BACKBONES, NECKS, NO_WEIGHTS


def describe_encoder(cfg: dict[str, Any]) -> dict[str, Any]:
    """Return ``backbone``, ``neck``, ``steps``, ``mean``, ``std`` and ``views``; or ``lacking``, why not.

    Args:
        cfg: A config's plain values, see :func:`~jaguar_mm.engine.checkpoints.recorded_config.parse_config`.
    """
    model = cfg['model']
    necks = model['neck'] if isinstance(model['neck'], list | tuple) else [model['neck']]
    found = preprocessing(cfg)
    lacking = [step_kind(model['backbone'])] if step_kind(model['backbone']) not in BACKBONES else []
    lacking += [step_kind(neck) for neck in necks if step_kind(neck) not in NECKS]
    if lacking:
        return {'lacking': f'its {lacking[0]} needs OpenMMLab; embed with the config and checkpoint instead'}
    try:
        Preprocessing(found['steps'])
    except ValueError as error:
        return {'lacking': str(error)}
    tta = model.get('tta') or cfg.get('tta_model')
    return {
        'backbone': {key: value for key, value in model['backbone'].items() if key not in NO_WEIGHTS},
        'neck': [dict(neck) for neck in necks],
        'steps': [dict(step) for step in found['steps']],
        'mean': found['mean'],
        'std': found['std'],
        'views': [{key: value for key, value in tta.items() if key != 'type'}] if tta else [],
    }
