"""A hostile page in a real browser: from another origin, and by a name that was rebound to the server's address."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ses_stub import SESStub, VirtualClock

#: Tries everything that a page can do with an address; returns what it has read.
ATTACK = """async server => {
  const read = [];
  const json = JSON.stringify({name: "evil.example", status: "Success"});
  const form = "Action=VerifyEmailIdentity&Version=2010-12-01&EmailAddress=evil%40example.com";
  const attempts = [
    ["/", {method: "POST", body: form, headers: {"Content-Type": "application/x-www-form-urlencoded"}}],
    ["/", {method: "POST", body: form, mode: "no-cors"}],
    [`/?${form}`, {mode: "no-cors"}],
    ["/v2/email/identities", {method: "POST", body: '{"EmailIdentity": "evil@example.com"}', mode: "no-cors"}],
    ["/v2/email/identities/example.com", {method: "DELETE"}],
    ["/_ses_stub/identities", {method: "POST", body: json, headers: {"Content-Type": "application/json"}}],
    ["/_ses_stub/identities", {}],
    ["/_ses_stub/reset", {method: "POST", mode: "no-cors"}],
    ["/_ses_stub/reset", {method: "POST"}],
    ["/page/reset", {method: "POST", mode: "no-cors"}],
    ["/page/reset", {method: "POST"}],
    ["/health", {}],
    ["/", {}],
  ];
  for (const [path, options] of attempts) {
    try {
      const answer = await fetch(server + path, options);
      read.push(await answer.text());
    } catch (error) {
      read.push("");
    }
  }
  const loaded = (element, attributes) => new Promise(done => {
    const made = document.body.appendChild(document.createElement(element));
    Object.assign(made, {onload: done, onerror: done, ...attributes});
    setTimeout(done, 3000);
  });
  await loaded("img", {src: `${server}/?${form}`});
  await loaded("script", {src: `${server}/_ses_stub/timeline`});
  await loaded("link", {rel: "stylesheet", href: `${server}/?${form}`});
  await loaded("iframe", {src: `${server}/`});
  const frame = document.createElement("iframe");
  frame.name = "target";
  document.body.append(frame);
  for (const path of ["/", "/page/reset", "/_ses_stub/reset"]) {
    const sent = document.createElement("form");
    sent.method = "post";
    sent.target = "target";
    sent.action = server + path;
    for (const [name, value] of new URLSearchParams(form)) {
      const field = document.createElement("input");
      field.name = name;
      field.value = value;
      sent.append(field);
    }
    document.body.append(sent);
    const done = new Promise(resolve => { frame.onload = resolve; setTimeout(resolve, 3000); });
    sent.submit();
    await done;
  }
  for (const one of document.querySelectorAll("iframe")) {
    try { read.push(one.contentDocument.documentElement.textContent); } catch (error) { read.push(""); }
  }
  return read;
}"""


def attack(chromium: Any, page_url: str, server: str) -> list[str]:
    """What a page has read, after it has tried everything."""
    context = chromium.new_context()
    page = context.new_page()
    # The attacker's own page; all other requests reach the server.
    page.route(page_url, lambda route: route.fulfill(content_type="text/html", body="<!doctype html><body>"))
    page.goto(page_url)
    read: list[str] = page.evaluate(ATTACK, server)
    context.close()
    return read


@pytest.mark.parametrize("kind", ["another site", "another port", "a rebound name"])
def test_hostile_page_changes_and_reads_nothing(chromium: Any, kind: str) -> None:
    """No request of it is logged, no identity appears or disappears, and it has read nothing of them."""
    ses = SESStub(
        rate=None, clock=VirtualClock(), identities={"example.com": "Success", "bob@secret.example": "Pending"}
    )
    with ses.serve() as endpoint:
        port = endpoint.url.rpartition(":")[2]
        page_url, server = {
            "another site": ("http://attacker.example/attack", endpoint.url),
            "another port": ("http://127.0.0.1:1/attack", endpoint.url),
            # Its requests have the same origin: only the name tells it from the server's own page.
            "a rebound name": (f"http://evil.example:{port}/attack", f"http://evil.example:{port}"),
        }[kind]
        read = attack(chromium, page_url, server)
    assert len(read) >= 15
    assert "secret" not in json.dumps(read)
    assert ses.calls == []
    assert list(ses.identities) == ["example.com", "bob@secret.example"]


def test_same_attack_of_the_own_page_succeeds(chromium: Any) -> None:
    """So the attack is one: from the server's own origin it reads and changes everything."""
    ses = SESStub(rate=None, clock=VirtualClock(), identities={"bob@secret.example": "Pending"})
    with ses.serve() as endpoint:
        read = attack(chromium, f"{endpoint.url}/attack", endpoint.url)
    assert "secret" in json.dumps(read)
    # Its identities and calls are gone again: it has reset the stub as well.
    assert "VerifyEmailIdentityResponse" in json.dumps(read)
    assert ses.calls == []
