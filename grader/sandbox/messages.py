"""Messages of a pool's queues, told from their bytes without ever being unpickled.

``concurrent.futures.process`` pickles a ``_CallItem`` for each chunk and a ``_ResultItem`` for each answer. Both are
private, so the forms are pinned to the versions of Python that were looked at: 3.11 to 3.14 agree in them. A chunk of
``map`` is a call of ``functools.partial(_process_chunk, function)``, or of the tracer's ``Chunk(call, function)``
where the map was traced, with one argument: a tuple of the items, each a tuple of arguments.

``pickletools.genops`` takes the bytes apart; a small machine then keeps a stack of plain nodes, as an unpickler
would keep one of objects. It knows the few instructions that occur in these messages and makes nothing but tuples,
names, texts and numbers; of all else it keeps only that something was there. The number of a call and its function
come before its arguments, so a message that is too long to be read to its end still tells these two.
Sources: ``Lib/concurrent/futures/process.py``, ``Lib/multiprocessing/reduction.py``, ``Lib/pickletools.py``.
"""

from __future__ import annotations

import pickletools
import sys
from dataclasses import dataclass, field
from typing import Literal

PINNED = {
    (3, 11): "tests on 3.11",
    (3, 12): "tests on 3.12",
    (3, 13): "tests on 3.13; its chunks are made by itertools.batched, and are tuples as before",
    (3, 14): "the source only; map got the argument buffersize, the messages are those of 3.13",
}
"""The versions whose messages are understood, and how that is known."""
MOST_INSTRUCTIONS = 200_000
"""Of one message: a chunk of some fifty thousand numbers. Each takes about two microseconds."""
MOST_INSTRUCTIONS_OF_A_RUN = 1_000_000
LONGEST_NAME = 200
_PROCESS = "concurrent.futures.process"
_CALL, _RESULT, _CHUNK = (f"{_PROCESS} {name}" for name in ("_CallItem", "_ResultItem", "_process_chunk"))
_TRACED_CHUNK = "pargrade_trace Chunk"
_PARTIALS = ("multiprocessing.reduction _rebuild_partial", "functools partial")
_INSTRUCTIONS_BEFORE_WORK_ID = 40


@dataclass(frozen=True)
class Call:
    """One call on its way to a worker."""

    work_id: int
    method: Literal["map", "submit"]
    function: str
    items: int
    """0 where they could not be counted."""
    call: int | None = None
    """The number of the map call, where it was traced."""


@dataclass(frozen=True)
class Result:
    """One answer on its way back."""

    work_id: int


class NotAMessage(Exception):
    """The bytes are neither a call nor a result, or not in the form that is known."""


def understood_here() -> bool:
    """Whether this version of Python is one whose messages were looked at."""
    return sys.version_info[:2] in PINNED


class Reader:
    """Tells what the messages of one run are, and gives up where they hold more than is worth reading."""

    def __init__(self) -> None:
        self.left = MOST_INSTRUCTIONS_OF_A_RUN
        """Instructions that will still be looked at."""

    def read(self, payload: bytes) -> Call | Result:
        """Tell what a message is, which may be cut: of a result only the start is needed.

        Raises:
            NotAMessage: It is none, or was made in a form that is not known.
        """
        machine = _Machine()
        try:
            return self._take_apart(payload, machine)
        except Exception as error:  # whatever odd bytes make pickletools raise
            begun = machine.call_so_far()
            if begun is None:
                raise NotAMessage(type(error).__name__) from error
            return begun

    def _take_apart(self, payload: bytes, machine: _Machine) -> Call | Result:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(payload)):
            self.left -= 1
            if count > MOST_INSTRUCTIONS or self.left < 0:
                raise NotAMessage("too long")
            machine.take(opcode.name, argument)
            if count < _INSTRUCTIONS_BEFORE_WORK_ID and (result := machine.result_so_far()) is not None:
                return result
        return _call(machine.top())


def read_message(payload: bytes) -> Call | Result:
    """Tell what one message by itself is; see ``Reader.read``."""
    return Reader().read(payload)


# -- the machine -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Name:
    """A global, as "module name"."""

    text: str


@dataclass
class _Object:
    """Something made by calling ``maker`` with ``arguments``; ``state`` is what its attributes were set to."""

    maker: object
    arguments: object
    state: object = None


@dataclass
class _Dict:
    pairs: list[tuple[object, object]] = field(default_factory=list)

    def get(self, key: str) -> object:
        return next((value for name, value in self.pairs if name == key), None)


class _Mark:
    """The start of a row of values that a later instruction takes together."""


