"""A tool that writes a table, an image or a config refuses a name that says otherwise, before it looks at anything."""

import argparse
from pathlib import Path

import pytest

from jaguar_mm.cli.flags import output_file
from jaguar_mm.cli.main import main
from tests.cli.running import tool

ABSENT = 'absent'
REFUSED = [
    ('rank', [ABSENT, '--out', 'r.xlsx'], '.csv'),
    ('rank', [ABSENT, '--out', 'r'], '.csv'),
    ('check-data', [ABSENT, '--out', 'r.xlsx'], '.csv'),
    ('find-duplicates', [ABSENT, '--out', 'r.tsv'], '.csv'),
    ('find-duplicates', [ABSENT, '--out', 'r.csv', '--sheet', 'sheet.png'], '.jpg or .jpeg'),
    ('tune', [ABSENT, '--out', 'stages.json'], '.py'),
    ('browse', [ABSENT, '--out', 'sheet.png'], '.jpg or .jpeg'),
    ('browse', [ABSENT, '--counts', 'counts.jpg'], '.png'),
    ('synthesise', ['--contact-sheet', 'sheet.png'], '.jpg or .jpeg'),
    ('compare', [ABSENT, ABSENT, '--out', 'r.csv'], '.json'),
    ('embed', [ABSENT, 'none', '--out', 'test.pkl'], '.safetensors'),
    ('publish', [ABSENT, '--out', 'model.pth'], '.safetensors'),
    ('export-backbone', [ABSENT, '--out', 'model.pth'], '.safetensors'),
    ('train-matcher', [ABSENT, '--out', 'matcher.pt'], '.safetensors'),
    ('test', [ABSENT, 'none', '--out', 'r.json'], '.pkl or .pickle'),
    (
        'test',
        [ABSENT, 'none', '--out', 'r.csv', '--out-item', 'metrics'],
        '.json or .yaml or .yml or .pkl or .pickle',
    ),
]


@pytest.mark.parametrize(('name', 'arguments', 'written'), REFUSED)
def test_another_ending_is_refused_with_what_is_written(name, arguments, written, monkeypatch, capsys):
    monkeypatch.setattr('sys.argv', ['jaguar-mm', name, *arguments])
    with pytest.raises(SystemExit, match='2'):
        main()
    assert f'what is written is {written}; choose such a name' in capsys.readouterr().err


def test_the_file_is_named_in_the_sentence():
    done = tool('rank', ABSENT, '--out', 'r.xlsx', check=False)
    assert done.returncode == 2
    said = 'argument --out: r.xlsx: what is written is .csv; choose such a name'
    assert done.stderr == f'error: {said}; jaguar-mm rank --help says more\n'


@pytest.mark.parametrize('text', ['a.xlsx', 'a', 'csv', '.csv', 'a.csv.gz', 'a.CSV'])
def test_what_is_no_such_ending(text):
    with pytest.raises(argparse.ArgumentTypeError, match=r'^.*: what is written is \.csv'):
        output_file('.csv')(text)


def test_a_fitting_name_becomes_a_path():
    assert output_file('.jpg', '.jpeg')('a b/é.x.jpeg') == Path('a b/é.x.jpeg')


@pytest.mark.parametrize(
    ('verb', 'arguments'),
    [
        ('embed', ['m.safetensors', '--folder', '.', '--out', './m.safetensors']),
        ('embed', ['c.py', 'm.safetensors', '--out', 'm.safetensors']),
        ('publish', ['m.safetensors', '--out', 'm.safetensors']),
        ('export-backbone', ['m.safetensors', '--out', 'sub/../m.safetensors']),
        ('find-duplicates', ['t.csv', '--out', 't.csv']),
        ('tune', ['c.py', 'v.safetensors', '--out', 'c.py']),
    ],
)
def test_nothing_that_is_read_is_overwritten(verb, arguments, monkeypatch, capsys):
    monkeypatch.setattr('sys.argv', ['jaguar-mm', verb, *arguments])
    with pytest.raises(SystemExit, match='2'):
        main()
    assert 'is read too and would be overwritten; choose another name' in capsys.readouterr().err
