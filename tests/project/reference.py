"""The reference of all public names, ``docs/reference.md``, generated from the docstrings.

``python tests/project/reference.py`` writes it: the contents, and what is below each heading of a name (``###``).
The groups, their order and their first lines are edited by hand. A new public name needs a heading there.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any
from unittest import mock

import ses_stub
from ses_stub import pytest_plugin
from ses_stub._api import controls, scope
from ses_stub._model import options
from ses_stub._reporting import report, timeline, timeline_rows
from ses_stub._server import cli, endpoint
from ses_stub._service import calls
from ses_stub._wire import messages

PAGE = Path(__file__).parents[2] / "docs" / "reference.md"
#: Public classes that nobody imports: the stub and the fixtures return them.
MET: tuple[type, ...] = (
    *(
        scope.Scope,
        controls.ScheduledAction,
        controls.DNS,
        calls.Calls,
        report.Report,
        timeline.Timeline,
        timeline_rows.Row,
    ),
    *(messages.HTTPResponse, endpoint.Endpoint, pytest_plugin.RetryMode, options.Options),
)
#: Of the classes, those that a test makes itself; everything that a test calls is shown with its signature.
MADE = ("SESStub", "SystemClock", "VirtualClock")
NAMES = re.findall(r"^### `(.+)`$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def find(name: str) -> Any:
    """The object of a dotted name: a class, a function, or a property."""
    first, *rest = name.split(".")
    found = next((one for one in MET if one.__name__ == first), None) or getattr(ses_stub, first)
    for part in rest:
        found = inspect.getattr_static(found, part)
    return found


def link(text: str, heading: str) -> str:
    return f"[{text}](#{re.sub(r'[^-_a-z0-9 ]', '', heading.lower()).replace(' ', '-')})"


class Plain(str):
    """An annotation that is shown without quotes."""

    __slots__ = ()
    __repr__ = str.__str__


def signature(name: str, thing: Any) -> str:
    """The signature as a caller sees it, on several lines if it is long."""
    if isinstance(thing, property):
        return f"{name}: {inspect.get_annotations(thing.fget)['return']}"  # type: ignore[arg-type]
    found = inspect.signature(thing)
    given = [one.replace(annotation=Plain(one.annotation)) for one in found.parameters.values() if one.name != "self"]
    gives = found.empty if isinstance(thing, type) else Plain(found.return_annotation)
    text = f"{name}{found.replace(parameters=given, return_annotation=gives)}"
    # A type checker's words for the options, each of which has its row in their table.
    text = re.sub(r"(target: Any = None, /, )?\*\*options: [\w\[\]]+\)( -> Any)?", "**options)", text)
    if len(text) > 100:
        text = re.sub(r", (?=\*|\w+:)", ",\n    ", text).replace("(", "(\n    ", 1)
        text = re.sub(r"\)( -> .*)?$", r",\n)\1", text)
    return text


def prose(text: str, owner: str = "") -> str:
    """A docstring's text as Markdown, with links to names that have a heading."""

    def linked(match: re.Match[str]) -> str:
        known = [
            one
            for one in (match[1], f"{owner}.{match[1]}", f"SESStub.{match[1]}", f"exceptions.{match[1]}")
            if one in NAMES
        ]
        return link(match[0], known[0]) if known else match[0]

    text = re.sub(r"``(.+?)``", "\0\\1\0", text, flags=re.DOTALL)
    return re.sub(r"`([^`]+)`", linked, text).replace("\0", "`")


def items(section: str) -> Iterator[tuple[str, str]]:
    """The names that a section of a docstring lists, with their descriptions."""
    for item in re.split(r"\n(?=\S)", textwrap.dedent(section).strip()):
        name, _, meaning = re.sub(r"\s+", " ", item).partition(": ")
        yield f"`{name}`", meaning.removesuffix(".")


