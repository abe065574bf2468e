// What the page of a result is asked beside what every page is asked (page.js).

// The numbers are those of the result. A column that says nothing is left out; what is there is found by its head.
const live = result.strategies.some(strategy => strategy.live);
const several = result.strategies.length !== 1;
const plain = text => text.replaceAll("\0", "");
const heads = [...document.querySelectorAll("#ranking-table thead th")].map(head => head.textContent.replaceAll("\u00a0", " "));
const rows = [...document.querySelectorAll("#ranking-table tbody tr")];
check(rows.length === result.strategies.length, "rows of the ranking");
check(heads.includes("place") === several, "places where there are several");
heads.forEach((head, at) => {
  const cells = rows.map(row => row.children[at].textContent);
  const kept = ["strategy", "place", "lost"].includes(head) || cells.length === 0;
  check(kept || cells.some(cell => !["", "–", "0", "0 %"].includes(cell)), `column ${head} says nothing`);
});
rows.forEach((row, n) => {
  const strategy = result.strategies[n], { fps, latency_ms, ledger } = strategy;
  const of = { source_fps: null, claimed_fps: null, possible_fps: null, ...strategy.live };
  const cells = [...row.children].map(cell => cell.textContent);
  const cell = head => cells[heads.indexOf(head)];
  // Nothing to say is a dash, or no column at all.
  const figure = (head, value) => {
    if (!heads.includes(head)) return check(value === null || value === 0, `no column ${head}`);
    check(value === null ? cell(head) === "–" : near(cell(head), value), `${head} ${cell(head)}, not ${value}`);
  };
  check(cells[0] === plain(strategy.name), `name ${cells[0]}`);
  check(!several || cell("place") === (strategy.place === null ? "–" : String(strategy.place)), `place ${cell("place")}`);
  check(cell("workers") === String(strategy.workers), `workers ${cell("workers")}`);
  figure(live ? "new FPS" : "FPS", fps.median);
  figure("p95 ms", live || latency_ms.max ? latency_ms.p95 : null);
  if (!live) return;
  figure("camera FPS", of.source_fps);
  figure("claimed FPS", of.claimed_fps);
  figure("possible FPS", of.possible_fps);
  figure("p50 ms", latency_ms.p50);
  figure("duplicates", ledger.duplicate);
  figure("dropped", ledger.dropped);
  check(ledger.drops.every(drop => cell("lost where").includes(`${drop.frames} `) && cell("lost where").includes(drop.place)), "where");
});

// The answer stands before everything else; the confidence before what else is said of it.
check(document.querySelector("header h1 + .answer, header h1 + pre, header h1 + .soft"), "what follows the headline");
document.querySelectorAll(".confidence").forEach(line => {
  check(line.textContent === `Confidence: ${result.fairness.confidence}`, line.textContent);
  check(line.matches("h3 + .confidence"), "confidence does not stand first");
});
check(document.querySelectorAll(".confidence").length === (result.fairness ? 1 : 0), "confidence");

// The overview has a cell for every strategy and stage, with its shares, and the cells fill the rows.
const timed = result.strategies.filter(s => s.stages.some(stage => stage.busy > 0));
const matrix = [...document.querySelectorAll("#matrix tbody tr")];
const columns = document.querySelectorAll("#matrix thead th").length;
check(matrix.length === timed.length, `${matrix.length} rows of the overview`);
matrix.forEach((row, n) => {
  const cells = [...row.querySelectorAll("td[colspan]")];
  check(cells.length === timed[n].stages.length, `${cells.length} cells of ${timed[n].name}`);
  check([...row.children].reduce((sum, cell) => sum + cell.colSpan, 0) === columns, `columns of ${timed[n].name}`);
  cells.forEach((cell, at) => {
    const stage = timed[n].stages[at];
    const shares = cell.querySelector(".shares").textContent.split(" · ")[0].split(" / ").map(Number);
    const own = [stage.busy, stage.starved, stage.blocked];
    own.forEach((share, i) => check(Math.abs(shares[i] - share * 100) <= 0.51, `${stage.name}: ${shares[i]}, not ${share}`));
    const width = [...cell.querySelectorAll(".times i")].reduce((sum, part) => sum + part.getBoundingClientRect().width, 0);
    check(width <= cell.getBoundingClientRect().width, `bar of ${stage.name}`);
  });
});

// The cards are closed until they are opened, but for that of a single run.
const cards = [...document.querySelectorAll("details.strategy")];
check(cards.length === result.strategies.length, `${cards.length} cards`);
check(cards.every(card => card.open === !several), "cards are not closed");
document.querySelectorAll("details details").forEach(details => check(!details.open, "details are not closed"));
cards.forEach((card, n) => check(card.querySelector("summary").textContent.includes(plain(result.strategies[n].verdict.stage)), "a card that does not say what limits"));

// The plots are there, as long as the numbers say, labelled and colored.
document.querySelectorAll("details").forEach(details => (details.open = true));
const some = key => result.strategies.some(strategy => strategy[key]);
const queues = result.strategies.filter(s => s.timeline && s.timeline.queues.length > 0).length;
const plots = [...document.querySelectorAll("svg")];
const swept = result.sweep && result.sweep.curves.some(curve => curve.points.length > 1) ? 1 : 0;
check(plots.length === swept + several + some("timeline") + some("latencies") + timed.length + queues, `${plots.length} plots`);
const bars = several ? [...plots[swept].querySelectorAll("g > title + rect, g > title + path")] : [];
check(!several || bars.length >= result.strategies.length, `${bars.length} bars`);
const tallest = Math.max(...result.strategies.map(s => s.fps.median));
const longest = Math.max(...bars.map(bar => bar.getBBox().width));
bars.forEach((bar, n) => {
  const share = result.strategies[result.strategies.length - 1 - n].fps.median / tallest;
  check(Math.abs(bar.getBBox().width / longest - share) < 0.01, `length of bar ${n}`);
});
plots.forEach((plot, n) => {
  const texts = [...plot.querySelectorAll("text")];
  check(texts.length > 3, `labels of plot ${n}`);
  texts.forEach(text => check(getComputedStyle(text).fill.startsWith("rgb"), `color of ${text.textContent}`));
});

// One strategy has one color wherever it is drawn.
matrix.forEach((row, n) => {
  const bar = bars[result.strategies.length - 1 - result.strategies.indexOf(timed[n])];
  const dot = getComputedStyle(row.querySelector(".dot")).backgroundColor;
  check(!bar || result.sweep || getComputedStyle(bar).fill === dot, `color of ${timed[n].name}: ${bar && getComputedStyle(bar).fill}, ${dot}`);
});
