// What all pages share: requests that carry the session's token, and attention measured in the browser.
"use strict";

const Torikomi = (() => {
  const token = () => document.querySelector("meta[name=csrf]").content;

  class Refused extends Error {
    constructor(message, status) { super(message); this.status = status; }
  }

  // Posts JSON. Throws Refused where the server said no, TypeError where it could not be reached.
  async function post(url, body, options = {}) {
    const reply = await fetch(url, {
      method: "POST", body: JSON.stringify(body), ...options,
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": token() },
    });
    const data = await reply.json().catch(() => ({}));
    if (!reply.ok) throw new Refused(data.error || "サーバーで不具合が起きました。しばらくしてもう一度行ってください", reply.status);
    return data;
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
      const made = fetch(url).then(async (reply) => (reply.ok ? URL.createObjectURL(await reply.blob()) : ""), () => "");
      pictures.set(url, made);
    }
    return pictures.get(url);
  }
  async function drop(url) {
    const made = pictures.get(url);
    pictures.delete(url);
    if (made) { const address = await made; if (address) URL.revokeObjectURL(address); }
  }

  return { post, Refused, Meter, composing, make, toast, picture, drop };
})();
