// Fetches the page every second and changes only what differs; follows its links and submits its forms in the same way,
// so that the focus, the scroll position and what is typed stay. Without this script everything works by loading pages.
const element = id => document.getElementById(id);
const setText = (id, text) => { if (element(id).textContent !== text) element(id).textContent = text; };
const parts = page => [...page.querySelectorAll("[data-live]")];
const shown = new Map(parts(document).map(part => [part.id, part.innerHTML]));
const LISTS = ["identities", "records", "inbox", "sent", "calls"];
let etag = "", requests = 0, said = 0, held = false, typing;

// After an action the address names what was done, for the page without this script.
const start = new URL(location);
start.searchParams.delete("done");
history.replaceState(null, "", start);

// `says` is whether the page's message is shown: after an action and a link, not after an update.
async function request(url, options, says) {
  const number = ++requests; // A response is ignored if a newer request was made.
  try {
    const response = await fetch(url, { cache: "no-store", ...options });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const notice = page.getElementById("notice");
    setText("connection", response.status < 500 ? "" : `Server error (${response.status}).`);
    if (number === requests && notice) {
      etag = response.headers.get("ETag") || "";
      parts(page).filter(part => shown.get(part.id) !== part.innerHTML).forEach(update);
    }
    if (says && notice && number > said) { said = number; change(element("notice"), notice); }
    return response.ok;
  } catch { setText("connection", "Connection lost. Retrying every second."); }
}
const view = () => "/" + location.search;

function update(part) {
  shown.set(part.id, part.innerHTML);
  change(element(part.id), part);
}
// Makes an element the same as another one. If that removes the focused element, the nearest one gets the focus.
function change(old, next) {
  const focused = old.contains(document.activeElement) && document.activeElement;
  const nearest = focused ? neighbours(old, focused) : [];
  morph(old, next);
  if (!focused || document.activeElement === focused) return;
  const near = element(nearest.find(element)) || old.closest("[tabindex]") || element("identities");
  near.focus({ preventScroll: true });
}
// The element itself, those in its row, those after it, those before it.
function neighbours(part, focused) {
  const all = [...part.querySelectorAll("a[id], button[id], summary[id]")], at = all.indexOf(focused);
  const row = focused.closest("tr, li, nav");
  return [focused, ...all.filter(one => row?.contains(one)), ...all.slice(at + 1), ...all.slice(0, Math.max(at, 0)).reverse()]
    .map(one => one.id).filter(Boolean);
}
// Elements with an id are kept; others are changed into what stands at their place.
function morph(old, next) {
  for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) if (name !== "open" && !next.hasAttribute(name)) old.removeAttribute(name);
  const wanted = [...next.childNodes], ids = new Set(wanted.map(one => one.id));
  [...old.children].filter(one => one.id && !ids.has(one.id)).forEach(one => one.remove());
  const kept = new Map([...old.children].filter(one => one.id).map(one => [one.id, one]));
  let place = old.firstChild;
  const skip = () => { const gone = place; place = place.nextSibling; gone.remove(); };
  for (const one of wanted) {
    const found = one.id ? kept.get(one.id) : place && !place.id && place.nodeName === one.nodeName && place;
    if (!found) { old.insertBefore(one, place); continue; }
    while (place !== found && place && !place.id) skip();
    if (place === found) place = place.nextSibling; else old.insertBefore(found, place);
    if (found.nodeType === Node.TEXT_NODE) { if (found.data !== one.data) found.data = one.data; } else morph(found, one);
  }
  while (place) skip();
}

addEventListener("submit", async event => {
  event.preventDefault();
  if (event.target.id === "filter") return filter();
  const body = new URLSearchParams(new FormData(event.target, event.submitter));
  if (await request(new URL(event.target.action).pathname + location.search, { method: "POST", body }, true)) event.target.reset();
});
function filter() {
  const query = new URLSearchParams(location.search);
  [...LISTS, "q"].forEach(name => query.delete(name));
  if (element("q").value.trim()) query.set("q", element("q").value.trim());
  history.replaceState(null, "", "/" + (query.size ? `?${query}` : ""));
  return request(view(), {}, true);
}
addEventListener("input", event => {
  if (event.target.id !== "q") return;
  clearTimeout(typing);
  typing = setTimeout(filter, 200);
});
addEventListener("click", async event => {
  const link = event.target.closest?.("a[href]"), href = link?.getAttribute("href") || "";
  if (!/^\/($|[?#])/.test(href) || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.pushState(null, "", href);
  element("q").value = new URLSearchParams(location.search).get("q") || "";
  await request(view(), {}, true);
  const chosen = location.hash === "#chosen" && element("chosen");
  if (!chosen) return;
  element("side").scrollTop = 0;
  // On a narrow window it is not beside the list, but below it.
  if (chosen.getBoundingClientRect().top > innerHeight) { chosen.scrollIntoView(); chosen.focus({ preventScroll: true }); }
});
addEventListener("popstate", () => {
  element("q").value = new URLSearchParams(location.search).get("q") || "";
  request(view(), {}, true);
});
addEventListener("keydown", event => {
  const undo = (event.ctrlKey || event.metaKey) && event.key === "z" && !event.target.matches("input, select") && element("undo");
  if (undo) { event.preventDefault(); undo.click(); }
});
// Moving a part under the pointer would swallow the click.
addEventListener("pointerdown", event => { if (event.target.closest?.("a, button, summary")) held = ++requests > 0; });
["pointerup", "pointercancel"].forEach(end => addEventListener(end, () => { held = false; }));
(async function poll() {
  if (!document.hidden && !held) await request(view(), { headers: { "If-None-Match": etag } });
  setTimeout(poll, 1000);
})();
