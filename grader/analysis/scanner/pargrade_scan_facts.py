"""What a program shows, as JSON for ``grader.model.facts.SourceFacts``."""

from __future__ import annotations

import ast
import json
from bisect import bisect_right
from itertools import pairwise

from pargrade_scan_constants import NotConstant, constant, whole
from pargrade_scan_program import (
    CHUNKED_METHODS,
    CLASSIC,
    EXECUTOR,
    GENERATOR,
    LAZY_MAP,
    POOL_METHODS,
    SINGLE_METHODS,
    THREAD,
    UNCLEAR,
    Program,
    Value,
    last_name,
)
from pargrade_scan_tree import Binding, Function, Scope, all_parameters, since, start

TYPE_CHECKING = False  # importing typing for its constant costs more start-up time than parsing does
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


FUNCTION_KEYWORDS = ("fn", "func", "function")
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
MOST_FACTS = 1000  # of one kind; a program that has more is not written by hand
Loop = (ast.For, ast.AsyncFor)
MAIN_NAMES = ("__main__", "__mp_main__")  # what __name__ is in the main program, and where a worker imports it
MANAGERS = ("multiprocessing.Manager", "multiprocessing.managers.SyncManager")


def place(node: ast.AST) -> dict[str, int]:
    """A ``Place`` of the facts."""
    line, column = start(node)
    return {"line": line, "column": column}


def printable(text: str) -> str:
    """The text without lone surrogates, which no JSON reader accepts."""
    return text.encode("utf-8", "replace").decode("utf-8")


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


def looks_like_guard(test: ast.expr) -> bool:
    """It compares ``__name__`` with a text such as ``"main"``, or the text ``"__name__"`` with ``"__main__"``."""
    match test:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
            sides = [left, right]
        case _:
            return False
    texts = [side.value for side in sides if isinstance(side, ast.Constant) and isinstance(side.value, str)]
    if any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides):
        return len(texts) == 1 and texts[0] not in MAIN_NAMES and "main" in texts[0].lower()
    return set(texts) == {"__name__", "__main__"}


def is_not_equal(test: ast.expr) -> bool:
    """The comparison is one by ``!=``."""
    return isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.NotEq)


def swallows(handler: ast.ExceptHandler) -> bool:
    """It catches every error and does nothing but to go on."""
    match handler.type:
        case None | ast.Name(id="Exception" | "BaseException"):
            return all(isinstance(step, (ast.Pass, ast.Continue)) for step in handler.body)
    return False


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
        self.guards_like: list[ast.If] = [
            node
            for node in self.tree.nodes
            if isinstance(node, ast.If) and self.tree.scope[node] is self.tree.module and looks_like_guard(node.test)
        ]
        """Main guards that are none: their condition is always the same."""
        self.never: dict[ast.AST, str] = {
            node: "orelse" if is_not_equal(node.test) else "body" for node in self.guards_like
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
            "guard_like": [self._guard_like_fact(node) for node in self.guards_like[:MOST_FACTS]],
            "work_at_import": in_order(self.work),
            "chunksize_elsewhere": in_order(self.elsewhere),
            "input_calls": self.find_input_calls(),
            "managers": self.find_managers(),
            "swallowed": self.find_swallowed(),
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
        closed = {**self.guards, **self.never}
        return any(closed.get(self.tree.parent.get(n, n)) == self.tree.field.get(n, "-") for n in chain)

    def find_main_guard(self) -> dict[str, int] | None:
        """The main guard at top level, else one inside a function."""
        at_top = [node for node in self.guards if self.tree.scope[node] is self.tree.module]
        first = next(iter(at_top or self.guards), None)
        return None if first is None else place(first)

    def _guard_like_fact(self, node: ast.If) -> dict[str, Any]:
        return {"written": written(node.test), "always": is_not_equal(node.test), "place": place(node.test)}

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
        found = next((kind for kind in ("lambda", "nested", "partial", "named") if kind in kinds), "other")
        called = found == "other" and isinstance(node, ast.Call) and self.program.own_functions(node.func)
        return "called" if called else found

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

    def find_managers(self) -> list[dict[str, int]]:
        """Where a process is started that holds things for all others."""
        calls = [call for call in self.program.calls if any(p in MANAGERS for p in self.program.paths(call.func))]
        return [place(call) for call in calls[:MOST_FACTS]]

    def find_swallowed(self) -> list[dict[str, int]]:
        """Where every error is caught, and nothing is done about it."""
        found = [node for node in self.tree.nodes if isinstance(node, ast.ExceptHandler) and swallows(node)]
        return [place(node) for node in found[:MOST_FACTS]]

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
