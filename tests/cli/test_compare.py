import json

from tests.cli.running import refused, tool


def write_report(work, scores, subset='val', stages=('raw', '+QE')):
    folder = work / 'reports' / subset
    folder.mkdir(parents=True)
    lines = [','.join(['identity', 'queries', *(f'mAP {stage}' for stage in stages)])]
    lines += [','.join([f'animal {n}', '3', *(str(score) for _ in stages)]) for n, score in enumerate(scores)]
    (folder / 'identities.csv').write_text('\n'.join(lines) + '\n')


def test_seeds_are_paired_and_the_verdict_is_in_words(tmp_path):
    for seed in range(3):
        write_report(tmp_path / 'a' / f'seed_{seed}', [0.5 + 0.01 * n + 0.02 * seed for n in range(20)])
        write_report(tmp_path / 'b' / f'seed_{seed}', [0.6 + 0.01 * n + 0.02 * seed for n in range(20)])
    done = tool('compare', tmp_path / 'a', tmp_path / 'b', '--out', tmp_path / 'out.json')
    assert 'verdict: real: B is better' in done.stdout
    figures = json.loads((tmp_path / 'out.json').read_text())
    assert abs(figures['difference'] - 0.1) < 1e-12
    assert (figures['runs'], figures['identities']) == (3, 20)


def test_two_stages_of_one_training_are_compared(tmp_path):
    report = tmp_path / 'a' / 'reports' / 'val' / 'identities.csv'
    report.parent.mkdir(parents=True)
    rows = [f'animal {n},3,{0.5 + 0.01 * n},{0.4 + 0.01 * n}\n' for n in range(20)]
    report.write_text('identity,queries,mAP raw,mAP +QE\n' + ''.join(rows))
    done = tool('compare', tmp_path / 'a', tmp_path / 'a', '--stage', 'raw', '+QE')
    assert 'verdict: real: B is worse, as far as one run can tell' in done.stdout
    done = tool('compare', tmp_path / 'a', tmp_path / 'a', '--stage', '+QE')
    assert 'verdict: within noise' in done.stdout
    done = tool('compare', tmp_path / 'a', tmp_path / 'a', '--stage', 'raw', '+QE', 'raw', check=False)
    assert '--stage takes one stage, or one of A and one of B, not 3' in done.stderr


def test_what_is_missing_is_named(tmp_path):
    write_report(tmp_path / 'a', [0.5])
    done = refused('compare', tmp_path / 'a', tmp_path / 'b')
    assert done.returncode == 2
    assert 'reports/val/identities.csv' in done.stderr
    write_report(tmp_path / 'b' / 'seed_0', [0.5])
    done = refused('compare', tmp_path / 'a', tmp_path / 'b')
    assert 'have not the same runs' in done.stderr
    done = refused('compare', tmp_path / 'a', tmp_path / 'a', '--stage', '+magic')
    assert "has no stage '+magic', only raw, +QE" in done.stderr
