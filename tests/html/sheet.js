// What a page of tables and charts is asked beside what every page is asked (page.js).

// The answer stands at the top, with a command to go on with; then nothing is empty.
const header = document.querySelector("header");
check(header.querySelector("h1").textContent.length > 10, "headline");
check(header.querySelector("pre.command code").textContent.startsWith("framerace "), "the command to go on with");
check([...document.querySelectorAll("table")].every(table => table.tBodies[0].rows.length > 0), "a table without rows");
document.querySelectorAll("table").forEach(table => {
  const widths = new Set([...table.rows].map(row => row.cells.length));
  check(widths.size === 1, `rows of ${[...widths]} cells`);
});

// What is closed can be opened without a script.
document.querySelectorAll("details").forEach(details => {
  check(!details.open && details.querySelector("summary h2"), "details");
  details.open = true;
});
