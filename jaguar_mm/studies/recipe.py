"""A recipe on another base: the same idea with other data, another network."""

from __future__ import annotations

import ast
import os
from pathlib import Path

from jaguar_mm.storage import write_whole

BASE = '_base_'


def on_base(recipe: str | os.PathLike, root: str | os.PathLike, base: str | os.PathLike, folder: Path) -> Path:
    """Write a recipe that inherits from another base than its own.

    Args:
        recipe: The recipe; a config that inherits from ``root``, perhaps by way of other recipes.
        root: The base that recipes are written for.
        base: The config that takes its place.
        folder: Where to write; each recipe on the way is written too.

    Returns:
        The file written, or ``base`` if the recipe is ``root`` itself.

    Raises:
        ValueError: If the recipe does not inherit from ``root``.
    """
    recipe, root = Path(recipe).resolve(), Path(root).resolve()
    if recipe == root:
        return Path(base).resolve()
    text = recipe.read_text(encoding='utf-8')
    assigned = _assigned_base(ast.parse(text))
    if assigned is None:
        raise ValueError(f'{recipe}: does not inherit from {root}, by a {BASE} that is one file')
    above = on_base(recipe.parent / ast.literal_eval(assigned.value), root, base, folder).resolve()
    lines = text.splitlines()
    lines[assigned.lineno - 1 : assigned.end_lineno] = [f'{BASE} = {str(above)!r}']
    return write_whole(folder / f'{recipe.parent.name}_{recipe.name}', '\n'.join(lines) + '\n')


def _assigned_base(tree: ast.Module) -> ast.Assign | None:
    """Return the statement that names the one file that a config inherits from, None if there is none."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == BASE:
            value = node.value
            return node if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
    return None
