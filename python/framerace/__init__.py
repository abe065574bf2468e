"""framerace: one chain of filters, your own Python functions among them, through every concurrency strategy.

>>> import framerace
>>> r = framerace.compare("clip.mp4", ["grayscale", my_function], strategies=["threads", "processes"])
>>> print(r)                       # the table and the answer
>>> r.verdicts["threads"]          # what limits it
>>> r.save("result.html")

A filter is text as on the command line (``"grayscale,blur=ksize=5"``, ``"python=mine.py:cartoon"``) or a callable. A callable is
given each frame as a read-only numpy view, (height, width, 3) BGR or (height, width) gray, uint8, and returns the new image.
If it takes ``index``, it is given the number of the frame, and if it takes ``out``, an array of the shape of the frame to write
into. A class is made once for each worker, and called for each frame.

``compare`` races strategies, ``run`` runs one, ``frames`` gives finished frames one by one, ``demo`` runs a lesson.
"""

from ._api import (
    Frame,
    Frames,
    Result,
    compare,
    demo,
    frames,
    run,
    stateless,
)
from ._framerace import FrameraceError as Error

__all__ = ["Error", "Frame", "Frames", "Result", "compare", "demo", "frames", "run", "stateless"]
__version__ = "0.1.0"
