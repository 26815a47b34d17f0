// What all pages share: requests that carry the session's token, and attention measured in the browser.
"use strict";

const Torikomi = (() => {
  const token = () => document.querySelector("meta[name=csrf]").content;

  class Refused extends Error {
    constructor(message, status) { super(message); this.status = status; }
  }

  // Posts JSON. Throws Refused where the server said no, TypeError where it could not be reached.
  // Where the session has ended, the person logs in again on this page, and the same is sent once more.
  async function post(url, body, options = {}) {
    for (let tries = 0; ; tries += 1) {
      const reply = await fetch(url, {
        method: "POST", body: JSON.stringify(body), ...options,
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": token() },
      });
      const data = await reply.json().catch(() => ({}));
      if (reply.ok) return data;
      const ended = reply.status === 401 || data.stale;
      if (ended && !options.keepalive && tries < 5) { await signedIn(); continue; }
      throw new Refused(data.error || "サーバーで不具合が起きました。しばらくしてもう一度行ってください", reply.status);
    }
  }

  // --- a session that has ended ---------------------------------------------------------------------------

  let signing = null;
  function signedIn() {
    signing = signing || renewed().finally(() => { signing = null; });
    return signing;
  }

  async function renewed() {
    const now = await session();
    if (now) adopt(now); else await logIn();
    document.dispatchEvent(new Event("signed-in"));
  }

  async function session() {
    const reply = await fetch("/session", { headers: { Accept: "application/json" } });
    return reply.ok ? reply.json() : null;
  }

  // What was decided here was decided by one person: nobody else's session sends it.
  function adopt(now) {
    const mine = document.querySelector("meta[name=user]");
    if (now.name !== mine.content)
      throw new Refused(`いまは ${now.shown} さんでログインしています。${mine.dataset.shown} さんでログインし直すと、この画面の続きができます`, 403);
    document.querySelector("meta[name=csrf]").content = now.csrf;
  }

  function logIn() {
    const mine = document.querySelector("meta[name=user]"), outside = "outside" in mine.dataset;
    const word = make("input", { type: "password", id: "again-word", autocomplete: "current-password", required: true });
    const said = make("p", { className: "message bad", hidden: true });
    said.setAttribute("role", "alert");
    const tell = (text) => { said.textContent = text; said.hidden = !text; };
    const box = make("dialog", { id: "again" }, make("h2", { id: "again-title", textContent: "もう一度ログインしてください" }),
      make("p", { textContent: "ログインの期限が切れました。いまの内容はまだ記録していません。ログインすると、そのまま送ります。" }),
      outside ? make("p", { textContent: "庁内の認証にログインしてから、「続ける」を押してください。" })
        : make("label", { htmlFor: "again-word", textContent: `${mine.dataset.shown}(${mine.content})のパスワード ` }, word),
      said, make("p", { className: "row" }, make("button", { className: "main", textContent: outside ? "続ける" : "ログイン" })));
    box.setAttribute("aria-labelledby", "again-title");
    const form = make("form", {}, ...box.childNodes), before = document.activeElement;
    box.append(form);
    document.body.append(box);
    box.addEventListener("cancel", (event) => event.preventDefault());
    box.showModal();
    return new Promise((resolve) => {
      const done = (now) => { adopt(now); box.remove(); if (before && before.isConnected) before.focus(); resolve(); };
      const other = () => session().then((now) => { if (now && box.isConnected) { window.removeEventListener("focus", other); done(now); } }).catch((error) => tell(error.message));
      window.addEventListener("focus", other);  // logged in again in another tab
      form.addEventListener("submit", async (event) => {
        event.preventDefault();
        tell("");
        try {
          const now = outside ? await session() : await entered(mine.content, word.value);
          if (!now) { tell(outside ? "まだログインしていません" : "パスワードが違うか、いまはログインできません"); word.select(); return; }
          window.removeEventListener("focus", other);
          done(now);
        } catch (error) { tell(error instanceof Refused ? error.message : "サーバーにつながりません"); }
      });
    });
  }

  async function entered(name, password) {
    const page = new DOMParser().parseFromString(await (await fetch("/login")).text(), "text/html");
    const csrf = page.querySelector("input[name=csrf]").value;
    const reply = await fetch("/login", { method: "POST", headers: { Accept: "application/json" },
      body: new URLSearchParams({ name, password, csrf, next: "/session" }) });
    return reply.ok ? reply.json() : null;
  }

  // Active seconds: the page is visible, and somebody did something within the last 20 seconds.
  class Meter {
    constructor(idle = 20) {
      this.idle = idle * 1000;
      this.reset();
      for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "input", "compositionupdate"])
        document.addEventListener(kind, () => this.active(), { capture: true, passive: true });
      document.addEventListener("visibilitychange", () => { this.settle(); this.from = this.last = performance.now(); });
    }
    reset() { this.total = 0; this.from = this.last = performance.now(); this.visible = !document.hidden; }
    settle() {
      const now = performance.now();
      if (this.visible) this.total += Math.max(0, Math.min(now, this.last + this.idle) - this.from);
      this.from = now;
      this.visible = !document.hidden;
    }
    active() { this.settle(); this.last = performance.now(); }
    get idling() { return document.hidden || performance.now() - this.last > this.idle; }
    take() { this.settle(); const seconds = this.total / 1000; this.reset(); return Math.round(seconds * 1000) / 1000; }
  }

  // A key that belongs to the Japanese input method is never ours.
  const composing = (event) => event.isComposing || event.keyCode === 229;

  // --- one press, one step ------------------------------------------------------------------------------------
  //
  // A key that bounces, that is held down, or that is pressed twice answers what nobody has read yet. So what came onto
  // the screen takes no answer for a moment. An event's own time counts: a slow machine hands it on late.

  const HOLD = 300;  // ms: nobody reads a value, let alone compares it with its picture, within so short a time
  const sight = {
    from: Infinity,
    at: 0,
    // Something else is on the screen now. Counted from when it is painted; in a hidden window nothing is.
    shown() {
      const mine = (sight.at += 1);
      sight.from = Infinity;
      requestAnimationFrame(() => requestAnimationFrame(() => { if (mine === sight.at) sight.from = performance.now() + HOLD; }));
    },
    // True for an event that answers what the person has seen.
    meant: (event) => event.timeStamp >= sight.from,
    get open() { return performance.now() >= sight.from; },
  };
  sight.shown();
  document.addEventListener("input", (event) => { sight.at += 1; sight.from = Math.min(sight.from, event.timeStamp); }, true);

  const stop = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
  window.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || composing(event)) return;
    const breaksLine = event.target instanceof HTMLTextAreaElement && event.shiftKey;
    if (!breaksLine && (event.repeat || !sight.meant(event))) stop(event);
  }, true);
  window.addEventListener("click", (event) => {  // the second click of a double click
    if (event.detail > 1 && event.target instanceof Element && event.target.closest("button")) stop(event);
  }, true);

  // What a form sends is sent once; where the page stays or comes back, it can be sent again.
  const AGAIN = 3000;
  const sent = new WeakMap();
  window.addEventListener("submit", (event) => {
    const form = event.target, now = performance.now();
    if (form.method !== "post") return;
    if (now - (sent.get(form) ?? -Infinity) < AGAIN) stop(event); else sent.set(form, now);
  }, true);
  window.addEventListener("pageshow", (event) => { if (event.persisted) { for (const form of document.forms) sent.delete(form); sight.shown(); } });

  function make(tag, properties = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in node && name !== "list") node[name] = value; else node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  }

  let hiding = 0;
  function toast(text, bad = true) {
    let box = document.getElementById("toast");
    if (!box) document.querySelector("main").append(box = make("p", { id: "toast", className: "message toast" }));
    box.setAttribute("role", "status");
    box.className = `message toast ${bad ? "bad" : "good"}`;
    box.textContent = text;
    box.hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(() => { box.hidden = true; }, 8000);
  }

  // Pictures are fetched once, ahead of need, and kept in memory only.
  const pictures = new Map();
  function picture(url) {
    if (!pictures.has(url)) {
      const made = fetch(url, { headers: { Accept: "image/jpeg, application/json" } })
        .then(async (reply) => (reply.ok ? URL.createObjectURL(await reply.blob()) : ""), () => "");
      pictures.set(url, made);
      made.then((address) => { if (!address && pictures.get(url) === made) pictures.delete(url); });  // asked for again
    }
    return pictures.get(url);
  }
  async function drop(url) {
    const made = pictures.get(url);
    pictures.delete(url);
    if (made) { const address = await made; if (address) URL.revokeObjectURL(address); }
  }

  return { post, Refused, Meter, composing, sight, make, toast, picture, drop };
})();
