"""The commands and scripts of the pages about functions in Python work as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_functions import CLIP

GUIDE = Path(__file__).parents[2] / "docs" / "src" / "guide"


@pytest.mark.parametrize("page", ["python-functions.md", "threads-or-processes.md"])
def test_what_a_page_shows_works(page, tmp_path):
    (tmp_path / "clip.mp4").symlink_to(CLIP)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ran = 0
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```$", (GUIDE / page).read_text(), re.DOTALL | re.MULTILINE):
        name = re.match(r"# (\w+\.py)\n", text)
        if language == "python" and name:
            (tmp_path / name[1]).write_text(text)
        elif language == "python":
            run([sys.executable, "-c", text], tmp_path, path)
            ran += 1
        elif language == "sh":
            for command in text.splitlines():
                # Shorter: that it works is asked here, and not how fast it is.
                short = "" if "--duration" in command else " --frames 20"
                rounds = " --rounds 1" if "compare" in command else ""
                run(["sh", "-c", command + short + rounds], tmp_path, path)
                ran += 1
    assert ran >= 2


def run(command, folder, path):
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
