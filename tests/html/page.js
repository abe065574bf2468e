// What every page is asked from within, at the width it is shown in. A page's own questions follow, and then `look()`
// asks these and tells the page around it what is wrong, or "fine".
const wrong = [];
const check = (fine, what) => fine || wrong.push(what);
const result = JSON.parse(document.getElementById("result").textContent);
const digits = value => Math.abs(value) < 9.995 ? 2 : Math.abs(value) < 99.95 ? 1 : 0;
const near = (text, value) => Math.abs(Number(text) - value) <= 0.5000001 * 10 ** -digits(value);

function look() {
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
}
