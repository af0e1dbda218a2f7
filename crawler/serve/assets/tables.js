// Tables that sort by a click on a heading, and filters over their rows. Everything is text; nothing is parsed.
const collator = new Intl.Collator(undefined, { numeric: true });
const units = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, kB: 1e3 };

function value(cell) {
  const text = cell.textContent.trim();
  const match = /^([\d.,]+)\s*(B|[kKMG]B)?$/.exec(text);
  return match ? Number(match[1].replaceAll(",", "")) * (units[match[2]] ?? 1) : text;
}

export function sort(table) {
  const column = Number(table.dataset.column ?? -1);
  if (column < 0) return;
  const sign = table.dataset.order === "descending" ? -1 : 1;
  const body = table.tBodies[0];
  const rows = [...body.rows].map(row => [value(row.cells[column]), row]);
  rows.sort(([a], [b]) => sign * (typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b))));
  body.append(...rows.map(([, row]) => row));
}

export function filter(input) {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of document.getElementById(input.dataset.filters).tBodies[0].rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every(word => text.includes(word));
  }
}

for (const table of document.querySelectorAll("table[data-sorts]")) {
  table.tHead.addEventListener("click", event => {
    const head = event.target.closest("th");
    if (!event.target.closest("button") || !head) return;
    const order = head.ariaSort === "ascending" ? "descending" : "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", order);
    table.dataset.column = head.cellIndex;
    table.dataset.order = order;
    sort(table);
  });
}
for (const input of document.querySelectorAll("input[data-filters]")) input.addEventListener("input", () => filter(input));
addEventListener("keydown", event => {
  if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) {
    document.querySelector("input[type=search]")?.focus();
    event.preventDefault();
  }
});
