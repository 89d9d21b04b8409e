// Keeps the page alive: asks for it again every two seconds and swaps what changed. Without this
// script the page shows the moment at which it was opened.
"use strict";
const every = 2000;
async function renew() {
  if (document.hidden) return;
  const open = new Set([...document.querySelectorAll("details[open][id]")].map((d) => d.id));
  const answer = await fetch(location.href, { headers: { Accept: "text/html", "Attune-Renew": "1" } }); // keeps no session alive
  if (!answer.ok) throw new Error(String(answer.status));
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = next.getElementById(part.id);
    // What has the keyboard, or may be about to be clicked, stays as it is.
    if (!fresh || part.contains(document.activeElement) || (part.matches(":hover") && part.querySelector("a, summary, button"))) continue;
    if (part.innerHTML === fresh.innerHTML) continue;
    const scrolled = [...part.querySelectorAll(".scroll")].map((s) => s.scrollTop);
    part.innerHTML = fresh.innerHTML;
    part.querySelectorAll(".scroll").forEach((s, i) => { s.scrollTop = scrolled[i] ?? 0; });
    part.querySelectorAll("details[id]").forEach((d) => { d.open = open.has(d.id); });
  }
  document.body.classList.remove("stale");
}
async function turn() {
  try { await renew(); document.getElementById("stale").hidden = true; }
  catch { document.getElementById("stale").hidden = false; }
  setTimeout(turn, every);
}
if (document.querySelector("[data-live]")) setTimeout(turn, every);
