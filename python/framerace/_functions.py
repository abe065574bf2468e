"""Finds the functions that a chain names as ``python=...``, and says what is known of them before they are called.

Called by the compiled half, in the host and in worker processes. It knows no strategy, queue or frame.
"""

import ast
import base64
import importlib
import importlib.util
import inspect
import os
import sys
import sysconfig
import traceback
from functools import partial
from pathlib import Path

from . import _workers

# A text of a chain is cut at commas and colons; a function without a name is written as this word and its pickle.
PICKLED = "pickled"
# The longest chain that a worker process is told.
LONGEST = 40_000

_loaded = {}
# Functions that were given as objects, by their text: in this process the object itself is called, not a copy.
_objects = {}
# The script that is being imported for one of its functions.
_importing = []


class Error(Exception):
    """What is wrong with a function, in one line."""


class Loaded:
    """A function, and what is known of it."""

    def __init__(self, target, label, options, folder=None, only_here=None, written=False):
        self.target, self.label, self.only_here = target, label, only_here
        # One that a file or a module has is shown as it was written.
        self.shown = None if written else f"python={label}"
        options = dict(options)
        self.writable = bool(options.pop("writable", False))
        self.options = options
        generator = inspect.isgeneratorfunction(inspect.unwrap(target))
        # What a generator was given is its own until it is given the next.
        self.writable |= generator
        self.generator = generator
        called = target.__call__ if inspect.isclass(target) else target
        names = _parameters(called, options)
        self.takes_index = "index" in names and "index" not in options
        self.takes_out = "out" in names and "out" not in options
        stateless = getattr(target, "__framerace_stateless__", False)
        self.one_worker = None
        if generator and not (stateless or self.takes_index):
            self.one_worker = (
                f"{label} is a generator, which has a state and must see every frame in order "
                "(@framerace.stateless says that it has none)"
            )
        self.readable = _readable(folder)
        self.interpreter = interpreter()
        self.lock = "Python's lock (GIL)" if _has_lock() else None

    def make(self):
        """The callable of one worker: called with a frame, then its number and the array to write into if it takes them."""
        target, options = self.target, self.options
        _quiet_cv2()
        if self.generator:
            generator = target(**options)
            next(generator)
            function = generator.send
        elif inspect.isclass(target):
            function = target(**options)
        else:
            function = partial(target, **options) if options else target
        if self.takes_index and self.takes_out:
            return lambda frame, index, out: function(frame, index=index, out=out)
        if self.takes_index:
            return lambda frame, index: function(frame, index=index)
        if self.takes_out:
            return lambda frame, out: function(frame, out=out)
        return function


def load(text):
    """The function that a chain names so: ``FILE.py:FUNCTION``, ``package.module:FUNCTION``, and options behind more colons."""
    if text not in _loaded:
        _loaded[text] = _load(text)
    return _loaded[text]


def _load(text):
    where, _, rest = text.partition(":")
    if where == PICKLED:
        if text in _objects:
            return _objects[text]
        return _unpickled(rest)
    name, *pieces = rest.split(":")
    if not where or not name:
        raise Error(f"'{text}' names no function; write python=FILE.py:FUNCTION or python=package.module:FUNCTION")
    is_file = where.endswith(".py") or "/" in where
    module, folder = _from_file(Path(where)) if is_file else (_by_name(where), None)
    target = module
    for part in name.split("."):
        if not hasattr(target, part):
            raise Error(_not_there(module, where, name))
        target = getattr(target, part)
    if not callable(target):
        raise Error(f"{name} of {where} is a {type(target).__name__}, not a function or a class")
    return Loaded(target, name, dict(_option(piece, name) for piece in pieces), folder, written=True)


def _option(piece, name):
    key, separator, value = piece.partition("=")
    if not separator or not key.strip().isidentifier():
        raise Error(f"'{piece}' is no option of {name}; write name=value")
    try:
        return key.strip(), ast.literal_eval(value.strip())
    except (ValueError, SyntaxError):
        return key.strip(), value.strip()


def _not_there(module, where, name):
    import difflib

    there = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
    near = difflib.get_close_matches(name, there, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"there is no {name} in {where}{hint}"


def _from_file(path):
    path = path.expanduser()
    if not path.is_file():
        raise Error(f"there is no file {path}")
    path = path.resolve()
    folder = str(path.parent)
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) == str(path) and module.__name__ != "__main__":
            return module, folder
    if folder not in sys.path:
        sys.path.insert(0, folder)
    name = path.stem if path.stem.isidentifier() and path.stem not in sys.modules else f"_framerace_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    return _imported(lambda: spec.loader.exec_module(module), module, path.name), folder


