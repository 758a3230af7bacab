"""Numbers and texts of a program that are known without running it."""

from __future__ import annotations

import ast

from pargrade_scan_program import DEEPEST_ALIAS, Program


class NotConstant(Exception):
    """The source does not show the value."""


def constant(program: Program, node: ast.expr, depth: int = 0) -> object:
    """The value of a constant expression: a literal, arithmetic on integers, a name bound once to one.

    Raises:
        NotConstant: It is something else.
    """
    if depth > DEEPEST_ALIAS:
        raise NotConstant
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -whole(constant(program, operand, depth + 1))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return +whole(constant(program, operand, depth + 1))
        case ast.BinOp(left=left, op=op, right=right):
            one = whole(constant(program, left, depth + 1))
            return arithmetic(op, one, whole(constant(program, right, depth + 1)))
        case ast.Name():
            bindings = single_binding(program, node)
            return constant(program, bindings, depth + 1)
    raise NotConstant


def single_binding(program: Program, node: ast.Name) -> ast.expr:
    """The expression a name is bound to, when that happens once and at one place."""
    owner = program.tree.owner(node.id, program.tree.scope[node])
    bindings = owner.bindings[node.id] if owner is not None else []
    if len(bindings) == 1 and bindings[0].how == "value" and bindings[0].value is not None:
        return bindings[0].value
    raise NotConstant


def whole(value: object) -> int:
    """The value as an integer of ordinary size."""
    if isinstance(value, int) and value.bit_length() <= 64:
        return int(value)
    raise NotConstant


def arithmetic(op: ast.operator, one: int, other: int) -> int:
    """One step of integer arithmetic, within ordinary size."""
    match op:
        case ast.Add():
            return whole(one + other)
        case ast.Sub():
            return whole(one - other)
        case ast.Mult():
            return whole(one * other)
        case ast.FloorDiv() if other != 0:
            return one // other
        case ast.Mod() if other != 0:
            return one % other
        case ast.Pow() if 0 <= other <= 64:
            return whole(one**other)
    raise NotConstant
