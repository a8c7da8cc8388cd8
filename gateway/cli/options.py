"""Options of a command that belong together, as one dataclass: Typer itself knows one parameter per option."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, get_type_hints


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """The command as Typer takes it: each parameter whose type is a dataclass becomes one option per field, with the
    field's ``Annotated`` type and its default."""
    hints = get_type_hints(command, include_extras=True)
    groups = {name: kind for name, kind in hints.items() if is_dataclass(kind) and isinstance(kind, type)}

    @wraps(command)
    def called(**values: Any) -> None:
        for name, kind in groups.items():
            values[name] = kind(**{field.name: values.pop(field.name) for field in fields(kind)})
        command(**values)

    options = list(_options(command, hints, groups))
    del called.__wrapped__  # Typer would read the command's own parameters
    called.__signature__ = Signature(options)  # type: ignore[attr-defined]
    called.__annotations__ = {option.name: option.annotation for option in options}
    return called


def _options(command: Callable[..., None], hints: dict[str, Any], groups: dict[str, type[Any]]) -> Iterator[Parameter]:
    for name, parameter in signature(command).parameters.items():
        if name not in groups:
            yield parameter.replace(annotation=hints[name], kind=Parameter.KEYWORD_ONLY)
            continue
        types = get_type_hints(groups[name], include_extras=True)
        for field in fields(groups[name]):
            default = Parameter.empty if field.default is MISSING else field.default
            yield Parameter(field.name, Parameter.KEYWORD_ONLY, default=default, annotation=types[field.name])