def _by_name(where):
    return _imported(lambda: importlib.import_module(where), None, where)


def _imported(run, module, name):
    _importing.append(name)
    try:
        return run() or module
    except Error:
        raise
    except (Exception, SystemExit) as error:
        if module is not None:
            sys.modules.pop(module.__name__, None)
        raise Error(f"cannot import {name}: {describe(error)}") from None
    finally:
        _importing.pop()


def check_not_importing():
    """Refuses a measurement by a script that is being imported for its functions: it would begin itself again and again."""
    if _importing:
        raise Error(
            f"{_importing[-1]} measures while it is imported for its functions; put that under if __name__ == '__main__':"
        )


def _unpickled(text):
    import cloudpickle

    try:
        target, label, options = cloudpickle.loads(base64.urlsafe_b64decode(text))
    except Exception as error:
        raise Error(f"cannot make the function in this process: {describe(error)}") from None
    return Loaded(target, label, options)


def register(target, options=None):
    """The text by which a chain names a function that was given as an object."""
    options = dict(options or {})
    label = getattr(target, "__name__", type(target).__name__)
    label = "lambda" if label == "<lambda>" else label
    only_here, text = None, None
    try:
        import cloudpickle

        pickle = cloudpickle.dumps((target, label, options))
        # The padding has equals signs, which would look like options.
        text = f"{PICKLED}:{base64.urlsafe_b64encode(pickle + b'.' * (-len(pickle) % 3)).decode()}"
        if len(text) > LONGEST:
            only_here = (
                f"{label} takes {len(pickle)} bytes with all that it refers to, more than a worker process is told; "
                "put it into a module, and large data into a class that loads them"
            )
    except Exception as error:
        only_here = f"{label} cannot be pickled for another process: {describe(error)}"
    if only_here:
        text = f"{PICKLED}:here-{id(target)}"
    _objects[text] = Loaded(target, label, options, only_here=only_here)
    return text


def describe(error, trace=None):
    """An exception in one line: its type and message, and the line of the user's own code that it came from."""
    trace = trace or error.__traceback__
    frames = traceback.extract_tb(trace)
    # What the function had in its variables is let go, the frame among it.
    traceback.clear_frames(trace)
    own = [frame for frame in frames if not _is_library(frame.filename)]
    place = ""
    if own:
        last = own[-1]
        place = f" ({os.path.basename(last.filename)}, line {last.lineno}: {(last.line or '').strip()})"
    message = " ".join(str(error).split())
    name = type(error).__name__
    module = type(error).__module__
    if module not in ("builtins", "__main__"):
        name = f"{module}.{name}"
    text = message if isinstance(error, Error) else f"{name}: {message}" if message else name
    text += place
    if "read-only" in message or "readonly" in message:
        text += "; the frame is read-only: draw on frame.copy(), or ask for a copy with the option writable=1"
    if _workers.is_worker and (isinstance(error, PermissionError) or "empty()" in message):
        text += "; worker processes may read Python's folders and that of the script, and nothing else (--sandbox=off: all)"
    return text


def _is_library(filename):
    return filename.startswith("<") or filename.startswith(_LIBRARIES)


_LIBRARIES = tuple(
    {os.path.join(sysconfig.get_path(name), "") for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    | {os.path.join(os.path.dirname(__file__), "")}
)


def _parameters(target, options):
    try:
        parameters = inspect.signature(target).parameters
    except (TypeError, ValueError):
        return set()
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {name for name, parameter in parameters.items() if parameter.kind in by_name} - set(options)


def _readable(folder):
    """What a function may read in a worker process: what is imported late, and what lies beside its script."""
    paths = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    paths |= {os.path.abspath(path) for path in sys.path}
    paths |= {"/usr/lib", "/lib", "/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo"}
    if folder:
        paths.add(folder)
    return sorted(path for path in paths if os.path.exists(path))


def _has_lock():
    return getattr(sys, "_is_gil_enabled", lambda: True)()


def interpreter():
    """Which interpreter this is, and whether it has a lock."""
    lock = "with a lock (GIL)" if _has_lock() else "without a lock (free-threaded)"
    return f"filters in Python: {sys.implementation.name} {sys.version.split()[0]}, {lock}"


def _quiet_cv2():
    """Lets cv2 have no threads of its own: they take the cores that workers need, and cost a quarter of the frames."""
    cv2 = sys.modules.get("cv2")
    if cv2 is not None and hasattr(cv2, "setNumThreads") and cv2.getNumThreads() > 1:
        cv2.setNumThreads(1)
