"""What local matching adds on drawn animals that training has not seen, five images each, of one flank or of both.

taskset -c 1 python benchmarks/local_matching.py

Encoders: the one that comes in a package ("built-in"), the shipped encoder of drawn animals as it is ("untrained"),
and v3 at CPU size trained on 16 other animals of both flanks. Spots are compared as chosen on held-out nyala (trust 2).
Every step runs the very tool that a user would run; what is done is not repeated. Writes results/local_synthetic.csv.
"""

from __future__ import annotations

import csv
from pathlib import Path

from running import ROOT, SCORES, run_tool, scored

from jaguar_mm.storage import csv_text, load_embeddings, save_embeddings, write_whole

WORK, RESULTS = ROOT / 'work_dirs' / 'local_matching', ROOT / 'benchmarks' / 'results' / 'local_synthetic.csv'
CONFIG = 'configs/synthetic/v3_resnet10t_gem.py'
STAGES = ['LNBNN', "LocalMatching:k=15,trust=2,stages=('raw',)"]


def drawn(name: str, seed: int, flanks: int, identities: int, train: int, test: int) -> Path:
    """Return the folder of a competition, drawn unless it is there."""
    folder = WORK / name
    if not folder.exists():
        counts = ('--identities', identities, '--train-per-identity', train, '--test-per-identity', test)
        run_tool('synthesise', '--out', folder, '--seed', seed, '--flanks', flanks, *counts)
    return folder


def trained() -> Path:
    """Return the checkpoint of v3, trained unless it is there."""
    data, work = drawn('training', seed=20, flanks=2, identities=16, train=40, test=12), WORK / 'v3'
    last = work / 'last_checkpoint'
    if not last.exists():
        options = ('--no-validate', '--cfg-options', f'data_root={str(data)!r}')
        run_tool('train', CONFIG, '--work-dir', work, *options)
    return Path(last.read_text(encoding='utf-8').strip())


def embedded(encoder: str, data: Path) -> Path:
    """Return the embeddings of a competition's test images with identity and flank, made unless they are there."""
    out = WORK / f'{data.name}_{encoder}.safetensors'
    if out.exists():
        return out
    made = out.with_suffix('.made.safetensors')
    if encoder == 'built-in':
        run_tool('embed', 'built-in', '--folder', data / 'test' / 'test', '--out', made)
    else:
        checkpoint = trained() if encoder == 'v3' else 'none'
        run_tool('embed', CONFIG, checkpoint, '--out', made, '--cfg-options', f'data_root={str(data)!r}')
    images = load_embeddings(made)
    with (data / 'metadata.csv').open(encoding='utf-8') as file:
        known = {row['filename']: row for row in csv.DictReader(file)}
    columns = {name: [known[Path(each).name][name] for each in images.names] for name in ('identity', 'flank')}
    save_embeddings(out, images.with_columns(**columns))
    return out


def main() -> None:
    """Draw, train, embed, score, write."""
    rows = []
    for name, flanks in (('one flank', 1), ('both flanks', 2)):
        data = drawn(name.replace(' ', '_'), seed=21, flanks=flanks, identities=40, train=1, test=5)
        for encoder in ('built-in', 'untrained', 'v3'):
            out = WORK / f'{data.name}_{encoder}.csv'
            rows += [[name, encoder, *scores] for scores in scored(embedded(encoder, data), STAGES, out)]
    write_whole(RESULTS, csv_text(['competition', 'encoder', *SCORES], rows))
    print(RESULTS.read_text(encoding='utf-8'))


if __name__ == '__main__':
    main()
