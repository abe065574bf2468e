"""A worker process: an interpreter of its own. Started by framerace, not by hand."""

import os
import sys


def main():
    # Threads that numpy's libraries start would take the cores of other workers, and keep the sandbox from closing whole.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    # What the host imports must be found here, too; the folder it was started in must not come before it.
    folders = sys.argv[1].split(os.pathsep)
    sys.path[:] = folders + [folder for folder in sys.path if folder not in folders]
    from framerace import _framerace, _workers

    _workers.is_worker = True
    return _framerace.main(["framerace", *sys.argv[2:]])


if __name__ == "__main__":
    sys.exit(main())
