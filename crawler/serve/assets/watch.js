// The dashboard: figures, charts and tables of the event stream; the buttons call the API.
import { filter, sort } from "/assets/tables.js";

const at = id => document.getElementById(id);
const number = new Intl.NumberFormat("en");
const size = bytes => {
  let unit = 0;
  while (bytes >= 1000 && unit < 4) { bytes /= 1000; unit += 1; }
  return `${unit ? bytes.toFixed(1) : bytes} ${["B", "KB", "MB", "GB", "TB"][unit]}`;
};
const element = (name, text, terms = {}) => Object.assign(document.createElement(name), { textContent: text }, terms);

// Seconds, pages, bytes, queue: what the charts are drawn of.
let history = [];
const charts = [];

function chart(id, values) {
  const box = at(id);
  const ink = getComputedStyle(document.body).getPropertyValue("--soft").trim();
  const line = getComputedStyle(document.body).getPropertyValue("--line").trim();
  const accent = getComputedStyle(document.body).getPropertyValue("--accent").trim();
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  const plot = new uPlot({
    width: Math.max(box.clientWidth, 200), height: 150, legend: { show: false }, cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_, low, high) => [0, Math.max(high * 1.1, 1)] } },
    axes: [{ ...axis, space: 70 }, { ...axis, size: 52 }],
    series: [{}, { stroke: accent, width: 2, fill: `${accent}22`, points: { show: false } }],
  }, [[], []], box);
  plot.root.setAttribute("aria-hidden", "true");
  charts.push({ plot, box, values });
}

function rates(column, unit = 1) {
  return history.map((point, place) => {
    const before = history[Math.max(place - 5, 0)];
    const seconds = point[0] - before[0];
    return seconds > 0 ? Math.max((point[column] - before[column]) / seconds / unit, 0) : 0;
  });
}

function draw() {
  const times = history.map(point => point[0]);
  for (const { plot, box, values } of charts) {
    if (plot.width !== box.clientWidth && box.clientWidth > 0) plot.setSize({ width: box.clientWidth, height: 150 });
    plot.setData([times, values()]);
  }
}

function figures(sample) {
  const { counts } = sample;
  at("pages").textContent = number.format(counts.pages);
  at("rate").textContent = (rates(1).at(-1) ?? 0).toFixed(1);
  at("bytes").textContent = size(counts.wire_bytes);
  at("queued").textContent = number.format(counts.queued + counts.claimed);
  at("done").textContent = number.format(counts.done);
  at("failed").textContent = number.format(counts.failed);
  at("hosts-count").textContent = number.format(counts.hosts);
  const { run } = sample;
  const state = !run ? "Nothing was crawled yet." : run.ended_at === null
    ? `Run ${run.number} goes on, or was interrupted.` : `Run ${run.number} ended: ${run.outcome}.`;
  if (at("state").textContent !== state) at("state").textContent = state;
}

function hosts(sample) {
  const table = at("hosts");
  if (table.contains(document.activeElement) && document.activeElement.tagName === "A") return;
  const rows = sample.hosts.map(host => {
    const row = document.createElement("tr");
    const name = element("a", host.host, { href: `/urls?host=${encodeURIComponent(host.host)}` });
    const first = document.createElement("td");
    first.append(name);
    const state = host.down ? `down: ${host.down}` : host.claimed ? "asked now"
      : !host.queued ? "done" : host.wait_seconds > 0 ? `rests ${host.wait_seconds.toFixed(0)} s` : "ready";
    const figures = [host.pages, host.done, host.failed, host.queued, host.delay_seconds.toFixed(2), host.latency_seconds.toFixed(2)];
    row.append(first, element("td", state), ...figures.map(each => element("td", String(each), { className: "number" })));
    return row;
  });
  table.tBodies[0].replaceChildren(...rows);
  sort(table);
  filter(at("filter"));
}

function listed(id, pairs, nothing) {
  const items = pairs.map(([what, much]) => {
    const item = document.createElement("li");
    item.append(what, element("span", much));
    return item;
  });
  at(id).replaceChildren(...(items.length ? items : [element("li", nothing, { className: "soft" })]));
}

const actions = { running: ["pause", "stop"], paused: ["resume", "stop"], queued: ["stop"] };

