"""Draws what a terminal shows as SVG: picture.py TITLE WIDTH FILE, with the text and its colors on standard input."""

import io
import re
import sys

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

# Rich's own frame fetches a font from the network; a picture in a README must not.
FORMAT = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">
<style>
.{unique_id}-matrix, .{unique_id}-title {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }}
.{unique_id}-matrix {{ font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""

title, width, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor")
console.print(Text.from_ansi(sys.stdin.read().rstrip("\n")), soft_wrap=True)
svg = console.export_svg(title=title, theme=MONOKAI, code_format=FORMAT, unique_id="terminal", font_aspect_ratio=0.61)
with open(path, "w") as file:
    # The buttons of a window say nothing.
    file.write(re.sub(r"<g transform=\"translate\(26,22\)\">.*?</g>", "", svg, flags=re.S))
