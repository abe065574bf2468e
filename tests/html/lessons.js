// What a page of lessons is asked beside what every page is asked (page.js).

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
