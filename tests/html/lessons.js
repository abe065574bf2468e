// Looks at a page of lessons from within, at the width it is shown in, and tells the page around it what is wrong, or "fine".
const wrong = [];
const check = (fine, what) => fine || wrong.push(what);
const result = JSON.parse(document.getElementById("result").textContent);
const digits = value => Math.abs(value) < 9.995 ? 2 : Math.abs(value) < 99.95 ? 1 : 0;
const near = (text, value) => Math.abs(Number(text) - value) <= 0.5000001 * 10 ** -digits(value);

// The numbers are those of the result.
const cards = [...document.querySelectorAll("article.lesson")];
check(cards.length === result.lessons.length, `${cards.length} cards`);
cards.forEach((card, n) => {
  const lesson = result.lessons[n];
  const rows = [...card.querySelectorAll("table.figures tbody tr")];
  check(rows.length === lesson.measured.figures.length, `rows of ${lesson.name}`);
  rows.forEach((row, at) => {
    const figure = lesson.measured.figures[at];
    const [name, predicted, measured] = [...row.children].map(cell => cell.textContent);
    check(name === figure.name.replaceAll("\0", ""), `figure ${name}`);
    check(near(measured, figure.median), `${name}: ${measured}, not ${figure.median}`);
    const theory = lesson.prediction.figures.find(one => one.name === figure.name);
    check(theory ? near(predicted, theory.median) : predicted === "", `${name}, predicted: ${predicted}`);
  });
  const units = new Set(lesson.measured.figures.map(figure => figure.unit));
  check(card.querySelectorAll("svg").length === units.size, `plots of ${lesson.name}`);
  check(card.querySelector(".verdict").textContent.includes(lesson.verdict.because.slice(0, 20).replaceAll("\0", "")), "verdict");
  check(card.querySelector(".command").textContent === lesson.next.replaceAll("\0", ""), "what to try next");
});
check([...document.querySelectorAll("a")].every(a => document.getElementById(a.hash.slice(1))), "a link leads nowhere");

// The plots are drawn, labelled and within their frames.
document.querySelectorAll("svg").forEach((plot, n) => {
  const frame = plot.getBoundingClientRect();
  check(frame.width > 150 && frame.height > 60, `size of plot ${n}: ${frame.width} ${frame.height}`);
  check(plot.closest("[role=img]").getAttribute("aria-label").length > 5, `words of plot ${n}`);
  for (const text of plot.querySelectorAll("text")) {
    const box = text.getBoundingClientRect();
    const inside = box.left >= frame.left - 2 && box.right <= frame.right + 2;
    check(inside || text.textContent.length > 40, `"${text.textContent}" is cut in plot ${n}`);
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
