"""Config files, read as MMEngine reads them but from their syntax tree instead of by replacing text.

So a place-holder may stand for any path: quotes, backslashes and braces in it are no syntax. Statements run one by one,
which lets the caller replace a variable where it is set; whatever is made from it afterwards follows. In this way a
variable that a file sets acts also on what its bases make from it, and of several bases a later one overrides an
earlier one as a file that inherits would. YAML, JSON and Python configs with imports (``read_base``) are left to
MMEngine.
"""

from __future__ import annotations

import ast
import os
import re
import types
from collections.abc import Iterator, Sequence

from mmengine.config import Config
from mmengine.utils import import_modules_from_strings

from jaguar_mm.configs.error import ConfigError
from jaguar_mm.configs.inheritance import Replace, inherited, overridden_by, variables_of
from jaguar_mm.configs.shipped import PREFIX, locate

BASE = '_base_'
PREDEFINED = re.compile(r'\{\{\s*(fileDirname|fileBasename|fileBasenameNoExtension|fileExtname)\s*\}\}')
ENVIRONMENT = re.compile(r'\{\{\s*\$(\w+)\s*:\s*(\S*?)\s*\}\}')


def read_file(path: str | os.PathLike, replace: Replace = lambda name, value: value) -> Config:
    """Read a config and all that it inherits from.

    Args:
        path: The config; ``jaguar_mm::eva02_gem.py`` is one of the project's own.
        replace: Called with the name and the value of every variable when it is set, in bases too; returns the value
            that it gets.

    Raises:
        FileNotFoundError: If there is no such file.
        ConfigError: If it cannot be read.
    """
    place = os.path.abspath(os.path.expanduser(locate(os.fspath(path))))
    settings = _read(place, replace, ())
    if imports := settings.get('custom_imports'):
        try:
            import_modules_from_strings(**imports)
        except ImportError as error:
            raise ConfigError(f'{path}: custom_imports: {error}; put the folder of the module on PYTHONPATH') from error
    return Config(settings, filename=place)


def _read(path: str, replace: Replace, above: tuple[str, ...]) -> dict:
    """Return the settings of one file, merged into those of its bases."""
    if path in above:
        raise ConfigError(f'{path}: inherits from itself, by way of {above[-1]}')
    if not os.path.isfile(path):
        raise FileNotFoundError(f'{path}: no such config' + (f'; {above[-1]} inherits from it' if above else ''))
    tree = _parse(path) if path.endswith('.py') else None
    if tree is None or Config._is_lazy_import(path):
        return Config.fromfile(path).to_dict()
    bases = _bases(tree, path)
    seen = _read_bases(bases, path, replace, above) if _looks_at_bases(tree) else {}  # as they are without this file
    own = _run(tree, path, Config(seen), replace)
    return _merged(_read_bases(bases, path, overridden_by(own, replace), above), own, path)


def _read_bases(bases: Sequence[str], path: str, replace: Replace, above: tuple[str, ...]) -> dict:
    """Return the settings of a file's bases, each merged into those before it."""
    if not bases:
        return {}
    *earlier, base = bases
    foreign = '::' in base and not base.startswith(PREFIX)
    settings = _external(base) if foreign else _read(_beside(path, locate(base)), replace, (*above, path))
    return _merged(_read_bases(earlier, path, overridden_by(settings, replace), above), settings, path)


def _merged(below: dict, settings: dict, path: str) -> dict:
    """Return settings merged into those that they inherit."""
    variables = variables_of(settings)
    merged = Config(below | {name: inherited(below.get(name), value) for name, value in variables.items()})
    try:
        others = {name: value for name, value in settings.items() if name not in variables}
        merged.merge_from_dict(others, allow_list_keys=False)
    except TypeError as error:
        raise ConfigError(f'{path}: {error}') from error
    return merged.to_dict()


def _looks_at_bases(tree: ast.Module) -> bool:
    """Return whether a file asks for what its bases set."""
    return any(isinstance(node, ast.Name) and node.id == BASE for node in ast.walk(tree))