def table(head: str, rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join([f"| {head} |", f"|{'---|' * (head.count('|') + 1)}", *lines])


def attributes(thing: Any, section: str, owner: str) -> str:
    """The table of a class's attributes with their types; of the options, with their defaults."""
    if thing is options.Options:
        head, beside = "default", {one.name: repr(one.default) for one in dataclasses.fields(thing)}
    else:
        types = {**inspect.get_annotations(thing.__init__), **inspect.get_annotations(thing)}
        head, beside = "type", {name: getattr(one, "__forward_arg__", one) for name, one in types.items()}
    rows = ((name, prose(f"`{beside[name.strip('`')]}`"), prose(meaning, owner)) for name, meaning in items(section))
    return table(f"name | {head} | meaning", rows)


def described(doc: str | None, thing: Any = None, owner: str = "") -> Iterator[str]:
    """A docstring in Markdown, section by section."""
    for part in re.split(r"\n\n+(?=\S)", doc or ""):
        word, _, section = part.partition(":\n")
        if word == "Attributes":
            yield attributes(thing, section, owner)
        elif word in ("Args", "Raises"):
            # Not if it is a parameter, which may have the name of a property.
            lines = (
                f"- {prose(name) if word == 'Raises' else name}: {prose(meaning, owner)}"
                for name, meaning in items(section)
            )
            yield "\n".join([f"{word.replace('Args', 'Parameters')}:\n", *lines])
        elif word == "Returns":
            yield f"Returns: {prose(inspect.cleandoc(section), owner)}"
        else:
            yield prose(part, owner)


def entry(name: str) -> Iterator[str]:
    """The entry of a public name."""
    thing, owner = find(name), name.split(".")[0]
    if not isinstance(thing, type) or name in MADE:
        yield f"```pyi\n{signature(name, thing)}\n```"
    bases = [one.__name__ for one in getattr(thing, "__mro__", ())[1:] if one.__name__ in NAMES]
    yield from (f"Is a {link(f'`{base}`', base)}." for base in bases)
    yield from described(inspect.getdoc(thing), thing, owner)
    if isinstance(thing, type) and issubclass(thing, Enum):
        yield table("member | equal to", ((f"`{name}.{one.name}`", f"`{one.value!r}`") for one in thing))


def arguments(add: mock.Mock) -> str:
    """The arguments of a command line, read from its parser."""
    entries = [(f"{call.args[0]} {call.kwargs.get('metavar', '')}".strip(), call.kwargs) for call in add.call_args_list]
    return table("option | meaning", ((f"`{name}`", more["help"]) for name, more in entries))


def others() -> dict[str, Iterable[str]]:
    """The entries of fixtures, the marker, options and the command, by heading."""
    # From the source, because each pytest wraps fixtures differently.
    nodes = [node for node in ast.parse(inspect.getsource(pytest_plugin)).body if isinstance(node, ast.FunctionDef)]
    fixtures = [node for node in nodes if any("fixture" in ast.unparse(one) for one in node.decorator_list)]
    parser, config = mock.Mock(), mock.Mock(**{"getini.return_value": "off"})
    pytest_plugin.pytest_addoption(parser)
    pytest_plugin.pytest_configure(config)
    with mock.patch("argparse.ArgumentParser") as command:
        cli.make_parser()
    keys = [(f"`{call.args[0]}`", call.args[1].removeprefix("ses_stub: ")) for call in parser.addini.call_args_list]
    return {
        **{f"`{node.name}`": [*described(ast.get_docstring(node))] for node in fixtures},
        "`@pytest.mark.ses_verify`": [config.addinivalue_line.call_args.args[1].partition(": ")[2]],
        "Command line": [arguments(parser.getgroup().addoption)],
        "Configuration": [table("key | meaning", keys)],
        "`ses-stub serve`": [arguments(command().add_subparsers().add_parser().add_argument)],
    }


def page() -> str:
    """The page as it should be."""
    above, *sections = re.split(r"^(?=##)", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    entries, contents, drawn = others(), ["## Contents\n"], []
    for section in sections:
        title = section.partition("\n")[0].lstrip("# ")
        if section.startswith("### "):
            contents[-1] += f" {link(title.replace('SESStub.', ''), title)}"
            drawn += [f"### {title}", *(entries.get(title) or entry(title.strip("`")))]
        elif title != "Contents":
            contents.append(f"- {link(title, title)}:")
            drawn.append(section.strip())
    return "\n\n".join([above.strip(), "\n".join(contents), *drawn]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
