// Asks for the page each second and puts in the parts that have changed; sends forms the same way, so that focus and
// what is typed stay. Without it all works too, by loading anew.
const element = id => document.getElementById(id);
const say = (id, text) => { if (element(id).textContent !== text) element(id).textContent = text; };
const parts = page => [...page.querySelectorAll("[data-live]")];
const shown = new Map(parts(document).map(part => [part.id, part.innerHTML]));
let etag = "", asked = 0, held = false;

async function ask(url, options) {
  const turn = ++asked; // What comes after something newer was asked for is not put in.
  try {
    const answer = await fetch(url, { cache: "no-store", ...options });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html"), said = page.getElementById("said");
    say("lost", answer.status < 500 ? "" : `The server could not answer (${answer.status}).`);
    if (turn === asked && said) {
      etag = answer.headers.get("ETag") || "";
      parts(page).filter(part => shown.get(part.id) !== part.innerHTML).forEach(put);
    }
    return { ok: answer.ok, said: said?.textContent };
  } catch { say("lost", "Connection lost. It is tried again each second."); return {}; }
}
function put(part) {
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
  const { ok, said } = await ask(event.target.action, { method: "POST", body });
  if (said !== undefined) say("said", said);
  if (ok) event.target.reset();
});
// A part that is exchanged under the pointer would swallow the click.
addEventListener("pointerdown", event => { if (event.target.closest?.("a, button, summary")) held = ++asked > 0; });
["pointerup", "pointercancel"].forEach(end => addEventListener(end, () => { held = false; }));
(async function again() {
  if (!document.hidden && !held) await ask("/", { headers: { "If-None-Match": etag } });
  setTimeout(again, 1000);
})();
