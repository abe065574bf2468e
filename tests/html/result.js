// What the page of a result is asked beside what every page is asked (page.js).

// The numbers are those of the result.
const live = result.strategies.some(strategy => strategy.live);
const rows = [...document.querySelectorAll(live ? "#live-table tbody tr" : "#ranking-table tbody tr")];
check(rows.length === result.strategies.length, "rows of the ranking");
if (live) rows.forEach((row, n) => {
  const strategy = result.strategies[n], { fps, latency_ms, ledger } = strategy;
  const cells = [...row.children].map(cell => cell.textContent);
  const of = { source_fps: null, claimed_fps: null, possible_fps: null, ...strategy.live };
  const figures = [of.source_fps, fps.median, of.claimed_fps, of.possible_fps, latency_ms.p50, latency_ms.p95, latency_ms.p99];
  const place = strategy.place === null ? "–" : String(strategy.place);
  check(cells.slice(0, 3).join() === [place, strategy.name, strategy.workers].join(), `place and name ${cells.slice(0, 3)}`);
  figures.forEach((figure, at) => check(figure === null ? cells[at + 3] === "–" : near(cells[at + 3], figure), `${cells[at + 3]}, not ${figure}`));
  check(cells.slice(12, 15).join() === [ledger.duplicate, ledger.dropped, ledger.missed].join(), `counts ${cells.slice(12, 15)}`);
  check(ledger.drops.every(drop => cells[15].includes(`${drop.frames} `) && cells[15].includes(drop.place)), `where ${cells[15]}`);
});
else rows.forEach((row, n) => {
  const strategy = result.strategies[n];
  const cells = [...row.children].map(cell => cell.textContent);
  check(cells[1] === strategy.name.replaceAll("\0", ""), `name ${cells[1]}`);
  check(near(cells[2], strategy.fps.median), `FPS ${cells[2]}, not ${strategy.fps.median}`);
  check(strategy.latency_ms.max ? near(cells[6], strategy.latency_ms.p95) : cells[6] === "–", `p95 ${cells[6]}, not ${strategy.latency_ms.p95}`);
  check(cells[8] === String(strategy.workers), `workers ${cells[8]}`);
  check(cells[0] === (strategy.place === null ? "–" : String(strategy.place)), `place ${cells[0]}`);
});

// The plots are there, as long as the numbers say, labelled and colored.
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
  const texts = [...plot.querySelectorAll("text")];
  check(texts.length > 3, `labels of plot ${n}`);
  texts.forEach(text => check(getComputedStyle(text).fill.startsWith("rgb"), `color of ${text.textContent}`));
});
