"""The notebook in examples/ runs, and what it shows is a table that a browser shows, too."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def outputs():
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(ROOT / "examples" / "threads_or_processes.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}}).execute()
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def test_the_notebook_runs_and_shows_results(outputs):
    shown = [output.data for output in outputs if output.output_type == "execute_result"]
    assert "same pixels" in shown[0]["text/plain"]
    assert shown[0]["text/html"].count("<tr>") == 4
    assert shown[1]["text/plain"] == "(10, (180, 320, 3))"
    assert not [output for output in outputs if output.output_type == "error"]


def test_a_browser_shows_its_table(outputs, tmp_path):
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no chromium here")
    page = tmp_path / "page.html"
    shown = next(output.data["text/html"] for output in outputs if output.output_type == "execute_result")
    rows = "[...document.querySelectorAll('tbody tr')].map(row => [row.cells.length, row.offsetHeight > 10])"
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><body>{shown}<pre id="rows"></pre>'
        f"<script>document.getElementById('rows').textContent = JSON.stringify({rows})</script>"
    )
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile"]
    done = subprocess.run(
        [browser, *arguments, "--dump-dom", page.as_uri()], capture_output=True, text=True, check=False, timeout=120
    )
    seen = done.stdout.partition('id="rows">')[2].partition("<")[0]
    assert json.loads(seen) == [[7, True]] * 3, done.stderr
