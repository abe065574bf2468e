from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

_Image = npt.NDArray[np.uint8]
_Function = TypeVar("_Function", bound=Callable[..., Any])
_Filter = str | Callable[..., Any]
_Chain = _Filter | Sequence[_Filter]

__version__: str

class Error(Exception):
    """Why something could not be done, in one line."""

def stateless(function: _Function) -> _Function: ...
def compare(
    input: str | PathLike[str],
    chain: _Chain,
    strategies: Sequence[str] | str | None = ...,
    workers: int | None = ...,
    **options: Any,
) -> Result: ...
def run(
    input: str | PathLike[str],
    chain: _Chain,
    strategy: str | None = ...,
    workers: int | None = ...,
    output: str | PathLike[str] | None = ...,
    **options: Any,
) -> Result: ...
def demo(lesson: str = ..., **options: Any) -> None: ...
def frames(
    input: str | PathLike[str],
    chain: _Chain,
    strategy: str = ...,
    workers: int | None = ...,
    queue: int = ...,
    limit: int | None = ...,
) -> Frames: ...

class Frame:
    image: _Image
    index: int
    time: float
    latency: float

class Frames(Iterator[Frame]):
    def __iter__(self) -> Frames: ...
    def __next__(self) -> Frame: ...
    def __enter__(self) -> Frames: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def close(self) -> None: ...
    @property
    def captured(self) -> int: ...
    @property
    def dropped(self) -> int: ...
    @property
    def missed(self) -> int: ...

class Result:
    data: dict[str, Any]
    @property
    def strategies(self) -> list[str]: ...
    @property
    def fps(self) -> dict[str, float]: ...
    @property
    def verdicts(self) -> dict[str, str]: ...
    @property
    def left_out(self) -> dict[str, str]: ...
    def table(self, verbose: bool = ..., columns: int | None = ...) -> str: ...
    def save(self, path: str | PathLike[str]) -> None: ...
    def to_pandas(self) -> Any: ...
    def _repr_html_(self) -> str: ...
