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

  // It can be read: nothing wider than the window, and what is wider than its card scrolls within it, with an edge.
  check(document.documentElement.scrollWidth <= innerWidth, `${document.documentElement.scrollWidth} wide in ${innerWidth}`);
  document.querySelectorAll("table, pre.drawing").forEach(wide => {
    const within = wide.closest(".scroll");
    check(within && parseFloat(getComputedStyle(within).borderRightWidth) >= 1, `no edge around ${wide.className || wide.id}`);
    check(within && within.getBoundingClientRect().right <= innerWidth, `${wide.className || wide.id} is wider than the window`);
  });
  // Every text stands out from the ground it stands on as WCAG 2 asks (4.5 : 1), large or bold ones as it asks of those.
  const rgba = color => { const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number); return { rgb: [r, g, b], a }; };
  const lightness = rgb => rgb.map(part => part / 255).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const groundOf = element => {
    for (let at = element; at; at = at.parentElement) {
      const { rgb, a } = rgba(getComputedStyle(at).backgroundColor);
      if (a > 0.99) return rgb;
    }
    return [255, 255, 255];
  };
  const seen = new Set();
  for (const element of document.querySelectorAll("body *:not(script)")) {
    if (![...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())) continue;
    const style = getComputedStyle(element), drawn = element.closest("svg");
    if (drawn && element.tagName !== "text") continue;
    const inks = [drawn ? style.fill : style.color, ...groundOf(element)].join();
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.6 && style.fontWeight >= 700);
    if (seen.has(inks + large)) continue;
    seen.add(inks + large);
    const [ink, ground] = [lightness(rgba(drawn ? style.fill : style.color).rgb), lightness(groundOf(element))];
    const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    check(contrast >= (large ? 3 : 4.5), `contrast ${contrast.toFixed(2)} of "${element.textContent.slice(0, 30)}"`);
  }
  // Names of some letters stand in a line or two, not letter by letter.
  document.querySelectorAll("th[scope=row]").forEach(name => {
    const text = document.createRange();
    text.selectNodeContents(name);
    const lines = new Set([...text.getClientRects()].map(line => Math.round(line.bottom / 8)));
    check(lines.size <= 3 || name.textContent.length > 40, `${name.textContent} takes ${lines.size} lines`);
  });
  const light = color => rgba(color).rgb.reduce((a, b) => a + b) / 765;
  const ground = light(getComputedStyle(document.body).backgroundColor);
  check(matchMedia("(prefers-color-scheme: dark)").matches === ground < 0.5, "theme");

  // Nothing was fetched, nothing broke out.
  check(performance.getEntriesByType("resource").length === 0, "something was fetched");
  check(typeof hacked === "undefined" && document.images.length === 0, "a name broke out");
  check(document.querySelectorAll("h1").length === 1 && [...document.querySelectorAll("table")].every(t => t.caption), "headings");
  const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
  check(new Set(ids).size === ids.length, "ids are not unique");

  parent.postMessage(wrong.length ? `${innerWidth} ${document.title}: ${wrong.join("; ")}` : `fine ${ground < 0.5 ? "dark" : "light"}`, "*");
}
