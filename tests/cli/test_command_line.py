import argparse
import json
import sys
import warnings
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from jaguar_mm.cli.answer import answering
from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import add_image_source, add_workers, at_least_one
from jaguar_mm.cli.main import VERBS, main
from jaguar_mm.cli.progress import progress, track
from jaguar_mm.images import ImageError
from jaguar_mm.registry import MODELS
from tests.cli.running import ROOT, run


def parsed(add, *arguments):
    parser = argparse.ArgumentParser()
    add(parser)
    return parser.parse_args(arguments)


def test_there_is_a_worker_for_every_core():
    assert parsed(add_workers).workers >= 1
    assert parsed(add_workers, '--workers', '3').workers == 3


@pytest.mark.parametrize('text', ['0', '-1', 'many', '1.5', ''])
def test_a_number_of_one_or_more(text, capsys):
    with pytest.raises(argparse.ArgumentTypeError, match=f'must be at least 1, not {text}'):
        at_least_one(text)
    with pytest.raises(SystemExit):
        parsed(add_workers, '--workers', text)
    assert 'argument --workers: must be at least 1' in capsys.readouterr().err


def test_images_come_from_a_config_or_a_folder():
    assert parsed(add_image_source, 'a.py', '--sets', 'val').sets == ['val']
    assert str(parsed(add_image_source, '--folder', 'images').folder) == 'images'
    with pytest.raises(SystemExit):
        parsed(add_image_source, 'a.py', '--sets', 'nowhere')


@pytest.mark.parametrize('error', [FileNotFoundError('a.csv: not there'), ValueError('a.csv: not there')])
def test_an_error_is_one_sentence(error, capsys):
    with pytest.raises(SystemExit, match=r'^2$'), errors_in_a_sentence():
        raise error
    assert capsys.readouterr() == ('', 'error: a.csv: not there\n')


def test_a_warning_is_a_sentence_too(capsys):
    shown = warnings.showwarning
    with warnings.catch_warnings(), errors_in_a_sentence():
        warnings.simplefilter('always')
        warnings.warn('a.csv: odd', stacklevel=1)
    assert capsys.readouterr().err == 'warning: a.csv: odd\n'
    assert warnings.showwarning is shown


def test_a_worker_s_trace_is_no_part_of_the_sentence(capsys):
    said = (
        'Caught ImageError in DataLoader worker process 0.\nOriginal Traceback (most recent call last):\n  File "x.py"'
    )
    with pytest.raises(SystemExit), errors_in_a_sentence():
        raise ImageError(f'{said}\njaguar_mm.images.gate.error.ImageError: /a: b/c.png: is torn; mend it\n')
    assert capsys.readouterr().err == 'error: /a: b/c.png: is torn; mend it\n'


@pytest.mark.parametrize('config', [dict(type='Nowhere'), dict(type='GeM', q=3)])
def test_what_a_registry_says_of_a_config_is_a_sentence(config, capsys):
    with pytest.raises(SystemExit), errors_in_a_sentence():
        MODELS.build(config)
    said = capsys.readouterr().err.splitlines()[-1]  # mmpretrain may be imported for it, which warns
    assert said.startswith('error: ')
    assert ('Nowhere' in said and 'registry' in said) or ('GeM' in said and "'q'" in said)


@pytest.mark.parametrize(
    'error', [RuntimeError('a fault of ours'), KeyError('key'), TypeError('f() takes no arguments')]
)
def test_a_fault_of_ours_keeps_its_trace(error):
    with pytest.raises(type(error)), errors_in_a_sentence():
        raise error


def test_a_worker_that_was_killed_is_explained(capsys):
    with pytest.raises(SystemExit), errors_in_a_sentence():
        raise BrokenProcessPool
    assert 'a worker was killed' in capsys.readouterr().err


def test_an_answer_as_json_is_all_that_is_printed(capsys):
    for as_json in (False, True):
        with answering(as_json) as answer:
            print('a sentence')
            answer['out'] = Path('a/b.csv')
        printed = capsys.readouterr()
        assert (printed.err if as_json else printed.out) == 'a sentence\n'
        if as_json:
            assert json.loads(printed.out) == {'out': 'a/b.csv'}


def test_progress_counts_what_was_done_before(capsys):
    with progress('images', 5, done=2) as advance:
        advance()
        advance(2)
    assert 'images' in (shown := capsys.readouterr().err)
    assert '5/5' in shown


def test_results_are_passed_on_as_they_come(capsys):
    seen = []
    for result in track('images', iter('abc'), 3):
        seen.append(result)
        assert seen == list('abc')[: len(seen)]
    assert '3/3' in capsys.readouterr().err
    assert list(track('entries', [])) == []


def test_the_overview_has_every_verb_and_nothing_else():
    modules = {path.stem.replace('_', '-') for path in (ROOT / 'tools').glob('*.py')}
    assert {verb for verbs in VERBS.values() for verb in verbs} == modules
    printed = run(sys.executable, '-m', 'jaguar_mm.cli').stdout
    assert all(f'  {verb} ' in printed for verb in modules)


@pytest.mark.parametrize('verb', [verb for verbs in VERBS.values() for verb in verbs])
def test_every_verb_has_help_that_names_it_first_by_a_sentence(verb, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['jaguar-mm', verb, '--help'])
    with pytest.raises(SystemExit, match=r'^0$'):
        main()
    assert capsys.readouterr().out.startswith(f'usage: jaguar-mm {verb} ')


def test_a_tool_is_the_same_program_and_imports_nothing_for_workers():
    assert run(sys.executable, 'tools/rank.py', '--help').stdout.startswith('usage: rank.py ')
    program = "import sys, runpy; runpy.run_path('tools/build_cache.py'); sys.exit('jaguar_mm.cli' in sys.modules)"
    run(sys.executable, '-c', program)


@pytest.mark.parametrize(
    ('arguments', 'sentence'),
    [
        (
            ['--out', 'a.csv', '--gallery', 'b.safetensors', 'c.safetensors'],
            'the following arguments are required: embeddings (name it first: a flag that takes several values takes '
            'all that follow)',
        ),
        (['a.safetensors'], 'the following arguments are required: --out'),
        (['a.safetensors', '--out', 'a.csv', '--k', '0'], 'argument --k: must be at least 1, not 0'),
    ],
)
def test_a_wrong_flag_is_one_sentence(arguments, sentence, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['jaguar-mm', 'rank', *arguments])
    with pytest.raises(SystemExit, match=r'^2$'):
        main()
    assert capsys.readouterr().err == f'error: {sentence}; jaguar-mm rank --help says more\n'


def test_a_verb_that_is_not_there(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['jaguar-mm', 'rnak'])
    with pytest.raises(SystemExit, match=r'^2$'):
        main()
    assert capsys.readouterr().err == "error: no verb 'rnak'; did you mean rank?\n"


def test_a_package_that_is_not_there(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['jaguar-mm', 'train', 'a.py'])
    monkeypatch.setitem(sys.modules, 'jaguar_mm.cli.train', None)
    monkeypatch.setattr(
        'jaguar_mm.cli.main.import_module', lambda name: (_ for _ in ()).throw(ModuleNotFoundError(name='mmengine'))
    )
    with pytest.raises(SystemExit, match=r'^2$'):
        main()
    assert "needs mmengine, which is not installed; pip install 'jaguar_mm[train]'" in capsys.readouterr().err
