// 一括確認: the same field of many sheets; only what is wrong is touched, and one key settles the screen.
"use strict";

(() => {
  const { post, Refused, Meter, composing, make, toast, picture, drop } = Torikomi;
  const SCREEN = 12, CHIPS = 3;
  const $ = (id) => document.getElementById(id);
  const grid = $("grid"), bar = $("bar");
  const form = grid.dataset.form, field = grid.dataset.field;
  const meter = new Meter();
  const ahead = [], skipped = new Set();  // the next screen, there before it is asked for; what was put off
  let items = [], busy = false, fetching = null, kept = 0;

  // --- screens ----------------------------------------------------------------------------------------------

  function more() {
    fetching = fetching || (async () => {
      const have = [...[...items, ...ahead].map((item) => item.record), ...skipped];
      const reply = await post("/batch/next", { form, field, have });
      ahead.push(...reply.items);
      for (const item of reply.items) picture(item.crop);
    })().finally(() => { fetching = null; });
    return fetching;
  }

  async function load() {
    items.forEach((item) => drop(item.crop));
    items = [];
    if (!ahead.length) try { await more(); } catch (error) { failed(error); return; }
    items = ahead.splice(0, SCREEN);
    grid.replaceChildren(...items.map(card));
    bar.hidden = !items.length;
    if (!items.length) { finish(); return; }
    counted();
    meter.reset();
    focusOn(0);
    window.scrollTo(0, 0);
    more().catch(() => {});
  }

  function finish() {
    $("finished").hidden = false;
    $("finished-done").textContent = [kept ? `${kept} 件を確定しました。` : "", skipped.size ? `後回しにした ${skipped.size} 件は、確認待ちに残っています。` : ""].join("");
    if (skipped.size) post("/review/release", { records: [...skipped] }).catch(() => {});
    $("finished-link").focus();
  }

  function card(item, i) {
    const id = `value-${i}`, image = make("img", { alt: `用紙の「${item.label}」の部分(${item.file})` });
    picture(item.crop).then((address) => { if (address) image.src = address; });
    const choices = ["one", "mark"].includes(item.mode);
    const input = choices ? make("select", { id, className: "entry" }) : make("input", { id, className: "entry", autocomplete: "off", spellcheck: false });
    if (choices) {
      const options = ["", ...item.alternatives.filter((a) => a !== "")];
      if (!options.includes(item.value)) options.push(item.value);
      input.append(...options.map((text) => make("option", { value: text, textContent: text || "(空欄)" })));
    }
    input.value = item.value;
    if (item.numeric) input.classList.add("numeric");
    if (item.masked) input.readOnly = true;
    const why = make("span", { className: "why", id: `why-${i}`, textContent: item.reasons[0], title: item.reasons[0] });
    input.setAttribute("aria-describedby", `why-${i}`);
    const chips = choices || item.masked ? [] : item.alternatives.slice(0, CHIPS).map((text, n) => {
      const button = make("button", { type: "button", tabIndex: -1 }, make("kbd", { textContent: `F${n + 1}` }), ` ${text}`);
      button.addEventListener("click", () => { take(item, text); input.focus(); });
      return button;
    });
    const node = make("li", {}, image, make("label", { className: "away", htmlFor: id, textContent: `${item.file} ${item.label}` }), input,
      make("div", { className: "chips" }, ...chips), why);
    input.addEventListener(choices ? "change" : "input", () => changed(item));
    input.addEventListener("focus", () => { if (input.select) input.select(); });
    Object.assign(item, { node, input, why, skip: false, insist: false, timer: 0 });
    return node;
  }

  // --- values -----------------------------------------------------------------------------------------------

  const pristine = (item) => item.masked || item.input.value === item.value;

  function say(item, text) { item.why.textContent = item.why.title = text; }

  function changed(item) {
    item.insist = item.skip = false;
    item.input.removeAttribute("aria-invalid");
    item.node.className = pristine(item) ? "" : "changed";
    say(item, item.reasons[0]);
    counted();
    clearTimeout(item.timer);
    if (!pristine(item)) item.timer = setTimeout(() => check(item), 200);
  }

  // What the typed value becomes, and what speaks against it; having seen that, settling the screen keeps it.
  async function check(item) {
    const text = item.input.value;
    try {
      const reply = await post("/review/check", { record: item.record, field: item.name, text });
      if (item.input.value !== text || pristine(item)) return;
      if (reply.problems.length) { item.insist = true; wrong(item, reply.problems); }
      else say(item, reply.value === text ? "" : `→ ${reply.value}`);
    } catch { /* settling the screen will say what is wrong */ }
  }

  function wrong(item, problems) {
    item.node.className = "asked";
    item.input.setAttribute("aria-invalid", "true");
    say(item, `▲ ${problems.join("。")}`);
  }

  function take(item, text) { item.input.value = text; changed(item); }

  function skip(item) {
    item.skip = !item.skip;
    item.node.className = item.skip ? "skipped" : pristine(item) ? "" : "changed";
    say(item, item.skip ? "後回しにします(F8 で戻す)" : item.reasons[0]);
    counted();
  }

  const focusOn = (i) => { const item = items[i]; if (item) { item.input.focus(); item.node.scrollIntoView({ block: "nearest" }); } };
  function counted() { $("count").textContent = items.filter((item) => !item.skip).length; }

  // --- settling the screen ----------------------------------------------------------------------------------

  async function commit() {
    if (busy || !items.length) return;
    busy = true;
    const sent = items.filter((item) => !item.skip), seconds = meter.take();
    const body = sent.map((item) => ({
      record: item.record, field: item.name, reading: item.reading, verdict: pristine(item) ? "accept" : "correct",
      text: pristine(item) ? "" : item.input.value, insist: item.insist, seconds: Math.round((seconds / sent.length) * 1000) / 1000 }));
    try {
      const reply = sent.length ? await post("/batch/decide", { items: body }) : { done: [], asked: {} };
      kept += reply.done.length;
      $("status").textContent = `${reply.done.length} 件を記録しました(あわせて ${kept} 件)`;
      items.filter((item) => item.skip).forEach((item) => skipped.add(item.record));
      const left = sent.filter((item) => reply.asked[item.record]);
      if (left.length) keep(left, reply.asked); else await load();
    } catch (error) {
      failed(error);
      if (error instanceof Refused && error.status === 409) { ahead.length = 0; await load(); }
      else meter.total += seconds * 1000;
    } finally { busy = false; }
  }

  // What has problems stays on the screen; settling it once more keeps it as it is.
  function keep(left, asked) {
    items = left;
    grid.replaceChildren(...items.map((item) => item.node));
    for (const item of items) {
      wrong(item, [...asked[item.record], "このままでよければ、もう一度確定してください"]);
      item.insist = true;
    }
    counted();
    focusOn(0);
  }

  function failed(error) { toast(error instanceof Refused ? error.message : "サーバーにつながりません。内容はこの画面に残っています"); }

  // --- keys -------------------------------------------------------------------------------------------------

  document.addEventListener("keydown", (event) => {
    if (composing(event) || !items.length) return;
    const at = items.findIndex((item) => item.input === event.target), item = items[at];
    const text = at >= 0 && event.target.tagName === "INPUT", key = event.key;
    let act = null;
    if (key === "Enter" && event.ctrlKey) act = commit;
    else if (event.altKey || event.metaKey || event.ctrlKey) return;
    else if (key === "Enter" && at >= 0) act = () => (at + 1 < items.length ? focusOn(at + 1) : $("commit").focus());
    else if (key === "ArrowDown" && text) act = () => focusOn(Math.min(at + 1, items.length - 1));
    else if (key === "ArrowUp" && text) act = () => focusOn(Math.max(at - 1, 0));
    else if (/^F[1-3]$/.test(key) && at >= 0) act = () => {
      const chosen = text && !item.masked ? item.alternatives.slice(0, CHIPS)[Number(key[1]) - 1] : undefined;
      if (chosen !== undefined) { take(item, chosen); focusOn(at + 1); }
    };
    else if (key === "F8" && at >= 0) act = () => { skip(item); focusOn(at + 1); };
    else if (key === "Escape" && at >= 0) act = () => { if (item.skip) skip(item); take(item, item.value); if (item.input.select) item.input.select(); };
    if (act) { event.preventDefault(); if (!event.repeat || key.startsWith("Arrow")) act(); }
  });
  $("commit").addEventListener("click", commit);
  setInterval(() => { if (items.length && !meter.idling) more().catch(() => {}); }, 120000);
  window.addEventListener("pagehide", () => {
    const records = [...[...items, ...ahead].map((item) => item.record), ...skipped];
    if (records.length) post("/review/release", { records }, { keepalive: true }).catch(() => {});
  });
  load();
})();
