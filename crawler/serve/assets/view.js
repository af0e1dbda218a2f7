// The bar above an archived page: which page that is by now, and another date.
const bar = document.querySelector("[data-view]");
const where = document.getElementById("where");
let path = location.pathname + location.search;

document.getElementById("as-of").addEventListener("submit", event => {
  event.preventDefault();
  const when = document.getElementById("when").value.trim() || "now";
  if (/^(now|\d{4,14})$/.test(when)) location.href = `/view/${when}/${where.textContent}`;
});

async function look() {
  if (document.hidden) return;
  const response = await fetch(`/views/${bar.dataset.view}`);
  if (!response.ok) return;
  const seen = await response.json();
  if (seen.path === path) return;
  path = seen.path;
  const about = encodeURIComponent(seen.url);
  where.textContent = seen.url;
  document.title = `${seen.url} · crawler`;
  document.getElementById("shown").textContent = seen.shown ?? "not captured";
  document.getElementById("versions").href = `/versions?url=${about}`;
  document.getElementById("why").href = `/why?url=${about}`;
  history.replaceState(null, "", path);
}

if (bar) setInterval(() => look().catch(() => {}), 1500);
