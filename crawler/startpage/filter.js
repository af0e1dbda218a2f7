"use strict";
// Filters over all lines: those of this page, and those that the scripts beside it bring once they are needed.
const most = 500;
const box = document.getElementById("filter");
const whole = document.getElementById("whole");
const found = document.getElementById("found");
const told = document.getElementById("told");
const rows = [];
let wanted = box.dataset.lists.split(" ").filter(Boolean);
let awaited = 0;
let lost = 0;

function take(href, title, url, note) {
  rows.push({ href, title, url, note, text: [title, url, note].join(" ").toLowerCase() });
}

function listed(lines) {
  for (const line of lines) take(...line);
}

for (const item of whole.querySelectorAll("#pages li")) {
  const part = name => { const node = item.querySelector(name); return node ? node.textContent : ""; };
  const link = item.querySelector("a");
  take(link ? link.getAttribute("href") : "", part("bdi"), part("span"), part("em"));
}

function add(list, name, text) {
  const node = list.appendChild(document.createElement(name));
  node.textContent = text;
  return node;
}

function line(row) {
  const item = document.createElement("li");
  const place = row.href ? item.appendChild(document.createElement("a")) : item;
  if (row.href) place.setAttribute("href", row.href);
  add(place, "bdi", row.title);
  item.append(" ");
  if (row.url) add(item, "span", row.url);
  item.append(" ");
  if (row.note) add(item, "em", row.note);
  return item;
}

function load() {
  for (const name of wanted) {
    const script = document.createElement("script");
    script.async = false;
    script.src = name;
    script.onload = () => { awaited -= 1; show(); };
    script.onerror = () => { awaited -= 1; lost += 1; show(); };
    awaited += 1;
    document.head.append(script);
  }
  wanted = [];
}

function said(number) {
  return number.toLocaleString("en");
}

function show() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = words.length ? rows.filter(row => words.every(word => row.text.includes(word))) : [];
  found.hidden = !words.length;
  whole.hidden = words.length > 0;
  found.replaceChildren(...fits.slice(0, most).map(line));
  told.textContent = !words.length ? "" : [
    said(fits.length) + " of " + said(rows.length),
    fits.length > most ? "the first " + said(most) + " are shown" : "",
    awaited ? "still reading" : "",
    lost ? "some parts of the list could not be read; reload this page" : "",
  ].filter(Boolean).join("; ");
}

box.parentElement.hidden = false;
box.addEventListener("focus", load);
box.addEventListener("input", () => { load(); show(); });
document.addEventListener("keydown", event => {
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && document.activeElement !== box) {
    event.preventDefault();
    box.focus();
  }
});
if (box.value) { load(); show(); }
