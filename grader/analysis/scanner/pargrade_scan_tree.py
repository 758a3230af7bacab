"""The syntax tree of a program with parents, scopes and name bindings.

No walk over the tree recurses without a bound, so deep nesting cannot break it.
"""

from __future__ import annotations

import ast
from bisect import bisect_right

TYPE_CHECKING = False  # importing typing for its constant costs more start-up time than parsing does
if TYPE_CHECKING:
    from collections.abc import Iterator


MOST_VALUES = 8  # answers followed for one name
Function = (ast.FunctionDef, ast.AsyncFunctionDef)
Comprehension = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# Operators are shared between their uses; constants are many and hold nothing to look into.
NOT_WALKED = (ast.Constant, ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)


class Binding:
    """A place that gives a name a value, valid from the position ``since``.

    ``how`` is ``value`` (of the expression ``value``), ``item`` (one of what ``value`` gives),
    ``definition``, ``import`` (of ``path``), ``parameter`` or ``unknown``.
    """

    __slots__ = ("how", "node", "path", "since", "value")

    def __init__(
        self, how: str, node: ast.AST, since: tuple[int, int], value: ast.expr | None = None, path: str = ""
    ) -> None:
        self.how = how
        self.node = node
        self.since = since
        self.value = value
        self.path = path


class Scope:
    """A region with its own names: the module, a function, a lambda, a class or a comprehension.

    ``home`` is the scope whose statements run it: for a comprehension the one around it.
    """

    def __init__(self, node: ast.AST, parent: Scope | None) -> None:
        self.node = node
        self.parent = parent
        self.bindings: dict[str, list[Binding]] = {}
        self.global_names: set[str] = set()
        self.nonlocal_names: set[str] = set()
        self.global_writes: list[tuple[str, ast.AST]] = []
        self.nodes: list[ast.AST] = []
        self.returns: list[ast.expr] = []
        self.yields: list[ast.expr] = []
        self.is_generator = False
        inline = isinstance(node, Comprehension) and parent is not None
        self.home: Scope = parent.home if inline and parent is not None else self

    @property
    def is_class(self) -> bool:
        """Its names are not seen from the functions in it."""
        return isinstance(self.node, ast.ClassDef)

    @property
    def runs_later(self) -> bool:
        """Its statements run when it is called, not where it is written."""
        return isinstance(self.node, (*Function, ast.Lambda))


