// 一括確認: the same field of many sheets; only what is wrong is touched, and one key settles the screen. What fails its
// check is ticked one by one. Keys of the browser keep their meaning: Tab goes to what belongs to an entry, Space presses it.
"use strict";

(() => {
  const { post, Refused, Meter, composing, sight, make, toast, picture, drop } = Torikomi;
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
    items.forEach(fit);
    sight.shown();
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
      const options = item.alternatives.includes("") || item.mode === "mark" ? item.alternatives : ["", ...item.alternatives];
      input.append(...options.map((text) => make("option", { value: text, textContent: text || "(空欄)" })));
    }
    input.value = item.value;
    if (item.numeric) input.classList.add("numeric");
    if (item.masked) input.readOnly = true;
    const why = make("span", { className: "why", id: `why-${i}`, textContent: item.reasons[0], title: item.reasons[0] });
    input.setAttribute("aria-describedby", `why-${i}`);
    const chips = choices || item.masked ? [] : item.alternatives.slice(0, CHIPS).map((text, n) => {
      const pieces = item.pieces[n].map(([piece, differs]) => (differs ? make("mark", { textContent: piece }) : piece));
      const button = make("button", { type: "button", className: "chip" }, make("kbd", { textContent: n + 1 }), " ", make("span", {}, ...pieces));
      button.addEventListener("click", () => { take(item, text); input.focus(); });
      return button;
    });
    const insist = make("input", { type: "checkbox", id: `insist-${i}` });
    const sure = make("label", { className: "sure", hidden: true }, insist, " このまま記録する");
    const later = make("button", { type: "button", className: "later", textContent: "後回し" });
    later.setAttribute("aria-pressed", "false");
    later.append(make("span", { className: "away", textContent: `(${item.file})` }));
    insist.addEventListener("change", counted);
    const node = make("li", {}, image, make("label", { className: "away", htmlFor: id, textContent: `${item.file} ${item.label}` }), input,
      why, sure, make("div", { className: "chips" }, ...chips, later));
    later.addEventListener("click", () => skip(item));
    input.addEventListener(choices ? "change" : "input", () => changed(item));
    input.addEventListener("focus", () => { if (input.select) input.select(); });
    Object.assign(item, { shown: input.value, node, input, why, sure, insist, later, skip: false, asked: false, timer: 0 });
    if (item.box) {  // a picture is shown no smaller than three pixels to a millimetre
      node.classList.toggle("wide", item.box[2] > 95);
      node.classList.toggle("tall", item.box[3] > 22);
    }
    return node;
  }

  // A value is shown whole: in smaller letters, else over the whole width.
  function fit(item) {
    const { node, input } = item;
    if (input.tagName !== "INPUT") return;
    input.classList.remove("long");
    if (input.scrollWidth > input.clientWidth) input.classList.add("long");
    if (input.scrollWidth > input.clientWidth) node.classList.add("whole");
  }

  const colour = (item, name) => { for (const one of ["changed", "asked", "skipped"]) item.node.classList.toggle(one, one === name); };

  // --- values -----------------------------------------------------------------------------------------------

  const pristine = (item) => item.masked || item.input.value === item.shown;

  function say(item, text) { item.why.textContent = item.why.title = text; }

  function changed(item) {
    unask(item);
    if (item.skip) skip(item);
    item.input.removeAttribute("aria-invalid");
    colour(item, pristine(item) ? "" : "changed");
    say(item, item.reasons[0]);
    fit(item);
    counted();
    clearTimeout(item.timer);
    if (!pristine(item)) item.timer = setTimeout(() => check(item), 200);
  }

  function unask(item) { item.asked = item.insist.checked = false; item.sure.hidden = true; }

  // What the typed value becomes, and what speaks against it.
  async function check(item) {
    const text = item.input.value;
    try {
      const reply = await post("/review/check", { record: item.record, field: item.name, text });
      if (item.input.value !== text || pristine(item)) return;
      if (reply.problems.length) wrong(item, reply.problems);
      else say(item, reply.value === text ? "" : `→ ${reply.value}`);
    } catch { /* settling the screen will say what is wrong */ }
  }

  // Kept in spite of its problems only where its own box is ticked.
  function wrong(item, problems) {
    colour(item, "asked");
    item.input.setAttribute("aria-invalid", "true");
    item.asked = true;
    item.sure.hidden = false;
    say(item, `▲ ${problems.join("。")}`);
    counted();
  }

  function take(item, text) { item.input.value = text; changed(item); }

  function skip(item) {
    item.skip = !item.skip;
    item.later.setAttribute("aria-pressed", item.skip);
    unask(item);
    colour(item, item.skip ? "skipped" : pristine(item) ? "" : "changed");
    say(item, item.skip ? "後回しにします(もう一度押すと戻ります)" : item.reasons[0]);
    counted();
  }

  const focusOn = (i) => { const item = items[i]; if (item) { item.input.focus(); item.node.scrollIntoView({ block: "nearest" }); } };
  const ready = (item) => !item.skip && (!item.asked || item.insist.checked);
  function counted() { $("count").textContent = items.filter(ready).length; }

  // --- settling the screen ----------------------------------------------------------------------------------

  async function commit() {
    if (busy || !items.length) return;
    busy = true;
    const sent = items.filter(ready), left = items.filter((item) => !item.skip && !ready(item)), seconds = meter.take();
    const body = sent.map((item) => ({
      record: item.record, field: item.name, reading: item.reading, verdict: pristine(item) ? "accept" : "correct",
      text: pristine(item) ? "" : item.input.value, insist: item.insist.checked, seconds: Math.round((seconds / sent.length) * 1000) / 1000 }));
    try {
      const reply = sent.length ? await post("/batch/decide", { items: body }) : { done: [], asked: {} };
      kept += reply.done.length;
      $("status").textContent = `${reply.done.length} 件を記録しました(あわせて ${kept} 件)`;
      items.filter((item) => item.skip).forEach((item) => skipped.add(item.record));
      left.push(...sent.filter((item) => reply.asked[item.record]));
      if (left.length) keep(left, reply.asked); else await load();
    } catch (error) {
      failed(error);
      if (error instanceof Refused && error.status === 409) { ahead.length = 0; await load(); }
      else meter.total += seconds * 1000;
    } finally { busy = false; }
  }

  // What has problems stays on the screen, each with its own box to tick.
  function keep(left, asked) {
    items = left;
    grid.replaceChildren(...items.map((item) => item.node));
    for (const item of items) if (asked[item.record]) wrong(item, asked[item.record]);
    $("status").textContent += `。残り ${items.length} 件は、値を直すか「このまま記録する」に印を付けてください`;
    counted();
    sight.shown();
    focusOn(0);
  }

  function failed(error) { toast(error instanceof Refused ? error.message : "サーバーにつながりません。内容はこの画面に残っています"); }

  // --- keys -------------------------------------------------------------------------------------------------

  document.addEventListener("keydown", (event) => {
    if (composing(event) || !items.length || document.querySelector("dialog[open]")) return;
    const item = items.find((one) => one.node.contains(event.target)), key = event.key;
    let act = null;
    if (key === "Enter" && event.ctrlKey) act = commit;
    else if (event.altKey || event.metaKey || event.ctrlKey || event.shiftKey || !item) return;
    else if (key === "Enter" && event.target !== item.later) act = () => next(item);
    else if (key === "Escape") act = () => { if (item.skip) skip(item); take(item, item.shown); item.input.focus(); if (item.input.select) item.input.select(); };
    else if (/^[1-3]$/.test(key) && event.target.classList.contains("chip")) act = () => {
      const chosen = item.alternatives.slice(0, CHIPS)[Number(key) - 1];
      if (chosen !== undefined) { take(item, chosen); next(item); }
    };
    if (act) { event.preventDefault(); if (!event.repeat && sight.meant(event)) act(); }
  });
  function next(item) {
    const at = items.indexOf(item) + 1;
    if (at < items.length) { focusOn(at); return; }
    sight.shown();  // the same key settles the screen now
    $("commit").focus();
  }
  $("commit").addEventListener("click", commit);
  setInterval(() => { if (items.length && !meter.idling) more().catch(() => {}); }, 120000);
  window.addEventListener("pagehide", () => {
    const records = [...[...items, ...ahead].map((item) => item.record), ...skipped];
    if (records.length) post("/review/release", { records }, { keepalive: true }).catch(() => {});
  });
  load();
})();
