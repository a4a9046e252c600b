import argparse

import pytest
from mmengine.config import DictAction

from jaguar_mm.configs import ConfigError, add_config_options, parse_options


def value(text):
    return parse_options([f'a.b={text}'])['a.b']


@pytest.mark.parametrize(
    'text',
    ['1', '-1', '1e-3', '.5', '2.', 'inf', 'true', 'False', 'None', 'none', 'a', '', 'a,b', '1,2.5', '[a,b]', '(1,2)'],
)
@pytest.mark.parametrize('around', ['{}', '[{},b]', '({},1)'])
def test_values_are_read_as_mmengine_reads_them(text, around):
    text = around.format(text) if text else text
    action = DictAction([], 'options')
    namespace = argparse.Namespace()
    action(argparse.ArgumentParser(), namespace, [f'key={text}'])
    assert repr(value(text)) == repr(namespace.options['key'])


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('/My Drive/a b', '/My Drive/a b'),
        ("/O'Higgins", "/O'Higgins"),
        ("/a/'b'", "/a/'b'"),
        ('2024_01', '2024_01'),
        ('007', '007'),
        ("'/a,b/c'", '/a,b/c'),
        ("'12'", '12'),
        ('jaguars (new)/x', 'jaguars (new)/x'),
        ('jaguars (a,b)', 'jaguars (a,b)'),
        ('a) b', 'a) b'),
        ('[x', '[x'),
        ("[{'type': 'Cosine', 'name': 'raw'}]", [{'type': 'Cosine', 'name': 'raw'}]),
        ("{'k': (1, None)}", {'k': (1, None)}),
        ('[a b, c]', ['a b', 'c']),
        ('{x}', '{x}'),
        ("'unclosed", "'unclosed"),
        ('jaguár', 'jaguár'),
    ],
)
def test_names_and_paths_stay_whole(text, expected):
    assert value(text) == expected
    assert type(value(text)) is type(expected)


@pytest.mark.parametrize('text', ['foo', '=3', 'a..b=1', '.a=1', ''])
def test_an_option_without_a_key_is_named(text, capsys):
    with pytest.raises(ConfigError, match='write KEY=VALUE, not'):
        parse_options([text])
    parser = argparse.ArgumentParser()
    add_config_options(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(['--cfg-options', text])
    assert 'write KEY=VALUE' in capsys.readouterr().err


def test_the_flag_can_be_given_twice():
    parser = argparse.ArgumentParser()
    add_config_options(parser)
    assert parser.parse_args([]).cfg_options is None
    given = parser.parse_args(['--cfg-options', 'a=1', 'b.c=x', '--cfg-options', 'a=2'])
    assert given.cfg_options == {'a': 2, 'b.c': 'x'}
