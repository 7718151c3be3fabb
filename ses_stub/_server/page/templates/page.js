// Fetches the page every second and replaces the parts that have changed; submits forms in the same way, so that the
// focus and what is typed stay. Without this script everything works by loading the page again.
const element = id => document.getElementById(id);
const setText = (id, text) => { if (element(id).textContent !== text) element(id).textContent = text; };
const parts = page => [...page.querySelectorAll("[data-live]")];
const shown = new Map(parts(document).map(part => [part.id, part.innerHTML]));
let etag = "", requests = 0, held = false;

async function request(url, options) {
  const number = ++requests; // A response is ignored if a newer request was made.
  try {
    const response = await fetch(url, { cache: "no-store", ...options });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const message = page.getElementById("message");
    setText("connection", response.status < 500 ? "" : `Server error (${response.status}).`);
    if (number === requests && message) {
      etag = response.headers.get("ETag") || "";
      parts(page).filter(part => shown.get(part.id) !== part.innerHTML).forEach(replace);
    }
    return { ok: response.ok, message: message?.textContent };
  } catch { setText("connection", "Connection lost. Retrying every second."); return {}; }
}
function replace(part) {
  const old = element(part.id), focus = old.contains(document.activeElement) && document.activeElement.id;
  const open = [...old.querySelectorAll("details[open]")].map(one => one.id);
  shown.set(part.id, part.innerHTML);
  old.replaceChildren(...part.childNodes);
  open.forEach(id => element(id)?.setAttribute("open", ""));
  if (focus) (element(focus) || old.closest("[tabindex]")).focus({ preventScroll: true });
}
addEventListener("submit", async event => {
  event.preventDefault();
  const body = new URLSearchParams(new FormData(event.target, event.submitter));
  const { ok, message } = await request(event.target.action, { method: "POST", body });
  if (message !== undefined) setText("message", message);
  if (ok) event.target.reset();
});
// Replacing a part under the pointer would swallow the click.
addEventListener("pointerdown", event => { if (event.target.closest?.("a, button, summary")) held = ++requests > 0; });
["pointerup", "pointercancel"].forEach(end => addEventListener(end, () => { held = false; }));
(async function update() {
  if (!document.hidden && !held) await request("/", { headers: { "If-None-Match": etag } });
  setTimeout(update, 1000);
})();
