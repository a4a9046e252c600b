"""The project's registry nodes, children of mmpretrain's.

A config with ``default_scope = 'jaguar_mm'`` finds a type here first, then in mmpretrain, then in MMEngine.
Both packages are listed as locations: a child whose parent was never imported would fall through to MMEngine and
silently build another class of the same name (``EMAHook`` is the known case).
"""

from __future__ import annotations

import io
import os
import warnings
from contextlib import redirect_stdout

os.environ.setdefault('NO_ALBUMENTATIONS_UPDATE', '1')  # mmpretrain imports it, and it would ask the network for news
warnings.filterwarnings('ignore', 'Fail to import ``MultiScaleDeformableAttention``')  # mmcv-lite has none; nor have we
with redirect_stdout(io.StringIO()):  # mmpretrain says at every import that it found no OneDL
    import mmpretrain.datasets  # noqa: F401
    import mmpretrain.registry as mmpretrain_registry
    from mmengine.registry import Registry

SCOPE = 'jaguar_mm'


def _child(parent: Registry, room: str, *others: str) -> Registry:
    """Make the child of one mmpretrain registry, fed by the room of the same name in both packages, and by others."""
    own = [f'{SCOPE}.{room}'] if room != 'visualization' else []  # we have no such room
    return Registry(parent.name, parent=parent, scope=SCOPE, locations=[f'mmpretrain.{room}', *own, *others])


DATASETS = _child(mmpretrain_registry.DATASETS, 'datasets')
TRANSFORMS = _child(mmpretrain_registry.TRANSFORMS, 'datasets')
MODELS = _child(mmpretrain_registry.MODELS, 'models')
METRICS = _child(mmpretrain_registry.METRICS, 'evaluation')
WEIGHT_INITIALIZERS = _child(
    mmpretrain_registry.WEIGHT_INITIALIZERS, 'models', f'{SCOPE}.engine.checkpoints.pretrained'
)
HOOKS = _child(mmpretrain_registry.HOOKS, 'engine')
DATA_SAMPLERS = _child(mmpretrain_registry.DATA_SAMPLERS, 'datasets')
LOOPS = _child(mmpretrain_registry.LOOPS, 'engine')
RUNNERS = _child(mmpretrain_registry.RUNNERS, 'engine')
OPTIM_WRAPPERS = _child(mmpretrain_registry.OPTIM_WRAPPERS, 'engine')
BATCH_AUGMENTS = _child(mmpretrain_registry.BATCH_AUGMENTS, 'models')

# Nothing of ours is registered in these; without a child of this scope the runner would not look in mmpretrain.
EVALUATORS = _child(mmpretrain_registry.EVALUATORS, 'evaluation')
LOG_PROCESSORS = _child(mmpretrain_registry.LOG_PROCESSORS, 'engine')
MODEL_WRAPPERS = _child(mmpretrain_registry.MODEL_WRAPPERS, 'models')
OPTIM_WRAPPER_CONSTRUCTORS = _child(mmpretrain_registry.OPTIM_WRAPPER_CONSTRUCTORS, 'engine')
OPTIMIZERS = _child(mmpretrain_registry.OPTIMIZERS, 'engine')
PARAM_SCHEDULERS = _child(mmpretrain_registry.PARAM_SCHEDULERS, 'engine')
VISBACKENDS = _child(mmpretrain_registry.VISBACKENDS, 'visualization')
VISUALIZERS = _child(mmpretrain_registry.VISUALIZERS, 'visualization')

STAGES = Registry('retrieval stage', scope=SCOPE, locations=[f'{SCOPE}.evaluation'])
FOCUSES = Registry('focus of a loss', scope=SCOPE, locations=[f'{SCOPE}.models'])
LOSSES = Registry('loss', scope=SCOPE, locations=[f'{SCOPE}.models'])  # mmpretrain's take class scores, ours embeddings