function crawls(sample) {
  const list = at("crawls");
  const said = JSON.stringify(sample.crawls);
  if (list.dataset.said === said || list.contains(document.activeElement) && document.activeElement.tagName === "INPUT") return;
  const focused = document.activeElement?.dataset?.does;
  list.dataset.said = said;
  list.replaceChildren(...sample.crawls.map(crawl => {
    const item = document.createElement("li");
    item.dataset.state = crawl.state;
    const what = `${crawl.seeds.slice(0, 3).join(" ")}${crawl.seed_count > 3 ? ` and ${number.format(crawl.seed_count - 3)} more` : ""}`;
    const how = [crawl.state, crawl.phase, crawl.outcome, crawl.detail].filter(Boolean).join(" · ");
    item.append(element("div", what), element("div", how, { className: crawl.state === "failed" ? "bad" : "soft" }));
    const form = document.createElement("form");
    for (const action of actions[crawl.state] ?? []) {
      const button = element("button", action[0].toUpperCase() + action.slice(1), { type: "button" });
      button.dataset.does = `${crawl.id} ${action}`;
      button.addEventListener("click", () => call("POST", `/api/crawls/${crawl.id}/${action}`));
      form.append(button);
    }
    if (actions[crawl.state]) {
      const field = element("input", "", { inputMode: "decimal", value: crawl.options.delay ?? "" });
      const label = element("label", "Delay, s ");
      label.append(field);
      form.append(label, element("button", "Change"));
      form.addEventListener("submit", event => {
        event.preventDefault();
        field.blur();
        if (field.value) call("PATCH", `/api/crawls/${crawl.id}`, { delay: Number(field.value) });
      });
    }
    item.append(form);
    return item;
  }));
  if (focused) list.querySelector(`[data-does="${focused}"]`)?.focus();
}

function shared(told) {
  at("shared").hidden = !told;
  if (!told) return;
  const { counts, workers = [] } = told;
  at("shared-state").textContent = told.error ?? [
    told.state, `${number.format(counts.pages)} pages`, `${number.format(counts.queued)} queued`,
    `${number.format(counts.claimed)} held of ${number.format(told.hosts_held)} hosts`,
    `${number.format(told.hosts_ready)} hosts ready, ${told.lag_seconds.toFixed(1)} s behind`,
    `${number.format(told.expired_leases)} leases ran out`].join(" · ");
  at("workers").tBodies[0].replaceChildren(...workers.map(worker => {
    const row = document.createElement("tr");
    const state = worker.is_alive ? "at work" : `silent for ${worker.silent_seconds.toFixed(0)} s`;
    row.append(element("td", String(worker.number)), element("td", worker.place), element("td", state, { className: worker.is_alive ? "" : "bad" }),
      ...[worker.held, worker.finished].map(each => element("td", number.format(each), { className: "number" })));
    return row;
  }));
}

async function call(method, path, body) {
  at("said").textContent = "";
  const response = await fetch(path, {
    method, headers: body ? { "Content-Type": "application/json" } : {}, body: body ? JSON.stringify(body) : undefined,
  });
  if (!response.ok) at("said").textContent = (await response.json().catch(() => ({}))).detail ?? `Answer ${response.status}`;
  return response.ok;
}

at("start").addEventListener("submit", async event => {
  event.preventDefault();
  const fields = new FormData(event.target);
  const asked = { seeds: fields.get("seeds").split("\n").map(each => each.trim()).filter(Boolean), scope: fields.get("scope") };
  for (const name of ["max_pages", "delay"]) if (fields.get(name)) asked[name] = Number(fields.get(name));
  if (await call("POST", "/api/crawls", asked)) at("seeds").value = "";
});

chart("chart-rate", () => rates(1));
chart("chart-bytes", () => rates(2, 1000));
chart("chart-queue", () => history.map(point => point[3]));

const stream = new EventSource("/api/events");
stream.addEventListener("message", event => {
  const sample = JSON.parse(event.data);
  if (sample.error) { at("state").textContent = sample.error; return; }
  if (sample.history) history = sample.history;
  const { counts } = sample;
  if (!history.length || history.at(-1)[0] < sample.at) history.push([sample.at, counts.pages, counts.wire_bytes, counts.queued, counts.requests, counts.failed]);
  history = history.slice(-600);
  figures(sample);
  hosts(sample);
  crawls(sample);
  shared(sample.shared);
  listed("failures", Object.entries(sample.failures).sort((a, b) => b[1] - a[1]).map(([word, urls]) =>
    [element("a", word, { href: "/urls?state=failed" }), number.format(urls)]), "None.");
  listed("slowest", sample.slowest.map(each => [each.host, `${each.latency_seconds.toFixed(2)} s`]), "None answered yet.");
  draw();
});
stream.addEventListener("error", () => { at("state").textContent = "The server cannot be reached; trying again …"; });
