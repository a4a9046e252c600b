"""The command ``jaguar-mm VERB ...``: each verb is one module of this room."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module

VERBS = {
    'use a model': {
        'embed': 'images to embeddings',
        'rank': 'embeddings to ranked images or animals',
        'tune': 'choose expansion and re-ranking on labelled embeddings',
        'project': 'embeddings for TensorBoard',
    },
    'train one': {
        'train': 'train a model',
        'test': 'score a model; on the competition, write a submission',
        'folds': 'cross-validate',
        'compare': 'is one training better than another?',
        'background': 'does a model recognise the animal or the place?',
        'publish': 'a checkpoint as one file with a model card',
        'export-backbone': 'the weights of a backbone alone',
    },
    'look after data': {
        'check-data': 'broken and suspicious images',
        'find-duplicates': 'near-duplicates and bursts',
        'browse': 'see what training sees',
        'build-cache': 'shrink images beforehand',
        'synthesise': 'draw a competition',
        'check-submission': 'examine a submission before it is sent',
    },
}
LACKING = ('torch', 'torchvision', 'timm', 'mmengine', 'mmcv', 'mmpretrain')


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
        _run(verb)
    else:
        near = get_close_matches(verb, known, 1)
        advice = f'did you mean {near[0]}?' if near else 'jaguar-mm --help lists them'
        print(f'error: no verb {verb!r}; {advice}', file=sys.stderr)
        raise SystemExit(2)


def overview() -> str:
    """Return all verbs with what they do."""
    lines = ['jaguar-mm VERB ...   recognise individual animals from photographs', '']
    for purpose, verbs in VERBS.items():
        lines += [f'{purpose}:', *(f'  {verb:<18}{what}' for verb, what in verbs.items()), '']
    return '\n'.join([*lines, 'jaguar-mm VERB --help says more; exit codes: docs/commands.md'])


def _run(verb: str) -> None:
    """Run a verb; say which extra it needs if a package is not there."""
    try:
        module = import_module(f'jaguar_mm.cli.{verb.replace("-", "_")}')
    except ModuleNotFoundError as error:
        if (error.name or '').partition('.')[0] not in LACKING:
            raise
        raise SystemExit(
            f"error: jaguar-mm {verb} needs {error.name}, which is not installed; pip install 'jaguar_mm[train]'"
        ) from error
    module.main()
