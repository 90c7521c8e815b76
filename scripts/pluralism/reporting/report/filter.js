// What is typed above a table leaves the rows that hold all of its words.
function filterRows(field) {
  const table = document.getElementById(field.getAttribute("aria-controls"));
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = [...table.tBodies[0].rows];
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
  const left = rows.filter((row) => !row.hidden).length;
  field.closest(".filter").querySelector("output").textContent = words.length ? `${left} of ${rows.length} rows` : "";
}

for (const field of document.querySelectorAll(".filter input")) {
  field.closest(".filter").hidden = false;
  field.addEventListener("input", () => filterRows(field));
}

// What the page's link names; ":target" is not known yet while the page is read.
function linked() {
  try {
    return document.getElementById(decodeURIComponent(location.hash.slice(1)));
  } catch {
    return null; // the link is no text
  }
}

// A link to what is folded away unfolds it.
function unfold() {
  const wanted = linked();
  for (let one = wanted; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
  wanted?.scrollIntoView();
}

addEventListener("hashchange", unfold);
if (location.hash) unfold();