class Tree:
    """All nodes of a program in the order of the source, with parents, scopes and bindings."""

    def __init__(self, module: ast.Module) -> None:
        self.nodes: list[ast.AST] = []
        self.parent: dict[ast.AST, ast.AST] = {}
        self.field: dict[ast.AST, str] = {}
        self.scope: dict[ast.AST, Scope] = {}
        self.inner: dict[ast.AST, Scope] = {}
        self.attributes: dict[tuple[Scope | None, str], list[Binding]] = {}
        self.star_imports: list[str] = []
        self.module = self.inner[module] = Scope(module, None)
        self._walk(module)
        self._sort()

    def _walk(self, module: ast.Module) -> None:
        stack: list[tuple[ast.AST, Scope]] = [(module, self.module)]
        while stack:
            node, scope = stack.pop()
            self.nodes.append(node)
            self.scope[node] = scope
            scope.home.nodes.append(node)
            self._enter(node, scope)
            stack.extend(reversed(list(self._children(node, scope))))

    def _children(self, node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
        inner = self.inner.get(node, scope)
        for field, value in ast.iter_fields(node):
            # Decorators, defaults, annotations and bases are evaluated around the function or class.
            within = inner if field == "body" or isinstance(node, Comprehension) else scope
            for child in value if isinstance(value, list) else (value,):
                if isinstance(child, ast.AST) and not isinstance(child, NOT_WALKED):
                    self.parent[child] = node
                    self.field[child] = field
                    yield child, within

    def _enter(self, node: ast.AST, scope: Scope) -> None:
        """Note what the node adds to the scopes: a new one, names bound, returns and yields."""
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._bind(scope, node.name, Binding("definition", node, start(node)))
                self._open(node, scope, node.args)
            case ast.Lambda():
                self._open(node, scope, node.args)
            case ast.ClassDef():
                self._bind(scope, node.name, Binding("definition", node, end(node)))
                self._open(node, scope, None)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._open(node, scope, None)
            case ast.Return(value=ast.expr() as value):
                scope.home.returns.append(value)
            case ast.Yield() | ast.YieldFrom():
                scope.home.is_generator = True
                if isinstance(node, ast.Yield) and node.value is not None:
                    scope.home.yields.append(node.value)
            case ast.Global():
                scope.global_names.update(node.names)
            case ast.Nonlocal():
                scope.nonlocal_names.update(node.names)
            case _:
                self._enter_binding(node, scope)

    def _enter_binding(self, node: ast.AST, scope: Scope) -> None:
        match node:
            case ast.Assign():
                for target in node.targets:
                    self._bind_target(scope, target, "value", node.value, end(node))
            case ast.AnnAssign(value=ast.expr() as value):
                self._bind_target(scope, node.target, "value", value, end(node))
            case ast.AugAssign():
                self._bind_target(scope, node.target, "unknown", None, end(node))
            case ast.NamedExpr():
                self._bind_target(scope.home, node.target, "value", node.value, end(node))
            case ast.For() | ast.AsyncFor():
                self._bind_target(scope, node.target, "item", node.iter, end(node.target))
            case ast.comprehension():
                self._bind_target(scope, node.target, "item", node.iter, start(node.target))
            case ast.withitem(optional_vars=ast.expr() as target):
                self._bind_target(scope, target, "value", node.context_expr, end(target))
            case ast.Delete():
                for target in node.targets:
                    self._bind_target(scope, target, "unknown", None, end(node))
            case ast.Import():
                for alias in node.names:
                    path = alias.name if alias.asname else alias.name.split(".")[0]
                    self._bind(scope, alias.asname or path, Binding("import", node, end(node), path=path))
            case ast.ImportFrom():
                self._bind_import_from(scope, node)
            case ast.ExceptHandler(name=str() as name):
                self._bind(scope, name, Binding("unknown", node, start(node)))
            case ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name):
                self._bind(scope, name, Binding("unknown", node, end(node)))

    def _open(self, node: ast.AST, scope: Scope, arguments: ast.arguments | None) -> None:
        inner = self.inner[node] = Scope(node, scope)
        if arguments is None:
            return
        for parameter in all_parameters(arguments):
            self._bind(inner, parameter.arg, Binding("parameter", parameter, start(parameter)))

    def _bind_import_from(self, scope: Scope, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self.star_imports.append(module)
                continue
            binding = Binding("import", node, end(node), path=f"{module}.{alias.name}")
            self._bind(scope, alias.asname or alias.name, binding)

    def _bind_target(
        self, scope: Scope, target: ast.expr, how: str, value: ast.expr | None, since: tuple[int, int]
    ) -> None:
        stack = [(target, how, value)]
        while stack:
            target, how, value = stack.pop()
            match target:
                case ast.Name():
                    self._bind(scope, target.id, Binding(how, target, since, value))
                case ast.Attribute(value=ast.Name(id=owner)):
                    key = (class_around(scope), f"{owner}.{target.attr}")
                    self.attributes.setdefault(key, []).append(Binding(how, target, since, value))
                case ast.Tuple() | ast.List():
                    stack.extend(pairs(target.elts, how, value))
                case ast.Starred():
                    stack.append((target.value, "unknown", None))

    def _bind(self, scope: Scope, name: str, binding: Binding) -> None:
        owner = scope
        if name in scope.home.global_names:
            owner = self.module
            scope.home.global_writes.append((name, binding.node))
        elif name in scope.nonlocal_names:
            owner = self.owner(name, scope.parent) or scope
        owner.bindings.setdefault(name, []).append(binding)

    def _sort(self) -> None:
        for scope in self.inner.values():
            for bindings in scope.bindings.values():
                bindings.sort(key=since)

    def owner(self, name: str, scope: Scope | None) -> Scope | None:
        """The scope that holds the variable a name means in ``scope``; None for a built-in."""
        seen_from = scope
        while scope is not None:
            if name in scope.global_names:
                scope = self.module
            if name in scope.bindings and (scope is seen_from or not scope.is_class):
                return scope
            scope = scope.parent
        return None

    def bindings_at(self, name: ast.Name) -> list[Binding]:
        """The bindings that may be valid where the name stands, as far as the order of lines shows it."""
        scope = self.scope[name]
        owner = self.owner(name.id, scope)
        if owner is None:
            return []
        bindings = owner.bindings[name.id]
        if owner is not scope.home:
            return bindings[-MOST_VALUES:]
        count = bisect_right(bindings, start(name), key=since)
        if count == 0:
            return bindings[:MOST_VALUES]
        last = bindings[count - 1]
        earlier = bindings[max(0, count - MOST_VALUES) : count - 1]
        return [*(b for b in earlier if self.are_alternatives(b.node, last.node)), last]

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The node itself, its parent, and so on up to the module."""
        yield node
        while node in self.parent:
            node = self.parent[node]
            yield node

    def are_alternatives(self, one: ast.AST, other: ast.AST) -> bool:
        """Only one of the two runs: they are in different branches of one ``if``, ``try`` or ``match``."""
        below: dict[ast.AST, ast.AST] = {}
        child = one
        for node in self.ancestors(one):
            below[node] = child
            child = node
        child = other
        for node in self.ancestors(other):
            if node in below:
                return self._are_branches(node, below[node], child)
            child = node
        return False

    def _are_branches(self, fork: ast.AST, one: ast.AST, other: ast.AST) -> bool:
        if one is other or fork in (one, other):
            return False
        fields = {self.field[one], self.field[other]}
        match fork:
            case ast.If() | ast.IfExp():
                return fields == {"body", "orelse"}
            case ast.Try() | ast.TryStar():
                return "handlers" in fields and "finalbody" not in fields
            case ast.Match():
                return fields == {"cases"}
        return False

    def leaves_between(self, first: ast.AST, second: ast.AST) -> bool:
        """After ``first`` the flow leaves (``return``, ``raise`` ...) before it could reach ``second``."""
        above = set(self.ancestors(second))
        for node in self.ancestors(first):
            if node in above:
                return False
            if isinstance(node, (ast.Return, ast.Raise)):
                return True
            block = getattr(self.parent[node], self.field[node])
            if isinstance(block, list) and isinstance(block[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break)):
                return not any(statement in above for statement in block)
        return False


def start(node: ast.AST) -> tuple[int, int]:
    """Where a node begins: line from 1, column from 0."""
    return getattr(node, "lineno", 1), getattr(node, "col_offset", 0)


def end(node: ast.AST) -> tuple[int, int]:
    """Where a node ends."""
    return getattr(node, "end_lineno", 1), getattr(node, "end_col_offset", 0)


def since(binding: Binding) -> tuple[int, int]:
    """The position from which a binding is valid."""
    return binding.since


def pairs(targets: list[ast.expr], how: str, value: ast.expr | None) -> list[tuple[ast.expr, str, ast.expr | None]]:
    """Each target of ``a, b = ...`` with what it is bound to, where the source shows it."""
    if how == "value" and isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(targets):
        starred = any(isinstance(part, ast.Starred) for part in (*targets, *value.elts))
        if not starred:
            return [(target, "value", part) for target, part in zip(targets, value.elts, strict=True)]
    return [(target, "unknown", None) for target in targets]


def all_parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Every parameter, also ``*args`` and ``**kwargs``."""
    packed = [arg for arg in (arguments.vararg, arguments.kwarg) if arg is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *packed]


def class_around(scope: Scope | None) -> Scope | None:
    """The nearest class scope."""
    while scope is not None and not scope.is_class:
        scope = scope.parent
    return scope
