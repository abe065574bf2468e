// What a page of lessons is asked beside what every page is asked (page.js).

const plain = text => text.replaceAll("\0", "");
if (result.lessons.length === 1) {
  const [one] = result.lessons, header = document.querySelector("header").textContent.replaceAll("\u00a0", " ");
  check(header.includes(plain(one.verdict.because)) && header.includes(plain(one.next)), "the answer is not at the top");
}

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
  // What theory says is marked on the bar of what was measured, as far along as it says.
  const titles = [...card.querySelectorAll("svg title")];
  const drawn = (figure, after) => titles.find(title => title.textContent.startsWith(plain(figure.name) + after));
  lesson.measured.figures.forEach(figure => {
    const theory = lesson.prediction.figures.find(one => one.name === figure.name);
    const [bar, mark] = [drawn(figure, ": "), drawn(figure, ", by theory: ")].map(title => title && title.parentElement);
    check(bar && !mark === !theory, `mark on ${figure.name}`);
    if (!mark || figure.median <= 0) return;
    const [box, at] = [bar.querySelector("rect, path").getBBox(), mark.querySelector("circle, path").getBBox()];
    const [share, asked] = [(at.x + at.width / 2 - box.x) / box.width, theory.median / figure.median];
    check(Math.abs(share - asked) * box.width < 2, `${figure.name}: marked at ${share}, not ${asked}`);
    check(Math.abs(at.y + at.height / 2 - box.y - box.height / 2) < 2, `the mark of ${figure.name} is on another bar`);
  });
  check(card.querySelector(".verdict").textContent.includes(lesson.verdict.because.slice(0, 20).replaceAll("\0", "")), "verdict");
  check(card.querySelector(".command").textContent === lesson.next.replaceAll("\0", ""), "what to try next");
});
check([...document.querySelectorAll("a")].every(a => document.getElementById(a.hash.slice(1))), "a link leads nowhere");
