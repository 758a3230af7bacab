"""Reads a student's program by its syntax tree and tells what it shows, as one line of JSON.

Started by path in an isolated interpreter, ``python scanner.py CONFIG``, in the folder that holds the
program; ``CONFIG`` is ``{"script": "name.py", "claims_fd": 5}``. Standard library only, and nothing of
the program is imported or run. The line fits ``grader.model.facts.SourceFacts``.

How it works, top to bottom: ``Tree`` lists the nodes with their parents, scopes and name bindings;
``Program`` says what an expression may be (a pool, a pool's method, one of the file's functions ...);
the ``find_*`` functions turn that into facts. No walk over the tree recurses without a bound, so deep
nesting cannot break it. Where the source leaves several answers open, all are followed.
"""

from __future__ import annotations

import ast
import builtins
import gc
import json
import os
import sys
import warnings
from bisect import bisect_right
from itertools import pairwise

TYPE_CHECKING = False  # importing typing for its constant costs more start-up time than parsing does
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

PROCESS = "ProcessPoolExecutor"
THREAD = "ThreadPoolExecutor"
MULTIPROCESSING = "multiprocessing.Pool"
UNCLEAR = ""

EXECUTOR = "executor"  # ``map(function, *iterables, chunksize=1)``, lazy results
CLASSIC = "classic"  # ``map(function, iterable, chunksize)``, a list

POOL_CLASSES = {
    "concurrent.futures.Executor": (UNCLEAR, EXECUTOR),
    "concurrent.futures.ProcessPoolExecutor": (PROCESS, EXECUTOR),
    "concurrent.futures.process.ProcessPoolExecutor": (PROCESS, EXECUTOR),
    "concurrent.futures.ThreadPoolExecutor": (THREAD, EXECUTOR),
    "concurrent.futures.thread.ThreadPoolExecutor": (THREAD, EXECUTOR),
    "concurrent.futures.InterpreterPoolExecutor": (THREAD, EXECUTOR),
    "multiprocessing.Pool": (MULTIPROCESSING, CLASSIC),
    "multiprocessing.pool.Pool": (MULTIPROCESSING, CLASSIC),
    "multiprocessing.pool.ThreadPool": (THREAD, CLASSIC),
    "multiprocessing.dummy.Pool": (THREAD, CLASSIC),
}
LAZY_METHODS = ("imap", "imap_unordered")
CHUNKED_METHODS = ("map", "starmap", "map_async", "starmap_async", *LAZY_METHODS)
SINGLE_METHODS = ("submit", "apply", "apply_async")
POOL_METHODS = (*CHUNKED_METHODS, *SINGLE_METHODS)
FUNCTION_KEYWORDS = ("fn", "func", "function")

GENERATOR = "a generator"
LAZY_MAP = "a pool's lazy results"
PATH_WALKS = tuple(f"pathlib.{kind}.{walk}" for kind in ("Path", "PosixPath") for walk in ("glob", "rglob", "iterdir"))
ONE_SHOT = {
    GENERATOR,
    LAZY_MAP,
    "glob.iglob",
    "os.scandir",
    *PATH_WALKS,
    *(f"builtins.{name}" for name in ("map", "filter", "zip", "enumerate", "reversed", "iter")),
}
CONSUMING_BUILTINS = (
    *("list", "tuple", "set", "frozenset", "dict", "sorted", "sum", "max", "min", "any", "all"),
    *("map", "filter", "zip", "enumerate"),
)
CONSUMERS = {
    "functools.reduce",
    "collections.Counter",
    "collections.deque",
    "tqdm.tqdm",
    *(f"builtins.{name}" for name in CONSUMING_BUILTINS),
}
CONSUMING_METHODS = ("join", "extend", "update", "writelines")
MUTATING_METHODS = (
    *("append", "appendleft", "extend", "insert", "add", "update", "setdefault", "subtract"),
    *("clear", "pop", "popitem", "remove", "discard", "sort", "reverse"),
)
CHUNKSIZE_UNKNOWN_TO = ("builtins", "functools", "itertools", "concurrent", "multiprocessing")

LONGEST_TEXT = 80
LONGEST_NAME = 200
LONGEST_LINE = 500  # characters of a source line shown with a syntax fault
MOST_FACTS = 1000  # of one kind; a program that has more is not written by hand
MOST_VALUES = 8  # answers followed for one name
DEEPEST_ALIAS = 40  # steps from a name to what it stands for

