"""The model card of a published model: what a user in the field must know, from its record alone."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

BACKGROUNDS = {
    'keep': 'the background stays as it is; no alpha channel is needed',
    'random': 'a random background replaces what the alpha channel leaves out',
    'blur': "the image's own background, blurred, replaces what the alpha channel leaves out",
    'mean': 'the mean colour of ImageNet replaces what the alpha channel leaves out',
    'black': 'black replaces what the alpha channel leaves out',
}
WITHOUT_ALPHA = {
    'raise': '**an image without an alpha channel that outlines the animal is refused**',
    'keep': 'an image without an alpha channel is taken as it is',
}
MEANINGS = {  # last part of a metric's name
    'mAP_ib': 'mean average precision, every individual counting alike',
    'mAP': 'mean average precision, every query counting alike',
    'CMC@1': 'share of queries whose best match is right',
    'CMC@5': 'share of queries with a right one among the 5 best matches',
    'CMC@10': 'share of queries with a right one among the 10 best matches',
    'mINP': 'how early the hardest right match comes',
    'pair_AUC': 'area under the ROC curve over pairs of images',
    'pair_AP': 'average precision over pairs of images',
    'TPR@0.001': 'share of pairs of one individual that are found while 1 in 1,000 others is taken for one',
    'pearson': 'correlation of similarity and truth over pairs of images',
}
TEMPLATE = """\
# {{ stem }}

Tells individual animals apart in photographs: it turns an image into {{ embedding_width }} numbers (an embedding), and
the more alike the embeddings of two images, the more likely both show the same individual. Trained with jaguar_mm to
tell {{ dataset_meta.classes | length }} classes apart\
{% if network %}, with the network {{ network | code }}{% endif %}.

## How to use it

The config lies inside the file. A config is a Python program: take it only from someone you trust. Write it out once:

```
python -c "import sys; from safetensors import safe_open; print(safe_open(sys.argv[1], 'pt').metadata()['cfg'])" \
{{ file }} > {{ config }}
```

Embed a folder of images and find the nearest images of each:

```
jaguar-mm embed {{ config }} {{ file }} --folder FOLDER --out embeddings.safetensors --cfg-options {{ options }}
jaguar-mm rank embeddings.safetensors --out matches.csv
```

Score it on labelled images laid out as those it was trained on (FOLDER takes the place of their folder):

```
jaguar-mm test {{ config }} {{ file }} --work-dir {{ work_dir }} --cfg-options {{ options }} \
test_dataloader.dataset.data_root=FOLDER
```

## Images

{% if background.testing %}
{% for mask in background.testing %}
- Background: {{ mask.background | code }}: {{ backgrounds.get(mask.background, 'not known to this version') }}\
{% if mask.background != 'keep' %}; {{ without_alpha.get(mask.missing_alpha) }}{% endif %}.
{% endfor %}
{% else %}
- Background: the config has no `AlphaMask` step, so nothing is put behind the animal.
{% endif %}
{% if preprocessing.input_size %}
- The network sees images of {{ preprocessing.input_size[0] }} x {{ preprocessing.input_size[1] }} pixels (width x
  height); larger and smaller ones are resized to it.
{% endif %}
- Steps, in this order:
{% for step in preprocessing.steps %}
  - {{ step | call | code }}
{% endfor %}
{% if preprocessing.mean and preprocessing.std %}
- Then the mean {{ preprocessing.mean | numbers }} is subtracted and the result divided by the standard deviation
  {{ preprocessing.std | numbers }} (red, green, blue, of 0 to 255).
{% endif %}

## What it was trained on

