"""What an expression of a program may be: a pool, a pool's method, one of the file's functions, and so on.

Where the source leaves several answers open, all are followed.
"""

from __future__ import annotations

import ast
import builtins

from pargrade_scan_tree import MOST_VALUES, Binding, Comprehension, Function, Scope, Tree, class_around, start

TYPE_CHECKING = False  # importing typing for its constant costs more start-up time than parsing does
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


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
GENERATOR = "a generator"
LAZY_MAP = "a pool's lazy results"
DEEPEST_ALIAS = 40  # steps from a name to what it stands for
LITERALS = (ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Set, ast.Dict)


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
