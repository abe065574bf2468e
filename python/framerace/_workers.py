"""How worker processes are started: an interpreter of their own that imports this module."""

import os
import sys

# The command line that results keep; the module sets it for each measurement.
arguments = ["framerace"]
# Whether this process is a worker.
is_worker = False


def command():
    """The program and its first arguments. What follows are words of the compiled half."""
    path = os.pathsep.join(os.path.abspath(folder) for folder in sys.path)
    return sys.executable, ["-P", "-m", "framerace.worker", path]
