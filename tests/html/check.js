// Looks at a page from within, at the width it is shown in, and tells the page around it what is wrong, or "fine".
const wrong = [];
const check = (fine, what) => fine || wrong.push(what);
const result = JSON.parse(document.getElementById("result").textContent);
const digits = value => Math.abs(value) < 9.995 ? 2 : Math.abs(value) < 99.95 ? 1 : 0;
const near = (text, value) => Math.abs(Number(text) - value) <= 0.5000001 * 10 ** -digits(value);

// The numbers are those of the result.
const rows = [...document.querySelectorAll("#ranking-table tbody tr")];
check(rows.length === result.strategies.length, "rows of the ranking");
rows.forEach((row, n) => {
  const strategy = result.strategies[n];
  const cells = [...row.children].map(cell => cell.textContent);
  check(cells[1] === strategy.name.replaceAll("\0", ""), `name ${cells[1]}`);
  check(near(cells[2], strategy.fps.median), `FPS ${cells[2]}, not ${strategy.fps.median}`);
  check(strategy.latency_ms.max ? near(cells[6], strategy.latency_ms.p95) : cells[6] === "–", `p95 ${cells[6]}, not ${strategy.latency_ms.p95}`);
  check(cells[8] === String(strategy.workers), `workers ${cells[8]}`);
  check(cells[0] === (strategy.place === null ? "–" : String(strategy.place)), `place ${cells[0]}`);
});

// The plots are there, drawn, labelled and within their frames.
const some = key => result.strategies.some(strategy => strategy[key]);
const links = result.strategies.filter(s => s.timeline && s.timeline.links.length > 0).length;
const stages = result.strategies.filter(s => s.stages.some(stage => stage.busy > 0)).length;
const plots = [...document.querySelectorAll("svg")];
check(plots.length === 1 + some("timeline") + some("latencies") + stages + links, `${plots.length} plots`);
const bars = plots[0].querySelectorAll("g > title + rect, g > title + path");
check(bars.length >= result.strategies.length, `${bars.length} bars`);
const tallest = Math.max(...result.strategies.map(s => s.fps.median));
const longest = Math.max(...[...bars].map(bar => bar.getBBox().width));
[...bars].forEach((bar, n) => {
  const share = result.strategies[result.strategies.length - 1 - n].fps.median / tallest;
  check(Math.abs(bar.getBBox().width / longest - share) < 0.01, `length of bar ${n}`);
});
plots.forEach((plot, n) => {
  const frame = plot.getBoundingClientRect();
  check(frame.width > 150 && frame.height > 60, `size of plot ${n}: ${frame.width} ${frame.height}`);
  check(plot.closest("[role=img]").getAttribute("aria-label").length > 5, `words of plot ${n}`);
  check(plot.querySelectorAll("text").length > 3, `labels of plot ${n}`);
  for (const text of plot.querySelectorAll("text")) {
    const box = text.getBoundingClientRect();
    const inside = box.left >= frame.left - 2 && box.right <= frame.right + 2;
    check(inside || text.textContent.length > 40, `"${text.textContent}" is cut in plot ${n}`);
    check(getComputedStyle(text).fill.startsWith("rgb"), `color of ${text.textContent}`);
  }
});

// It can be read: nothing wider than the window, and light on dark or dark on light.
check(document.documentElement.scrollWidth <= innerWidth, `${document.documentElement.scrollWidth} wide in ${innerWidth}`);
const light = color => color.match(/\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b) / 765;
const style = getComputedStyle(document.body);
const [ground, ink] = [light(style.backgroundColor), light(style.color)];
check(Math.abs(ground - ink) > 0.7, `ink ${ink} on ${ground}`);
check(matchMedia("(prefers-color-scheme: dark)").matches === ground < 0.5, "theme");

// Nothing was fetched, nothing broke out.
check(performance.getEntriesByType("resource").length === 0, "something was fetched");
check(typeof hacked === "undefined" && document.images.length === 0, "a name broke out");
check(document.querySelectorAll("h1").length === 1 && [...document.querySelectorAll("table")].every(t => t.caption), "headings");
const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
check(new Set(ids).size === ids.length, "ids are not unique");

parent.postMessage(wrong.length ? `${innerWidth} ${document.title}: ${wrong.join("; ")}` : `fine ${ground < 0.5 ? "dark" : "light"}`, "*");
