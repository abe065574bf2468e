"""The command ``framerace`` of a Python environment: the program, with functions in Python as filters."""

import os
import sys

from framerace import _framerace, _workers


def main():
    _workers.arguments = ["framerace", *sys.argv[1:]]
    # The folder that a user is in is where modules are looked for, as `python script.py` and `python -m` do.
    if "" not in sys.path:
        sys.path.insert(0, "")
    # What functions print goes to standard error: standard output has the result. It goes to a duplicate, because the program
    # leads its own standard error to nowhere, where the logs of libraries go.
    sys.stdout.flush()
    sys.stdout = sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    return _framerace.main(_workers.arguments)


if __name__ == "__main__":
    sys.exit(main())