def _parse(path: str) -> ast.Module:
    with open(path, encoding='utf-8') as file:
        text = file.read()
    try:
        return ast.parse(text, path)
    except (SyntaxError, ValueError) as error:
        raise ConfigError(f'{path}, line {getattr(error, "lineno", "?")}: {getattr(error, "msg", error)}') from error


def _bases(tree: ast.Module, path: str) -> list[str]:
    """Take the statement ``_base_ = ...`` out of a file and return what it names."""
    found = [node for node in tree.body if isinstance(node, ast.Assign) and BASE in _assigned(node)]
    tree.body = [node for node in tree.body if node not in found]
    names: list[str] = []
    for node in found:
        value = eval(compile(ast.Expression(_Placeholders(path).visit(node.value)), path, 'eval'))
        names = list(value) if isinstance(value, list | tuple) else [value]
    return names


def _beside(path: str, base: str) -> str:
    return os.path.normpath(os.path.join(os.path.dirname(path), base))


def _external(base: str) -> dict:
    """Return a config of another package, ``package::path``."""
    return Config.fromstring(f'_base_ = [{base!r}]', '.py').to_dict()


def _run(tree: ast.Module, path: str, bases: Config, replace: Replace) -> dict:
    """Run the statements of a file and return what they set."""
    names: dict = {BASE: bases}
    for node in _Placeholders(path).visit(tree).body:
        try:
            exec(compile(ast.Module([node], []), path, 'exec'), names)
        except Exception as error:
            raise ConfigError(f'{path}, line {node.lineno}: {type(error).__name__}: {error}') from error
        for name in set(_assigned(node)) & names.keys() - {BASE}:
            names[name] = replace(name, names[name])
    kinds = types.FunctionType, types.ModuleType
    return {name: it for name, it in names.items() if name[:2] != '__' and name != BASE and not isinstance(it, kinds)}


def _assigned(node: ast.AST) -> Iterator[str]:
    """Yield the variables that a statement sets."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id


class _Placeholders(ast.NodeTransformer):
    """Put values in the place of ``{{ fileDirname }}`` and its kin, ``{{ $NAME:default }}`` and ``{{_base_.name}}``.

    Args:
        path: The file that has them.
    """

    def __init__(self, path: str) -> None:
        folder, name = os.path.split(path)
        stem, ending = os.path.splitext(name)
        self.path = path
        self.values = dict(fileDirname=folder, fileBasename=name, fileBasenameNoExtension=stem, fileExtname=ending)

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        """Put values into a text."""
        if not isinstance(node.value, str) or '{{' not in node.value:
            return node
        if re.search(r'\{\{\s*' + BASE, node.value):
            raise ConfigError(f"{self.path}, line {node.lineno}: within a text write f'{{{BASE}.name}}'")
        text = PREDEFINED.sub(lambda found: self.values[found[1]], ENVIRONMENT.sub(self._environment, node.value))
        return ast.copy_location(ast.Constant(text), node)

    def visit_Set(self, node: ast.Set) -> ast.expr:
        """Put a value in the place of a whole expression, which Python reads as a set in a set."""
        inner = node.elts[0]
        if len(node.elts) > 1 or not isinstance(inner, ast.Set) or len(inner.elts) > 1:
            return self.generic_visit(node)
        held = inner.elts[0]
        if isinstance(held, ast.Name) and held.id in self.values:
            return ast.copy_location(ast.Constant(self.values[held.id]), node)
        if isinstance(held, ast.Constant) and (found := ENVIRONMENT.fullmatch(f'{{{{{held.value}}}}}')):
            return ast.copy_location(_literal(self._environment(found)), node)
        return self.visit(held)

    def _environment(self, found: re.Match) -> str:
        name, default = found.groups()
        value = os.environ.get(name, default)
        if not value:
            raise ConfigError(f'{self.path}: set the environment variable {name}')
        return value


def _literal(text: str) -> ast.expr:
    """Return a text as the Python value that it is, else as text."""
    try:
        return ast.Constant(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return ast.Constant(text)
