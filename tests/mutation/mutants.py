"""The mutants of a module: mutmut's, and those that leave out a statement or a condition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators, operator_arg_removal

# What only people and type checkers read.
_SKIPPED = (cst.Annotation, cst.Import, cst.ImportFrom, cst.Decorator)
# Not calls with an argument less: nearly all raise a TypeError.
_OPERATORS = [one for one in mutation_operators if one[1] is not operator_arg_removal]


class Mutant(NamedTuple):
    """A module with one change."""

    module: cst.Module
    line: int
    old: cst.CSTNode
    new: cst.CSTNode

    @property
    def source(self) -> str:
        """The changed module."""
        return self.module.deep_replace(self.old, self.new).code  # type: ignore[union-attr]

    def __str__(self) -> str:
        old, new = (" ".join(self.module.code_for_node(node).split())[:120] for node in (self.old, self.new))
        return f"{self.line}: {old}  ->  {new}"


def mutants(source: str) -> list[Mutant]:
    """Every mutant of a module."""
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    lines = wrapper.resolve(PositionProvider)
    found = _Places()
    wrapper.module.visit(found)
    return [Mutant(wrapper.module, lines[old].start.line, old, new) for old, new in found.places]


class _Places(cst.CSTVisitor):
    def __init__(self) -> None:
        self.places: list[tuple[cst.CSTNode, cst.CSTNode]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        is_docstring = isinstance(node, cst.Expr) and isinstance(node.value, cst.SimpleString)
        is_slots = m.matches(node, m.Assign(targets=[m.AssignTarget(m.Name("__slots__"))]))
        if isinstance(node, _SKIPPED) or is_docstring or is_slots:
            return False
        new = [one for kind, mutate in _OPERATORS if isinstance(node, kind) for one in mutate(node)]
        if isinstance(node, cst.SimpleString):
            # Without those that differ in capitals only.
            new = new[:1]
        self.places += ((node, one) for one in (*new, *_without_parts(node)))
        return True


def _without_parts(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    match node:
        case cst.Expr(value=cst.Call() | cst.Await()) | cst.Raise() | cst.Return(value=cst.BaseExpression()):
            yield cst.Pass()
        case cst.If() | cst.CompIf():
            yield from (node.with_changes(test=cst.Name(value)) for value in ("True", "False"))
        case cst.BooleanOperation(left=left, right=right):
            # Parentheses for a part that has looser operators.
            yield from (one.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()]) for one in (left, right))
