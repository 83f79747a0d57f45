"""What a command that ``make`` runs makes of its arguments: it answers ``--help`` and takes no others."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TypeVar

from pydantic.fields import FieldInfo

from local.options import PREFIX, MakeOptions
from shared.settings import SettingsError, load_settings

Options = TypeVar("Options", bound=MakeOptions)


def load_options(
    options_class: type[Options], target: str, arguments: Sequence[str] | None = None
) -> Options:
    """The options of ``make TARGET``, from the environment.

    ``arguments`` are those of this process unless given. With ``--help`` it says what there is to ask for
    and ends the process. Raises :class:`SettingsError`.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if any(argument in ("-h", "--help") for argument in arguments):
        print(help_text(options_class, target))
        sys.exit(0)
    if arguments:
        raise SettingsError(
            f"{arguments[0]!r} is not understood: options are variables of the environment; --help lists them"
        )
    return load_settings(options_class)


def help_text(options_class: type[MakeOptions], target: str) -> str:
    """The options of ``make TARGET``, one a line."""
    options = {_variable(name, field): field for name, field in options_class.model_fields.items()}
    if not options:
        return f"usage: make {target}\n\nIt has no options."
    width = max(map(len, options))
    lines = [f"  {name:<{width}}  {field.description}{_default(field)}" for name, field in options.items()]
    return "\n".join(
        [
            f"usage: make {target}",
            "",
            "Options are variables of the environment. Those that `make help` lists follow the target, as in",
            "`make bench QUICK=1`.",
            "",
            *lines,
        ]
    )


def _variable(name: str, field: FieldInfo) -> str:
    return field.alias or PREFIX + name.upper()


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return " Required."
    if field.default in (None, False, ()):
        return ""
    return f" Default: {field.default}."