{% if training_set %}
- {{ training_set.images }} images of {{ training_set.identities }} individuals. Images in each part of the split:
  {% for part, count in training_set.split.items() %}{{ part | code }} {{ count }}\
{{ ', ' if not loop.last }}{% endfor %}.
- Fingerprint of the training images: `{{ training_set.fingerprint }}` (SHA-256 of their names, sizes, and first and
  last 64 KiB). Other images, or another selection, have another one.
{% else %}
- How many images, and which ones, is not on record.
{% endif %}
{% for mask in background.training %}
- Background in training: {{ mask.background | code }}: \
{{ backgrounds.get(mask.background, 'not known to this version') }}\
{% if mask.background == 'random' %} (one of {{ mask.kinds | join(', ') | code }}){% endif %}.
{% else %}
- Background in training: the config has no `AlphaMask` step.
{% endfor %}
- Classes: {% for name in dataset_meta.classes %}{{ name | code }}{{ ', ' if not loop.last }}{% endfor %}.

## Scores

{% if scores.last %}
Of the last validation, \
{{ 'of these weights' if scores.of_these_weights else '**perhaps of other weights than these**' }}. A row without the
name of a stage (`raw`, ...) is of the last stage of the config's evaluator.

| metric | value | meaning |
|---|---|---|
{% for metric, value in scores.last.items() %}
| {{ metric | code }} | {{ '%.4f' | format(value) }} | {{ meanings.get(metric.rpartition('/')[2], '') }} |
{% endfor %}

1 is perfect where a meaning is given. They are of one run, with the seed {{ seed }}: how much they vary from
run to run is not on record.
{% else %}
No validation is on record.
{% endif %}
{% if 'best' in scores %}

The best validation of the run until then had {{ scores.best.metric | code }} {{ '%.4f' | format(scores.best.value) }} \
({{ scores.best.checkpoint | code }}).
{% endif %}

## Limits

- Apart from these scores nothing is on record of how well it does, for instance on other individuals, places, cameras
  or species. Score it on labelled images of your own before you rely on it.
- It ranks images by likeness; it does not say whether an animal is known at all. Have people look at its matches.

## Origin

- Checkpoint {{ source.file | code }} after {{ epoch }} epochs ({{ iter }} steps), SHA-256 `{{ source.sha256 }}`.
- Published with {% for name, version in published_with.items() %}{{ name }} {{ version }}\
{{ ', ' if not loop.last }}{% endfor %}.
- All of this, and the whole config, is in the header of `{{ file }}`, under a checksum.
"""


def model_card(file: str, header: Mapping[str, Any]) -> str:
    """Return the card as Markdown.

    Args:
        file: Name of the published file.
        header: What it says of itself, see :func:`~jaguar_mm.engine.checkpoints.publication.describe`.
    """
    stem = PurePath(file).stem
    optional = {'training_set': None, 'seed': 'not on record', 'epoch': 'unknown', 'iter': 'unknown'}
    names = {'file': file, 'config': f'{stem}_config.py', 'work_dir': f'work_dirs/{stem}'}
    start = ' model.backbone.pretrained=False model.backbone.checkpoint_path=' if header['network'] else ''
    texts = {'backgrounds': BACKGROUNDS, 'without_alpha': WITHOUT_ALPHA, 'meanings': MEANINGS}
    quoted = {name: shlex.quote(text) for name, text in names.items()}
    return _template().render(
        {**optional, **header, **texts, **quoted, 'stem': stem, 'options': f'resume=False{start}'}
    )


def _template() -> Template:
    environment = Environment(
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined
    )
    environment.filters |= {'code': _code, 'call': _call, 'numbers': _numbers}
    return environment.from_string(TEMPLATE)


def _code(value: object) -> str:
    """Return a text as Markdown shows it letter by letter, on one line."""
    return '`' + ' '.join(str(value).replace('`', "'").split()) + '`'


def _call(step: Mapping[str, Any]) -> str:
    """Return a transform's config as a call."""
    return f'{step["type"]}({", ".join(f"{name}={value!r}" for name, value in step.items() if name != "type")})'


def _numbers(values: Sequence[float]) -> str:
    return ', '.join(f'{value:g}' for value in values)
