"""The project's registry nodes, children of mmpretrain's.

A config with ``default_scope = 'jaguar_mm'`` finds a type here first, then in mmpretrain, then in MMEngine.
Both packages are listed as locations: a child whose parent was never imported would fall through to MMEngine and
silently build another class of the same name (``EMAHook`` is the known case).
"""

from __future__ import annotations

import mmpretrain.registry as mmpretrain_registry
from mmengine.registry import Registry

SCOPE = 'jaguar_mm'


def _child(parent: Registry, room: str) -> Registry:
    """Make the child of one mmpretrain registry, fed by the room of the same name in both packages."""
    return Registry(parent.name, parent=parent, scope=SCOPE, locations=[f'mmpretrain.{room}', f'{SCOPE}.{room}'])


DATASETS = _child(mmpretrain_registry.DATASETS, 'datasets')
TRANSFORMS = _child(mmpretrain_registry.TRANSFORMS, 'datasets')
MODELS = _child(mmpretrain_registry.MODELS, 'models')
METRICS = _child(mmpretrain_registry.METRICS, 'evaluation')
HOOKS = _child(mmpretrain_registry.HOOKS, 'engine')

STAGES = Registry('retrieval stage', scope=SCOPE, locations=[f'{SCOPE}.evaluation'])
