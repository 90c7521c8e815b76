"""Small faults put into a Python source, one at a time: what tests should notice."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_PAIRS = (
    *(("min", "max"), ("any", "all"), ("floor", "ceil"), ("minimum", "maximum"), ("nanmin", "nanmax")),
    *(("argmin", "argmax"), ("nanargmin", "nanargmax"), ("mean", "sum"), ("sorted", "list"), ("zeros", "ones")),
)
_NAMES = dict(_PAIRS) | {other: name for name, other in _PAIRS if other not in ("sum", "list")}
_LEFT_OUT = (ast.Raise, ast.Assert, ast.JoinedStr)
"""Texts of messages, and checks that only tell types."""


@dataclass(frozen=True)
class Mutant:
    """A source with one fault.

    Attributes:
        line: where the fault is, from 1.
        before: the code there.
        after: what stands in its place.
        source: the whole text, without comments.
    """

    line: int
    before: str
    after: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """All mutants of a source, in the order of its lines.

    Comparisons, arithmetic, numbers, true and false, `and` and `or`, conditions, what is returned, names such as min
    and max, calls as statements and conditions of comprehensions change. Annotations, decorators, texts, messages of
    errors and logs, and asserts do not.
    """
    tree = ast.parse(source)
    found = [
        Mutant(node.lineno, _one_line(node), _one_line(other), _replaced(tree, parent, name, place, other))
        for parent, name, place, node in _places(tree)
        for other in _others(node)
    ]
    yield from sorted(found, key=lambda mutant: mutant.line)


def _places(parent: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, Any]]:
    """(parent, its field, the place in it if it is a list, node) of all nodes that may change."""
    for name, value in ast.iter_fields(parent):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for place, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST) or isinstance(node, _LEFT_OUT) or _is_for_people(node):
                continue
            if hasattr(node, "lineno"):
                yield parent, name, place, node
            yield from _places(node)


def _is_for_people(node: ast.AST) -> bool:
    """Whether it is a docstring, a log, or a check of lengths that are equal unless there is a bug."""
    if isinstance(node, ast.keyword):
        return node.arg == "strict"
    value = node.value if isinstance(node, ast.Expr) else None
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Call) and ast.unparse(value).startswith("log."))


def _others(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    yield from _other_statements(node) if isinstance(node, ast.stmt) else _other_operators(node)
    yield from _other_values(node)


def _other_operators(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left, [operator, *more], comparators):
            for kind in _COMPARISONS[type(operator)]:
                yield ast.Compare(left, [kind(), *more], comparators)
        case ast.BinOp(left, operator, right) if type(operator) in _ARITHMETIC:
            yield ast.BinOp(left, _ARITHMETIC[type(operator)](), right)
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
        case ast.UnaryOp(_, operand):
            yield operand


def _other_values(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value) | float(value)):
            if value + 1 != value:
                yield ast.Constant(value + 1)
            if value >= 1 and value - 1 != value:
                yield ast.Constant(value - 1)
        case ast.Name(name, context) if name in _NAMES:
            yield ast.Name(_NAMES[name], context)
        case ast.Attribute(value, name, context) if name in _NAMES:
            yield ast.Attribute(value, _NAMES[name], context)
        case ast.IfExp(test, body, orelse) if not isinstance(test, ast.Compare | ast.UnaryOp):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            for place, part in enumerate(node.generators):
                if part.ifs:
                    plain = ast.comprehension(part.target, part.iter, [], part.is_async)
                    parts = [*node.generators[:place], plain, *node.generators[place + 1 :]]
                    yield type(node)(**{**dict(ast.iter_fields(node)), "generators": parts})


def _other_statements(node: ast.stmt) -> Iterator[ast.stmt]:
    match node:
        case ast.AugAssign(target, operator, value) if type(operator) in _ARITHMETIC:
            yield ast.AugAssign(target, _ARITHMETIC[type(operator)](), value)
        case ast.Return(ast.expr() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(ast.Call()):
            yield ast.Pass()
        case ast.If(test, body, orelse) if not isinstance(test, ast.Compare | ast.UnaryOp):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)


def _replaced(tree: ast.Module, parent: ast.AST, name: str, place: int | None, other: ast.AST) -> str:
    """The source of a tree with another node in one place; the tree is then as before."""
    holder: Any = getattr(parent, name) if place is not None else vars(parent)
    key: Any = place if place is not None else name
    before, holder[key] = holder[key], other
    try:
        return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    finally:
        holder[key] = before


def _one_line(node: ast.AST) -> str:
    return ast.unparse(node).partition("\n")[0]
