"""One loop: read a frame, work on it, read the next one."""

from pipeline import arguments, chain, count, frames

if __name__ == "__main__":
    count(chain(frame) for frame in frames(arguments(__doc__)))
