// 一括確認: the same field of many sheets; only what is wrong is touched, and one key settles the screen.
"use strict";

(() => {
  const { post, Refused, Meter, composing, make, toast, picture } = Torikomi;
  const grid = document.getElementById("grid"), bar = document.getElementById("bar");
  const form = grid.dataset.form, field = grid.dataset.field;
  const meter = new Meter();
  let items = [], busy = false;

  async function load() {
    let reply;
    try { reply = await post("/batch/next", { form, field }); } catch (error) { failed(error); return; }
    items = reply.items;
    grid.replaceChildren(...items.map(card));
    bar.hidden = !items.length;
    document.getElementById("finished").hidden = items.length > 0;
    if (!items.length) { document.getElementById("finished-link").focus(); return; }
    counted();
    meter.reset();
    focusOn(0);
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
    const why = make("span", { className: "why", id: `why-${i}`, textContent: item.reasons[0] });
    input.setAttribute("aria-describedby", `why-${i}`);
    const node = make("li", {}, image, make("label", { className: "away", htmlFor: id, textContent: `${item.file} ${item.label}` }), input, why);
    input.addEventListener(choices ? "change" : "input", () => {
      item.insist = false;
      node.className = input.value === item.value ? "" : "changed";
    });
    input.addEventListener("focus", () => { if (input.select) input.select(); });
    Object.assign(item, { node, input, why, skip: false, insist: false });
    return node;
  }

  const focusOn = (i) => { const item = items[i]; if (item) { item.input.focus(); item.node.scrollIntoView({ block: "nearest" }); } };
  function counted() { document.getElementById("count").textContent = items.filter((item) => !item.skip).length; }

  async function commit() {
    if (busy) return;
    busy = true;
    const sent = items.filter((item) => !item.skip), seconds = meter.take();
    const body = sent.map((item) => {
      const same = item.masked || item.input.value === item.value;
      return { record: item.record, field: item.name, reading: item.reading, verdict: same ? "accept" : "correct",
        text: same ? "" : item.input.value, insist: item.insist, seconds: Math.round((seconds / sent.length) * 1000) / 1000 };
    });
    try {
      const reply = sent.length ? await post("/batch/decide", { items: body }) : { done: [], asked: {} };
      document.getElementById("status").textContent = `${reply.done.length} 件を記録しました`;
      const left = sent.filter((item) => reply.asked[item.record]);
      if (!left.length) {
        const skipped = items.filter((item) => item.skip).map((item) => item.record);
        if (skipped.length) await post("/review/release", { records: skipped });
        if (skipped.length === items.length) { location.href = `/batch?form=${encodeURIComponent(form)}`; return; }
        await load();
      } else keep(left, reply.asked);
    } catch (error) { failed(error); if (error instanceof Refused && error.status === 409) await load(); }
    finally { busy = false; }
  }

  // What has problems stays on the screen; settling it once more keeps it as it is.
  function keep(left, asked) {
    items = left;
    grid.replaceChildren(...items.map((item) => item.node));
    for (const item of items) {
      item.node.className = "asked";
      item.why.textContent = `${asked[item.record].join("。")}(このままでよければもう一度確定)`;
      item.insist = true;
    }
    counted();
    focusOn(0);
  }

  function failed(error) { toast(error instanceof Refused ? error.message : "サーバーにつながりません。内容はこの画面に残っています"); }

  document.addEventListener("keydown", (event) => {
    if (composing(event) || !items.length) return;
    const at = items.findIndex((item) => item.input === event.target);
    let act = null;
    if (event.key === "Enter" && event.ctrlKey) act = commit;
    else if (event.altKey || event.metaKey || event.ctrlKey) return;
    else if (event.key === "Enter" && at >= 0) act = () => (at + 1 < items.length ? focusOn(at + 1) : document.getElementById("commit").focus());
    else if (event.key === "ArrowDown" && at >= 0 && event.target.tagName === "INPUT") act = () => focusOn(Math.min(at + 1, items.length - 1));
    else if (event.key === "ArrowUp" && at >= 0 && event.target.tagName === "INPUT") act = () => focusOn(Math.max(at - 1, 0));
    else if (event.key === "F8" && at >= 0) act = () => {
      const item = items[at];
      item.skip = !item.skip;
      item.why.textContent = item.skip ? "後回しにします" : item.reasons[0];
      counted();
      focusOn(at + 1);
    };
    if (act) { event.preventDefault(); if (!event.repeat || event.key.startsWith("Arrow")) act(); }
  });
  document.getElementById("commit").addEventListener("click", commit);
  window.addEventListener("pagehide", () => {
    const records = items.map((item) => item.record);
    if (records.length) post("/review/release", { records }, { keepalive: true }).catch(() => {});
  });
  load();
})();