_OTHER = object()
"""Stands for whatever is of no interest."""
_SIMPLE = {
    *("NONE", "NEWTRUE", "NEWFALSE", "BINFLOAT", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
    *("LONG4", "EMPTY_SET"),
}
_TEXTS = {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"}
_NUMBERS = {"BININT", "BININT1", "BININT2", "LONG1"}
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_NOTHING = {"PROTO", "FRAME", "STOP"}


class _Machine:
    def __init__(self) -> None:
        self._stack: list[object] = []
        self._memo: dict[int, object] = {}

    def top(self) -> object:
        return self._stack[-1]

    def result_so_far(self) -> Result | None:
        """A result whose number is known already."""
        match self._stack:
            case [_Object(maker=_Name(text=text)), _Dict(), _Mark(), "work_id", int(number)] if text == _RESULT:
                return Result(number)
        return None

    def call_so_far(self) -> Call | None:
        """A call of which the number and the function are known, but not the arguments."""
        match self._stack[:7]:
            case [_Object(maker=_Name(text=text)), _Dict(), _Mark(), "work_id", int(number), "fn", function] if (
                text == _CALL
            ):
                return _call_of(number, function, None)
        return None

    def take(self, name: str, argument: object) -> None:
        """Carry out one instruction."""
        if name in _NOTHING:
            return
        if name == "MEMOIZE":
            self._memo[len(self._memo)] = self._stack[-1]
        elif name in ("BINPUT", "LONG_BINPUT"):
            self._memo[int(str(argument))] = self._stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            self._stack.append(self._memo[int(str(argument))])
        elif name in _SIMPLE:
            self._stack.append(_OTHER)
        elif name in _TEXTS or name in _NUMBERS:
            self._stack.append(argument)
        elif name in _TUPLES:
            self._stack.append(tuple(self._pop(_TUPLES[name])))
        elif name == "MARK":
            self._stack.append(_Mark())
        else:
            self._build(name, argument)

    def _build(self, name: str, argument: object) -> None:
        match name:
            case "TUPLE":
                self._stack.append(tuple(self._to_mark()))
            case "EMPTY_LIST":
                self._stack.append(_Object("list", ()))
            case "EMPTY_DICT":
                self._stack.append(_Dict())
            case "POP" if not isinstance(self._stack[-1], _Mark):
                self._pop(1)
            case "APPEND":
                self._pop(1)
            case "APPENDS" | "ADDITEMS" | "POP_MARK":
                self._to_mark()
            case "FROZENSET":
                self._to_mark()
                self._stack.append(_OTHER)
            case "SETITEM":
                self._set([tuple(self._pop(2))])
            case "SETITEMS":
                values = self._to_mark()
                self._set(list(zip(values[::2], values[1::2], strict=True)))
            case "GLOBAL":
                self._stack.append(_Name(str(argument)))
            case "STACK_GLOBAL":
                module, text = self._pop(2)
                if not isinstance(module, str) or not isinstance(text, str):
                    raise NotAMessage("a name that is no text")
                self._stack.append(_Name(f"{module} {text}"))
            case "REDUCE" | "NEWOBJ":
                maker, arguments = self._pop(2)
                self._stack.append(_Object(maker, arguments))
            case "NEWOBJ_EX":
                maker, arguments, _ = self._pop(3)
                self._stack.append(_Object(maker, arguments))
            case "BUILD":
                (state,) = self._pop(1)
                made = self._stack[-1]
                if isinstance(made, _Object):
                    made.state = state
            case _:
                raise NotAMessage(f"the instruction {name}")

    def _pop(self, count: int) -> list[object]:
        if len(self._stack) < count:
            raise NotAMessage("the stack is empty")
        taken = self._stack[len(self._stack) - count :]
        del self._stack[len(self._stack) - count :]
        return taken

    def _to_mark(self) -> list[object]:
        at = len(self._stack) - 1
        while at >= 0 and not isinstance(self._stack[at], _Mark):
            at -= 1
        if at < 0:
            raise NotAMessage("no mark")
        taken = self._stack[at + 1 :]
        del self._stack[at:]
        return taken

    def _set(self, pairs: list[tuple[object, ...]]) -> None:
        target = self._stack[-1]
        if isinstance(target, _Dict):
            target.pairs += [(key, value) for key, value in pairs]


# -- what was built ----------------------------------------------------------------------------------


def _call(made: object) -> Call:
    match made:
        case _Object(maker=_Name(text=text), state=_Dict() as state) if text == _CALL:
            work_id, function, arguments = (state.get(name) for name in ("work_id", "fn", "args"))
        case _:
            raise NotAMessage("not a call")
    if not isinstance(work_id, int):
        raise NotAMessage("a call without a number")
    return _call_of(work_id, function, arguments)


def _call_of(work_id: int, function: object, arguments: object) -> Call:
    """Which kind of call it is. Where the arguments are not a chunk of a map, its items cannot be counted."""
    items = len(arguments[0]) if isinstance(arguments, tuple) and _is_chunk(arguments) else 0
    match function:
        case _Object(maker=_Name(text=maker), arguments=(_Name(text=inner), (mapped,), *_)) if (
            maker in _PARTIALS and inner == _CHUNK
        ):
            return Call(work_id, "map", _last_name(mapped), items)
        case _Object(maker=_Name(text=maker), arguments=(int(number), mapped)) if maker == _TRACED_CHUNK:
            return Call(work_id, "map", _last_name(mapped), items, number)
    return Call(work_id, "submit", _last_name(function), 1)


def _is_chunk(arguments: tuple[object, ...]) -> bool:
    return len(arguments) == 1 and isinstance(arguments[0], tuple) and all(isinstance(i, tuple) for i in arguments[0])


def _last_name(node: object) -> str:
    """The last part of a function's name; for an object the name of its class, as for one that is called."""
    match node:
        case _Name(text=text):
            return _readable(text.rpartition(" ")[2].rpartition(".")[2])
        case _Object(maker=_Name(text="builtins getattr"), arguments=(_, str(name))):
            return _readable(name)
        case _Object(maker=_Name(text=text), arguments=(_Name() as function, *_)) if text in _PARTIALS:
            return f"partial({_last_name(function)})"
        case _Object(maker=_Name(text=text)) if text in _PARTIALS:
            return ""
        case _Object(maker=_Name() as maker):
            return _last_name(maker)
    return ""


def _readable(name: str) -> str:
    """A pickle may hold any name, and even halves of characters."""
    return name[:LONGEST_NAME].encode("utf-8", "backslashreplace").decode()
