"""The IAM actions that a composition root needs: those that the adapters it names declare."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_ACTION = re.compile(r"[a-z0-9-]+:[A-Z][A-Za-z]+")


def declared_actions(bootstrap: str, functions: Iterable[str] | None = None) -> set[str]:
    """Of the adapters that the file uses, or only those that the functions named use."""
    tree = ast.parse((ROOT / bootstrap).read_text())
    adapters = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("shared.aws.")
        for alias in node.names
    }
    wanted = None if functions is None else set(functions)
    parts: list[ast.AST] = [
        node
        for node in tree.body
        if wanted is None or (isinstance(node, ast.FunctionDef) and node.name in wanted)
    ]
    if wanted is not None:
        assert len(parts) == len(wanted), f"{bootstrap} has not all of {sorted(wanted)}"
    used = {node.id for part in parts for node in ast.walk(part) if isinstance(node, ast.Name)}
    return {action for name in adapters.keys() & used for action in _declared(*adapters[name])}


def _declared(module: str | None, name: str) -> set[str]:
    """The actions in the ``IAM:`` paragraph of a class, of what it inherits, or of its module."""
    found = getattr(importlib.import_module(module or ""), name)
    if not inspect.isclass(found):
        return set()
    return set().union(*(_actions(parent.__doc__ or "") for parent in found.__mro__[:-1]))


def _actions(docstring: str) -> set[str]:
    paragraph = re.search(r"IAM:(.*?)(?:\n\s*\n|\n\s*[A-Z][a-z]+:|\Z)", docstring, re.DOTALL)
    return set(_ACTION.findall(paragraph[1])) if paragraph else set()
