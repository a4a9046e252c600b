"""What the built-in encoder and local matching find on real animals, with nothing trained: nyala, then cattle.

taskset -c 1 python benchmarks/out_of_the_box.py

data/nyala and data/opencows have images and grouped.csv, by jaguar-mm find-duplicates. Test images of nyala are looked
for among its training images, test images of cattle among each other. The last stage on nyala is what jaguar-mm rank
FOLDER does; the others are its parts. Every step runs the very tool that a user would run; what is done is not
repeated. Writes results/out_of_the_box.csv.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from running import ROOT, SCORES, run_tool, scored

from jaguar_mm.storage import csv_text, load_embeddings, save_embeddings, write_whole

WORK, RESULTS = ROOT / 'work_dirs' / 'out_of_the_box', ROOT / 'benchmarks' / 'results' / 'out_of_the_box.csv'
STAGES = {
    'nyala': [
        'LNBNN:masks=True',
        "LocalMatching:k=50,masks=True,stages=('raw',)",
        "LocalMatching:k=50,trust=None,masks=True,stages=('raw',),name='spots alone'",
        "LocalMatching:k=25,masks=True,stages=('raw','+LNBNN'),name='candidates of both'",
    ],
    'opencows': ['LocalMatching:k=10'],  # cut to the animal
}
ROLES = dict(train='gallery', test='query')


def table(data: str) -> dict[str, dict[str, str]]:
    """Return what is known of each image that takes part, by its path below the folder images."""
    with (ROOT / 'data' / data / 'grouped.csv').open(encoding='utf-8') as file:
        rows = {row['path'].removeprefix('images/'): row for row in csv.DictReader(file)}
    if data == 'opencows':
        return {path: dict(identity=row['identity']) for path, row in rows.items() if row['split'] == 'test'}
    return {
        path: dict(
            identity=row['identity'],
            flank=row['side'],
            encounter=row['sighting'],
            group=row['group'],
            role=ROLES[row['split']],
        )
        for path, row in rows.items()
    }


def embedded(data: str) -> Path:
    """Return the embeddings of the images that take part with what is known of them, made unless they are there."""
    out = WORK / f'{data}.safetensors'
    if out.exists():
        return out
    made, folder, known = WORK / f'{data}_made.safetensors', WORK / data, table(data)
    for path in known:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / 'data' / data / 'images' / path, folder / path)
    run_tool('embed', 'built-in', '--folder', folder, '--out', made)
    found = load_embeddings(made)
    rows = [known[Path(path).relative_to(folder).as_posix()] for path in found.columns['path']]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    save_embeddings(out, found.with_columns(**columns))
    return out


def main() -> None:
    """Embed, score, write."""
    rows = []
    for data, stages in STAGES.items():
        rows += [[data, *scores] for scores in scored(embedded(data), stages, WORK / f'{data}.csv')]
    write_whole(RESULTS, csv_text(['data', *SCORES], rows))
    print(RESULTS.read_text(encoding='utf-8'))


if __name__ == '__main__':
    main()
