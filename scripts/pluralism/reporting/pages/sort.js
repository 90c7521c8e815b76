// A click on a heading sorts the rows by its column, a second click the other way round.
// Numbers come before text, and a dash, which stands for what is missing, comes last both ways.
function compare(a, b) {
  const [left, right] = [a, b].map((cell) => cell.dataset.value);
  if (left !== undefined && right !== undefined) return left - right;
  if (left !== undefined) return -1;
  if (right !== undefined) return 1;
  return a.textContent.localeCompare(b.textContent, "en", { numeric: true });
}

function sortBy(heading) {
  const table = heading.closest("table");
  const body = table.tBodies[0];
  const direction = heading.ariaSort === "ascending" ? -1 : 1;
  const missing = (row) => row.cells[heading.cellIndex].textContent === "-";
  const rows = [...body.rows].sort(
    (a, b) =>
      missing(a) - missing(b) || direction * compare(a.cells[heading.cellIndex], b.cells[heading.cellIndex]),
  );
  for (const other of table.querySelectorAll("th")) other.ariaSort = null;
  heading.ariaSort = direction > 0 ? "ascending" : "descending";
  body.append(...rows);
}

for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => sortBy(button.closest("th")));
}
