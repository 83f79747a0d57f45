"""CloudWatch metric math, as far as the alarms of ``terraform/`` use it.

Reference: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
(operators, ``IF``, ``FILL``). A missing value stays missing through
arithmetic; a division by zero gives none.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping

Value = float | None

_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ARGUMENTS = {"IF": 3, "FILL": 2}
_ID = re.compile(r"^[a-z][a-zA-Z0-9_]*$")
"""An id starts with a lower-case letter: CloudWatch refuses any other."""


class MetricMathError(Exception):
    """The expression is none that CloudWatch takes, or none that is known here."""


def evaluate(expression: str, values: Mapping[str, Value]) -> Value:
    """The expression's value over metrics by id; None where it has none. Raises :class:`MetricMathError`."""
    return _value(_parsed(expression), values)


def metric_ids(expression: str) -> frozenset[str]:
    """The ids that an expression reads. Raises :class:`MetricMathError` where it doesn't parse."""
    tree = _parsed(expression)
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions]
    _value(tree, {name.id: 1.0 for name in names})  # refuses what is not known here
    return frozenset(name.id for name in names)


def _parsed(expression: str) -> ast.expr:
    # Its grammar is Python's but for the words that join conditions.
    pythonic = re.sub(r"\bAND\b|&&", " and ", expression)
    pythonic = re.sub(r"\bOR\b|\|\|", " or ", pythonic)
    try:
        return ast.parse(pythonic.strip(), mode="eval").body
    except SyntaxError as error:
        raise MetricMathError(f"{expression!r} does not parse: {error.msg}") from None


def _value(node: ast.expr, values: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if _ID.match(name):
            if name not in values:
                raise MetricMathError(f"no metric has the id {name}")
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _value(operand, values)
            return None if inner is None else -inner
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            return _arithmetic(_ARITHMETIC[type(op)], _value(left, values), _value(right, values))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            return _arithmetic(_COMPARISONS[type(op)], _value(left, values), _value(right, values))
        case ast.BoolOp(op=op, values=parts):
            inner_values = [_value(part, values) for part in parts]
            if None in inner_values:
                return None
            return float(all(inner_values) if isinstance(op, ast.And) else any(inner_values))
        case ast.Call(func=ast.Name(id=name), args=arguments) if len(arguments) == _ARGUMENTS.get(name):
            return _call(name, [_value(argument, values) for argument in arguments])
    raise MetricMathError(f"{ast.unparse(node)} is no metric math that is known here")


def _arithmetic(operation: Callable[[float, float], float | bool], left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    try:
        return float(operation(left, right))
    except ZeroDivisionError:
        return None


def _call(name: str, arguments: list[Value]) -> Value:
    if name == "FILL":
        value, filling = arguments
        return filling if value is None else value
    condition, then, otherwise = arguments
    if condition is None:
        return None
    return then if condition else otherwise