Function = (ast.FunctionDef, ast.AsyncFunctionDef)
Comprehension = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Loop = (ast.For, ast.AsyncFor)
# Operators are shared between their uses; constants are many and hold nothing to look into.
NOT_WALKED = (ast.Constant, ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
LITERALS = (ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Set, ast.Dict)


# --- the tree -----------------------------------------------------------------------------------------


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


# --- what an expression may be ------------------------------------------------------------------------


class Value:
    """One thing an expression may be.

    ``what`` is one of
    ``path``: something imported or built in, ``name`` is its dotted path;
    ``result``: what calling the path ``name`` returned;
    ``pool class``, ``pool``, ``method``: with the pool's ``kind`` and ``flavour``, and the method's ``name``;
    ``own``: a function of the file, ``node`` its definition; ``bound`` the same as a method of an object;
    ``own class``, ``instance``: a class of the file, and an object of it;
    ``lambda``; ``other``: only known to be a partial.
    ``fixed`` holds the ``partial(...)`` calls around it, innermost first.
    """

    __slots__ = ("fixed", "flavour", "kind", "name", "node", "what")

    def __init__(
        self,
        what: str,
        name: str = "",
        node: ast.AST | None = None,
        kind: str = UNCLEAR,
        flavour: str = "",
        fixed: tuple[ast.Call, ...] = (),
    ) -> None:
        self.what = what
        self.name = name
        self.node = node
        self.kind = kind
        self.flavour = flavour
        self.fixed = fixed

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for values that are the same thing."""
        return (self.what, self.name, self.node, self.kind, self.flavour, self.fixed)

    def as_(self, what: str, name: str = "") -> Value:
        """The same pool seen otherwise: the class called, the method taken."""
        return Value(what, name, self.node, self.kind, self.flavour)

    def with_fixed(self, call: ast.Call) -> Value:
        """This value inside a ``partial(...)`` call."""
        return Value(self.what, self.name, self.node, self.kind, self.flavour, (*self.fixed, call))


def path_value(path: str) -> Value:
    """What a dotted path means."""
    if path in POOL_CLASSES:
        kind, flavour = POOL_CLASSES[path]
        return Value("pool class", path, kind=kind, flavour=flavour)
    return Value("path", path)


class Program:
    """A tree with the means to ask what its expressions are. Results are kept, cycles end."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.calls: list[ast.Call] = [node for node in tree.nodes if isinstance(node, ast.Call)]
        self.calls_by_name: dict[str, list[ast.Call]] = {}
        for call in self.calls:
            self.calls_by_name.setdefault(last_name(call.func), []).append(call)
        self._known: dict[ast.AST, list[Value]] = {}
        self._depth = 0

    def values(self, node: ast.AST) -> list[Value]:
        """All that the expression may be, as far as the source shows; empty when it does not."""
        known = self._known.get(node)
        if known is not None:
            return known
        if self._depth >= DEEPEST_ALIAS:
            return []
        self._known[node] = []  # an expression that depends on itself adds nothing
        self._depth += 1
        found: dict[tuple[object, ...], Value] = {}
        for value in self._evaluate(node):
            found.setdefault(value.key, value)
        self._depth -= 1
        self._known[node] = list(found.values())[:MOST_VALUES]
        return self._known[node]

    def paths(self, node: ast.AST) -> list[str]:
        """The dotted paths of imported or built-in things the expression may be."""
        return [value.name for value in self.values(node) if value.what == "path"]

    def own_functions(self, node: ast.AST) -> list[ast.AST]:
        """The definitions of the file's functions that the expression may be."""
        values = self.values(node)
        return [value.node for value in values if value.what in ("own", "bound") and value.node is not None]

    def _evaluate(self, node: ast.AST) -> Iterable[Value]:
        match node:
            case ast.Name():
                return self._evaluate_name(node)
            case ast.Attribute():
                return self._evaluate_attribute(node)
            case ast.Call():
                return self._evaluate_call(node)
            case ast.NamedExpr(value=value) | ast.Await(value=value) | ast.Starred(value=value):
                return self.values(value)
            case ast.IfExp(body=one, orelse=other):
                return [*self.values(one), *self.values(other)]
            case ast.BinOp(left=one, op=ast.BitOr(), right=other):
                return [*self.values(one), *self.values(other)]
            case ast.BoolOp():
                return [value for part in node.values for value in self.values(part)]
            case ast.Subscript(value=container):
                return [value for value in self.values(container) if value.what == "result"]
            case ast.Lambda():
                return [Value("lambda", node=node)]
            case ast.GeneratorExp():
                return [Value("result", GENERATOR)]
            case _ if isinstance(node, (*LITERALS, *Comprehension)):
                return [Value("result", "builtins.literal")]
        return []

    def _evaluate_name(self, node: ast.Name) -> Iterable[Value]:
        if self.tree.owner(node.id, self.tree.scope[node]) is not None:
            return [value for b in self.tree.bindings_at(node) for value in self.bound(b)]
        starred = [f"{module}.{node.id}" for module in self.tree.star_imports]
        known = [path_value(path) for path in starred if path in POOL_CLASSES or path == "functools.partial"]
        return known or ([Value("path", f"builtins.{node.id}")] if hasattr(builtins, node.id) else [])

    def bound(self, binding: Binding) -> list[Value]:
        """What a binding gives its name."""
        match binding.how, binding.node, binding.value:
            case "import", _, _:
                return [path_value(binding.path)]
            case "definition", ast.ClassDef() as definition, _:
                return self._class_values(definition)
            case "definition", definition, _:
                return [Value("own", node=definition)]
            case "value", _, ast.expr() as value:
                return self.values(value)
            case "item", _, ast.Tuple(elts=parts) | ast.List(elts=parts):
                return [value for part in parts[:MOST_VALUES] for value in self.values(part)]
            case "parameter", ast.arg() as parameter, _:
                return self._parameter_values(parameter)
        return []

    def _class_values(self, definition: ast.ClassDef) -> list[Value]:
        bases = [value for base in definition.bases for value in self.values(base)]
        pools = [base for base in bases if base.what == "pool class"]
        if pools:
            return [Value("pool class", "", definition, base.kind, base.flavour) for base in pools]
        return [Value("own class", node=definition)]

    def _instances(self, scope: Scope | None) -> list[Value]:
        """What ``self`` or ``super()`` is in a class."""
        if scope is None or not isinstance(scope.node, ast.ClassDef):
            return []
        values = self._class_values(scope.node)
        return [instance for value in values for instance in self._called(value, None)]

    def _parameter_values(self, parameter: ast.arg) -> list[Value]:
        function = self.tree.parent[self.tree.parent[parameter]]
        arguments = self.tree.parent[parameter]
        if not isinstance(arguments, ast.arguments) or not isinstance(function, Function):
            return []
        positional = [*arguments.posonlyargs, *arguments.args]
        method_of = class_around(self.tree.scope[function]) if self._is_method(function) else None
        if method_of is not None and parameter is positional[0]:
            return self._instances(method_of)
        found = [] if parameter.annotation is None else self.values(parameter.annotation)
        pools = [value.as_("pool") for value in found if value.what == "pool class"]
        if pools:
            return pools
        index = positional.index(parameter) if parameter in positional else None
        given = [*defaults_of(arguments, parameter), *self._arguments_for(function, parameter, index)]
        return [value for argument in given for value in self.values(argument)]

    def _is_method(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        static = any(last_name(decorator) == "staticmethod" for decorator in function.decorator_list)
        takes_self = bool(function.args.posonlyargs or function.args.args)
        return self.tree.scope[function].is_class and takes_self and not static

    def _arguments_for(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, parameter: ast.arg, index: int | None
    ) -> Iterator[ast.expr]:
        """What the calls in this file give for a parameter."""
        for call in self.calls_by_name.get(function.name, [])[: 2 * MOST_VALUES]:
            targets = [value for value in self.values(call.func) if value.node is function]
            if not targets:
                continue
            yield from (keyword.value for keyword in call.keywords if keyword.arg == parameter.arg)
            position = index if index is None else index - (targets[0].what == "bound")
            if position is None or not 0 <= position < len(call.args):
                continue
            if not any(isinstance(argument, ast.Starred) for argument in call.args[: position + 1]):
                yield call.args[position]

    def _evaluate_attribute(self, node: ast.Attribute) -> Iterable[Value]:
        found = [value for base in self.values(node.value) for value in self._attribute(base, node.attr)]
        if isinstance(node.value, ast.Name):
            around = class_around(self.tree.scope[node])
            bindings = self.tree.attributes.get((around, f"{node.value.id}.{node.attr}"), [])
            found += [value for b in self._last_before(bindings, node, around) for value in self.bound(b)]
        return found

    def _last_before(self, bindings: list[Binding], node: ast.AST, around: Scope | None) -> list[Binding]:
        """Attributes set in a class are seen in any order; elsewhere the order of lines counts."""
        if around is not None:
            return bindings[-MOST_VALUES:]
        before = [b for b in bindings if b.since <= start(node)]
        return before[-1:] or bindings[-1:]

    def _attribute(self, base: Value, name: str) -> Iterable[Value]:
        match base.what:
            case "path" | "result":
                return [path_value(f"{base.name}.{name}")]
            case "pool":
                return [base.as_("method", name)] if name in POOL_METHODS else self._member(base, name)
            case "own class" | "instance":
                return self._member(base, name)
        return []

    def _member(self, base: Value, name: str) -> Iterable[Value]:
        scope = self.tree.inner.get(base.node) if base.node is not None else None
        found: list[Value] = []
        for binding in scope.bindings.get(name, [])[-MOST_VALUES:] if scope is not None else []:
            for value in self.bound(binding):
                is_bound = value.what == "own" and base.what != "own class" and value.node is not None
                found.append(Value("bound", node=value.node) if is_bound else value)
        return found

    def _evaluate_call(self, node: ast.Call) -> Iterable[Value]:
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("enter_context", "__enter__"):
            entered = node.args[0] if node.args else node.func.value
            return self.values(entered)
        return [value for callee in self.values(node.func) for value in self._called(callee, node)]

    def _called(self, callee: Value, call: ast.Call | None) -> Iterable[Value]:
        """What a call of ``callee`` gives; ``call`` is the expression, where there is one."""
        match callee.what:
            case "path":
                return self._called_path(callee.name, call)
            case "pool class":
                return [callee.as_("pool")]
            case "method":
                lazy = callee.name in LAZY_METHODS or (callee.name, callee.flavour) == ("map", EXECUTOR)
                return [Value("result", LAZY_MAP if lazy else "pool results")]
            case "own" | "bound" if callee.node is not None:
                return self._returned(callee.node)
            case "own class":
                return [Value("instance", node=callee.node)]
            case "lambda" if isinstance(callee.node, ast.Lambda):
                return self.values(callee.node.body)
        return []

    def _called_path(self, path: str, call: ast.Call | None) -> Iterable[Value]:
        if path == "functools.partial" and call is not None and call.args:
            return [value.with_fixed(call) for value in self.values(call.args[0]) or [Value("other")]]
        if path == "multiprocessing.get_context":
            return [Value("path", "multiprocessing")]  # a context has the module's functions
        if path == "builtins.super" and call is not None:
            return self._instances(class_around(self.tree.scope[call]))
        if path == "contextlib.closing" and call is not None and call.args:
            return self.values(call.args[0])
        return [Value("result", path)]

    def _returned(self, function: ast.AST) -> Iterable[Value]:
        scope = self.tree.inner[function]
        if not scope.is_generator:
            return [value for expression in scope.returns[:MOST_VALUES] for value in self.values(expression)]
        decorators = getattr(function, "decorator_list", [])
        if any(last_name(decorator) == "contextmanager" for decorator in decorators):
            return [value for expression in scope.yields[:MOST_VALUES] for value in self.values(expression)]
        return [Value("result", GENERATOR)]

    def reached_from(self, functions: Iterable[ast.AST]) -> list[ast.AST]:
        """These functions of the file and all they call or hand on, directly or not."""
        reached = dict.fromkeys(functions)
        waiting = list(reached)
        while waiting:
            for node in self.tree.inner[waiting.pop()].nodes:
                for function in self._functions_used_at(node):
                    if function not in reached:
                        reached[function] = None
                        waiting.append(function)
        return list(reached)

    def _functions_used_at(self, node: ast.AST) -> list[ast.AST]:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            return self.own_functions(node)
        return self.own_functions(node.func) if isinstance(node, ast.Call) else []


def last_name(node: ast.AST) -> str:
    """``map`` for ``map`` and for ``pool.map``; empty for other expressions."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def defaults_of(arguments: ast.arguments, parameter: ast.arg) -> list[ast.expr]:
    """The default of a parameter, if it has one."""
    positional = [*arguments.posonlyargs, *arguments.args]
    with_default = positional[len(positional) - len(arguments.defaults) :]
    pairs_ = [*zip(with_default, arguments.defaults, strict=True)]
    keyword_only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    pairs_ += [(arg, default) for arg, default in keyword_only if default is not None]
    return [default for arg, default in pairs_ if arg is parameter]


# --- constants ----------------------------------------------------------------------------------------


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


# --- facts --------------------------------------------------------------------------------------------


def place(node: ast.AST) -> dict[str, int]:
    """A ``Place`` of the facts."""
    line, column = start(node)
    return {"line": line, "column": column}


def written(node: ast.AST) -> str:
    """The expression as source text, cut to a readable length."""
    try:
        text = ast.unparse(node)
    except (RecursionError, ValueError):  # nested deeply, or an integer too long to print
        return "..."
    return printable(text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 3] + "...")


def in_order(facts: list[dict[str, Any]], key: str = "place") -> list[dict[str, Any]]:
    """Facts in the order of the source, each once, not more than anyone reads."""
    unique = {json.dumps(fact, sort_keys=True): fact for fact in facts}
    ordered = sorted(unique.values(), key=lambda fact: (fact[key]["line"], fact[key]["column"]))
    return ordered[:MOST_FACTS]


def guarded_branch(test: ast.expr) -> str:
    """Which branch of an ``if`` runs only in the main program: ``body``, ``orelse``, or empty for none."""
    flipped = False
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        flipped = not flipped
        test = test.operand
    parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
    says = [asks_for_main(part) for part in parts]
    if True in says:
        return "orelse" if flipped else "body"
    if False in says and len(says) == 1:
        return "body" if flipped else "orelse"
    return ""


def asks_for_main(test: ast.expr) -> bool | None:
    """True for ``__name__ == "__main__"``, False for its opposite, None for anything else."""
    match test:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            sides = {mentions(left), mentions(right)}
        case _:
            return None
    if sides != {"__name__", "__main__"}:
        return None
    return isinstance(op, (ast.Eq, ast.Is, ast.In))


def mentions(node: ast.expr) -> str:
    """``__name__`` for that variable, ``__main__`` for that text, alone or in a list of texts."""
    match node:
        case ast.Name(id="__name__"):
            return "__name__"
        case ast.Constant(value="__main__"):
            return "__main__"
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            texts = [part.value for part in parts if isinstance(part, ast.Constant)]
            return "__main__" if "__main__" in texts else ""
    return ""


class Facts:
    """Gathers the facts of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.tree = program.tree
        self.guards: dict[ast.AST, str] = {
            node: branch
            for node in self.tree.nodes
            if isinstance(node, ast.If) and (branch := guarded_branch(node.test))
        }
        self.has_pools = False
        self.work: list[dict[str, Any]] = []
        self.working_functions: set[ast.AST] = set()
        self.elsewhere: list[dict[str, Any]] = []
        self.mapped: list[ast.AST] = []
        self.consumed_parameters: dict[ast.AST, set[int]] = {}

    def all(self) -> dict[str, Any]:
        """Every field of ``SourceFacts`` that the tree can fill."""
        pools = self.find_pools()
        self.has_pools = bool(pools)
        calls = self.find_calls()
        self.find_calls_at_import()
        return {
            "functions": self.find_functions(),
            "imports": self.find_imports(),
            "pools": in_order(pools),
            "calls": in_order(calls),
            "main_guard": self.find_main_guard(),
            "work_at_import": in_order(self.work),
            "chunksize_elsewhere": in_order(self.elsewhere),
            "input_calls": self.find_input_calls(),
            "worker_writes": in_order(self.find_worker_writes()),
            "double_uses": in_order(self.find_double_uses(), key="second"),
        }

    # where things run

    def runs_at_import(self, node: ast.AST) -> bool:
        """It runs when the file is merely imported: outside functions and outside the main guard."""
        scope: Scope | None = self.tree.scope[node]
        while scope is not None:
            if scope.runs_later:
                return False
            scope = scope.parent
        return not self._is_guarded(node)

    def _is_guarded(self, node: ast.AST) -> bool:
        chain = self.tree.ancestors(node)
        return any(self.guards.get(self.tree.parent.get(n, n)) == self.tree.field.get(n, "-") for n in chain)

    def find_main_guard(self) -> dict[str, int] | None:
        """The main guard at top level, else one inside a function."""
        at_top = [node for node in self.guards if self.tree.scope[node] is self.tree.module]
        first = next(iter(at_top or self.guards), None)
        return None if first is None else place(first)

    def _note_work(self, call: ast.Call) -> bool:
        """Remember that this call is parallel work; the answer says whether it runs at import."""
        self.working_functions.add(self.tree.scope[call].home.node)
        at_import = self.runs_at_import(call)
        if at_import:
            self.work.append({"name": written(call.func), "place": place(call)})
        return at_import

    def find_calls_at_import(self) -> None:
        """Calls of the file's own functions that run on import."""
        for call in self.program.calls:
            if self._starts_own_code(call) and self.runs_at_import(call) and not self._decorates(call):
                self.work.append({"name": written(call.func), "place": place(call)})

    def _starts_own_code(self, call: ast.Call) -> bool:
        for value in self.program.values(call.func):
            if value.what in ("own", "bound") and value.node is not None:
                return not any(node in self.guards for node in self.tree.inner[value.node].nodes)
            if value.what == "own class" and value.node is not None:
                return self._constructor_works(value.node)
        return False

    def _constructor_works(self, definition: ast.AST) -> bool:
        bindings = self.tree.inner[definition].bindings.get("__init__", [])
        reached = self.program.reached_from(b.node for b in bindings if b.how == "definition")
        return any(function in self.working_functions for function in reached)

    def _decorates(self, call: ast.Call) -> bool:
        return self.tree.field.get(call) == "decorator_list"

    # pools and the calls on them

    def find_pools(self) -> list[dict[str, Any]]:
        """Where pools are made."""
        found = []
        for call in self.program.calls:
            values = self.program.values(call.func)
            kinds = dict.fromkeys(v.kind for v in values if v.what == "pool class" and v.kind)
            if not kinds:
                continue
            at_import = self._note_work(call)
            fact = {"written": written(call.func), "place": place(call), "at_import": at_import}
            found += [{"kind": kind, **fact} for kind in kinds]
        return found

    def find_calls(self) -> list[dict[str, Any]]:
        """Where work is handed to pools; on the way, chunk sizes given to other calls."""
        found = []
        for call in self.program.calls:
            methods = [value for value in self.program.values(call.func) if value.what == "method"]
            methods = methods or self._guessed_method(call)
            if methods:
                found.append(self._call_fact(call, methods))
            if self._chunksize_is_lost(call, methods):
                keyword = next(k for k in call.keywords if k.arg == "chunksize")
                self.elsewhere.append({"name": written(call.func), "place": place(keyword)})
        return found

    def _guessed_method(self, call: ast.Call) -> list[Value]:
        """``x.map(f, items)`` on an unknown ``x`` is taken for a pool's, when the rest speaks for it."""
        if not isinstance(call.func, ast.Attribute) or self.program.values(call.func):
            return []
        name = call.func.attr
        if name not in POOL_METHODS or name == "apply" or self.program.values(call.func.value):
            return []
        has_chunksize = name in CHUNKED_METHODS and gives(call, "chunksize")
        is_whole = name in SINGLE_METHODS or len(call.args) + len(call.keywords) >= 2
        if not has_chunksize and not (self.has_pools and is_whole):
            return []
        flavour = EXECUTOR if name in ("map", "submit") else CLASSIC
        return [Value("method", name, flavour=flavour)]

    def _call_fact(self, call: ast.Call, methods: list[Value]) -> dict[str, Any]:
        self._note_work(call)
        method = methods[0]
        kinds = {value.kind for value in methods}
        kind = methods[0].kind if len(kinds) == 1 else UNCLEAR
        given = Arguments(call, method.fixed)
        function = given.function()
        if function is not None and kind != THREAD:
            self.mapped += self.program.own_functions(function)
        return {
            "method": method.name,
            "pool": kind or None,
            "function": "" if function is None else written(function),
            "function_kind": "other" if function is None else self._function_kind(function),
            **self._chunksize(given, method),
            "place": place(call),
        }

    def _function_kind(self, node: ast.expr) -> str:
        """How the function is made, the worst for another process first."""
        if isinstance(node, ast.Lambda):
            return "lambda"
        kinds = [self._kind_of(value) for value in self.program.values(node)]
        return next((kind for kind in ("lambda", "nested", "partial", "named") if kind in kinds), "other")

    def _kind_of(self, value: Value) -> str:
        match value.what:
            case "lambda":
                return "lambda"
            case "own" if value.node is not None and not self._is_importable(value.node):
                return "nested"
            case _ if value.fixed:
                return "partial"
            case "own" | "path" | "own class":
                return "named"
        return "other"

    def _is_importable(self, definition: ast.AST) -> bool:
        scope: Scope | None = self.tree.scope[definition]
        if scope is not None and getattr(definition, "name", "") in scope.global_names:
            return True
        while scope is not None and not scope.runs_later:
            scope = scope.parent
        return scope is None

    def _chunksize(self, given: Arguments, method: Value) -> dict[str, Any]:
        absent = {"chunksize": "absent", "chunksize_value": None, "chunksize_place": None}
        if method.name not in CHUNKED_METHODS:
            return absent
        node, shown_at = given.chunksize(positional=method.flavour == CLASSIC)
        if node is None:
            may_be_set = given.hides_some or self._is_overridden(method)
            return {**absent, "chunksize": "hidden"} if may_be_set else absent
        try:
            value = constant(self.program, node)
            number = whole(value) if isinstance(value, int) else None
        except NotConstant:
            return {"chunksize": "computed", "chunksize_value": None, "chunksize_place": place(shown_at)}
        return {"chunksize": "constant", "chunksize_value": number, "chunksize_place": place(shown_at)}

    def _is_overridden(self, method: Value) -> bool:
        """A subclass in the file has its own ``map``, which may add a chunk size."""
        return method.node is not None and method.name in self.tree.inner[method.node].bindings

    # chunk sizes on the wrong call

    def _chunksize_is_lost(self, call: ast.Call, methods: list[Value]) -> bool:
        if not gives(call, "chunksize"):
            return False
        if methods:
            return all(
                value.name not in CHUNKED_METHODS or (value.kind, value.flavour) == (THREAD, EXECUTOR)
                for value in methods
            )
        values = self.program.values(call.func)
        if any(value.what == "path" and value.name == "functools.partial" for value in values):
            values = self.program.values(call.args[0]) if call.args else []
        if not values:
            return last_name(call.func) in SINGLE_METHODS
        return all(self._ignores_chunksize(value) for value in values)

    def _ignores_chunksize(self, value: Value) -> bool:
        """The callee is known, and known to make nothing of a chunk size."""
        match value.what:
            case "path":
                return value.name.split(".")[0] in CHUNKSIZE_UNKNOWN_TO and value.name != "builtins.dict"
            case "pool class":
                return value.node is None
            case "method":
                return value.name not in CHUNKED_METHODS
            case "own" | "bound" | "lambda" if isinstance(value.node, (*Function, ast.Lambda)):
                arguments = value.node.args
                names = [parameter.arg for parameter in all_parameters(arguments)]
                return arguments.kwarg is None and "chunksize" not in names
        return False

    # names and input

    def find_functions(self) -> list[str]:
        """Top-level functions and classes, and the methods of those classes."""
        found: dict[str, None] = {}
        for name, definition in definitions(self.tree.module):
            found[name] = None
            if isinstance(definition, ast.ClassDef):
                methods = definitions(self.tree.inner[definition])
                found.update(dict.fromkeys(f"{name}.{method}" for method, _ in methods))
        return [name[:LONGEST_NAME] for name in list(found)[:MOST_FACTS]]

    def find_imports(self) -> list[str]:
        """The top-level names of imported modules, anywhere in the file."""
        found: dict[str, None] = {}
        for node in self.tree.nodes:
            match node:
                case ast.Import():
                    found.update(dict.fromkeys(alias.name.split(".")[0] for alias in node.names))
                case ast.ImportFrom(module=str() as module, level=0):
                    found[module.split(".")[0]] = None
        return [name[:LONGEST_NAME] for name in list(found)[:MOST_FACTS]]

    def find_input_calls(self) -> list[dict[str, int]]:
        """Where the program waits for the keyboard."""
        calls = [call for call in self.program.calls if self._reads_input(call)]
        loops = [
            node.iter
            for node in self.tree.nodes
            if isinstance(node, (*Loop, ast.comprehension)) and "sys.stdin" in self.program.paths(node.iter)
        ]
        places = sorted({start(node) for node in (*calls, *loops)})
        return [{"line": line, "column": column} for line, column in places[:MOST_FACTS]]

    def _reads_input(self, call: ast.Call) -> bool:
        for path in self.program.paths(call.func):
            module, _, name = path.rpartition(".")
            if path == "builtins.input":
                return True
            if module in ("sys.stdin", "sys.stdin.buffer") and name.startswith(("read", "__next__")):
                return True
            if path == "builtins.open" and call.args:
                return isinstance(call.args[0], ast.Constant) and call.args[0].value == 0
            if module in ("builtins", "json", "csv") and name not in ("print", "isinstance", "id", "type"):
                return any("sys.stdin" in self.program.paths(argument) for argument in call.args)
        return False

    # globals changed in workers

    def find_worker_writes(self) -> list[dict[str, Any]]:
        """Functions that run in workers and change a global, each global once."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for function in self.program.reached_from(self.mapped):
            scope = self.tree.inner[function]
            name = getattr(function, "name", "lambda")[:LONGEST_NAME]
            for variable, node in [*scope.global_writes, *self._mutations(scope)]:
                fact = {"function": name, "name": variable[:LONGEST_NAME], "place": place(node)}
                found.setdefault((name, variable), fact)
        return list(found.values())

    def _mutations(self, scope: Scope) -> Iterator[tuple[str, ast.AST]]:
        """Changes to what a module-level variable holds, made in the statements of a scope."""
        for node in scope.nodes:
            match node:
                case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store() | ast.Del()):
                    root = root_name(node)
                case ast.Call(func=ast.Attribute(attr=method) as target) if method in MUTATING_METHODS:
                    root = root_name(target)
                case _:
                    continue
            if root is not None and self._is_plain_global(root):
                yield root.id, node

    def _is_plain_global(self, name: ast.Name) -> bool:
        """A variable of the module that is neither an imported thing nor made to be shared by processes."""
        if self.tree.owner(name.id, self.tree.scope[name]) is not self.tree.module:
            return False
        values = self.program.values(name)
        return not any(
            value.what == "path" or (value.what == "result" and value.name.startswith("multiprocessing"))
            for value in values
        )

    # generators gone through twice

    def find_double_uses(self) -> list[dict[str, Any]]:
        """Names that hold something that can be gone through once, and are gone through twice."""
        uses: dict[tuple[Scope, str], list[ast.Name]] = {}
        for node in self.tree.nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and self._is_consumed(node):
                scope = self.tree.scope[node]
                owner = self.tree.owner(node.id, scope)
                if owner is not None and owner is scope.home:
                    uses.setdefault((owner, node.id), []).append(node)
        found: dict[ast.AST, dict[str, Any]] = {}
        for (owner, name), names in uses.items():
            names.sort(key=start)
            for first, second in pairwise(names):
                made = self._made_once(owner.bindings[name], first, second)
                if made is not None and self._follows(first, second):
                    fact = {"made": place(made), "first": place(first), "second": place(second)}
                    found.setdefault(made, {"name": name[:LONGEST_NAME], **fact})
        return list(found.values())

    def _made_once(self, bindings: list[Binding], first: ast.Name, second: ast.Name) -> ast.AST | None:
        """The binding both uses see, when what it gives can be gone through only once."""
        count = bisect_right(bindings, start(first), key=since)
        if count == 0 or count != bisect_right(bindings, start(second), key=since):
            return None
        made = bindings[count - 1]
        if made.how != "value":
            return None
        values = self.program.bound(made)
        one_shot = any(value.what == "result" and value.name in ONE_SHOT for value in values)
        return made.node if one_shot else None

    def _follows(self, first: ast.Name, second: ast.Name) -> bool:
        """The second use comes after the first in one run, and finds nothing left."""
        loop = self.tree.parent[first]
        if isinstance(loop, Loop) and any(isinstance(node, ast.Break) for node in ast.walk(loop)):
            return False  # left early, to go on from there
        if self.tree.parent[first] is self.tree.parent[second]:
            return False  # zip(x, x) takes turns, as meant
        return not self.tree.are_alternatives(first, second) and not self.tree.leaves_between(first, second)

    def _is_consumed(self, name: ast.Name) -> bool:
        """The expression around the name goes through all of it."""
        parent = self.tree.parent[name]
        match parent:
            case ast.For() | ast.AsyncFor() | ast.comprehension():
                return self.tree.field[name] == "iter"
            case ast.Starred() | ast.YieldFrom():
                return True
            case ast.Assign(targets=[ast.Tuple() | ast.List()]):
                return True
            case ast.Call() if self.tree.field[name] == "args":
                return self._consumes_arguments(parent) or self._given_to_a_consumer(name, parent)
        return False

    def _given_to_a_consumer(self, name: ast.Name, call: ast.Call) -> bool:
        """The name is handed to one of the program's own functions, which goes through that parameter."""
        position = call.args.index(name)
        if any(isinstance(argument, ast.Starred) for argument in call.args[:position]):
            return False
        return any(
            value.what == "own"
            and not value.fixed
            and isinstance(value.node, Function)
            and position in self._consumed_parameters(value.node)
            for value in self.program.values(call.func)
        )

    def _consumed_parameters(self, function: ast.AST) -> set[int]:
        """Positions of the parameters that a function goes through itself, and never binds anew."""
        known = self.consumed_parameters.get(function)
        if known is not None:
            return known
        found = self.consumed_parameters[function] = set()  # set before looking: a function may call itself
        scope = self.tree.inner[function]
        arguments = function.args  # type: ignore[attr-defined]
        positions = {a.arg: index for index, a in enumerate([*arguments.posonlyargs, *arguments.args])}
        for node in scope.nodes:
            if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load) or node.id not in positions:
                continue
            if len(scope.bindings.get(node.id, ())) == 1 and self._is_consumed(node):
                found.add(positions[node.id])
        return found

    def _consumes_arguments(self, call: ast.Call) -> bool:
        values = self.program.values(call.func)
        if any(value.name in (CONSUMERS if value.what == "path" else CHUNKED_METHODS) for value in values):
            return True
        is_method = isinstance(call.func, ast.Attribute) and call.func.attr in CONSUMING_METHODS
        return is_method and not any(value.what in ("own", "bound") for value in values)


class Arguments:
    """What a call gives, including what partials around the callee have fixed."""

    def __init__(self, call: ast.Call, fixed: tuple[ast.Call, ...]) -> None:
        self.positional = [argument for partial in fixed for argument in partial.args[1:]] + call.args
        self.keywords = [keyword for source in (*fixed, call) for keyword in source.keywords]
        self.hides_some = any(keyword.arg is None for keyword in self.keywords)

    def function(self) -> ast.expr | None:
        """The function handed over: the first argument, or the one with its name."""
        if self.positional:
            first = self.positional[0]
            return None if isinstance(first, ast.Starred) else first
        named = [keyword.value for keyword in self.keywords if keyword.arg in FUNCTION_KEYWORDS]
        return named[0] if named else None

    def chunksize(self, positional: bool) -> tuple[ast.expr | None, ast.AST]:
        """The chunk size and the node that gives it; ``positional`` says it may be the third argument."""
        for keyword in reversed(self.keywords):  # the call's own keyword wins over a partial's
            if keyword.arg == "chunksize":
                return keyword.value, keyword
        if positional and any(isinstance(argument, ast.Starred) for argument in self.positional[:3]):
            self.hides_some = True
        elif positional and len(self.positional) >= 3:
            return self.positional[2], self.positional[2]
        return None, ast.Pass()


def gives(call: ast.Call, name: str) -> bool:
    """The call has this keyword."""
    return any(keyword.arg == name for keyword in call.keywords)


def definitions(scope: Scope) -> list[tuple[str, ast.AST]]:
    """Functions and classes defined in a scope, by name."""
    return [
        (name, binding.node)
        for name, bindings in scope.bindings.items()
        for binding in bindings
        if binding.how == "definition"
    ]


def root_name(node: ast.expr) -> ast.Name | None:
    """``TOTALS`` for ``TOTALS[word].parts``."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node if isinstance(node, ast.Name) else None


# --- reading ------------------------------------------------------------------------------------------

TOO_DEEP = (
    "The program is nested too deeply, or is too large, for Python to read: "
    "an expression or block stands inside too many others."
)


def scan(source: bytes) -> dict[str, Any]:
    """The facts of a program, as JSON for ``SourceFacts``. Never raises, whatever the bytes are."""
    try:
        return Facts(Program(Tree(parse(source)))).all()
    except (RecursionError, MemoryError):
        return {"unreadable": TOO_DEEP}
    except SyntaxError as error:
        if "too many nested parentheses" in str(error.msg):
            return {"unreadable": TOO_DEEP}
        return {"syntax_fault": syntax_fault(error, source)}


def parse(source: bytes) -> ast.Module:
    """The syntax tree, honouring an encoding comment.

    Raises:
        SyntaxError: It is no Python program, whatever the parser called it.
        RecursionError, MemoryError: It is nested too deeply or too large.
    """
    if b"\0" in source:  # some versions of Python call this a ValueError without a place
        line = source[: source.index(b"\0")].count(b"\n") + 1
        raise SyntaxError("source code cannot contain null bytes", ("", line, 1, ""))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(source)
            # Some faults, such as a return outside a function, show only when compiling.
            compile(module, "<program>", "exec", dont_inherit=True)
            return module
    except (SyntaxError, RecursionError, MemoryError):
        raise
    except Exception as error:  # an encoding comment may name any codec, which may raise anything
        raise SyntaxError(f"the program cannot be decoded: {error}") from error


def syntax_fault(error: SyntaxError, source: bytes) -> dict[str, Any]:
    """A ``SyntaxFault`` of the facts. The column counts bytes of UTF-8, as in the tree."""
    line = max(1, error.lineno or 1)
    text = (error.text or source_line(source, line)).rstrip("\r\n")
    column = max(1, error.offset or 1) - 1
    if error.text is not None and sys.version_info >= (3, 13):  # others count bytes already
        column = len(text[:column].encode("utf-8", "replace"))
    return {
        "message": printable(error.msg or "invalid syntax"),
        "place": {"line": line, "column": column},
        "text": printable(text.replace("\0", "")[:LONGEST_LINE]),
    }


def source_line(source: bytes, line: int) -> str:
    """A line of the program, for a message only: bytes that are no UTF-8 are replaced."""
    lines = source.splitlines()
    return lines[line - 1].decode("utf-8", "replace") if line <= len(lines) else ""


def printable(text: str) -> str:
    """The text without lone surrogates, which no JSON reader accepts."""
    return text.encode("utf-8", "replace").decode("utf-8")


def write_line(descriptor: int, line: bytes) -> None:
    """Write all of it; a pipe takes only a part at a time."""
    rest = memoryview(line + b"\n")
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def main() -> None:
    """Scan the program named in the configuration and write the facts to the private descriptor."""
    gc.disable()  # this process gives one answer and ends; collecting would double its time
    config = json.loads(sys.argv[1])
    with open(config["script"], "rb") as file:
        source = file.read()
    write_line(config["claims_fd"], json.dumps(scan(source)).encode("ascii"))


if __name__ == "__main__":
    main()
