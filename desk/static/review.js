// 確認: one doubtful field after another, by keyboard alone. Decisions are sent in order while the next field is on the screen.
"use strict";

(() => {
  const { post, Refused, Meter, composing, make, toast, picture, drop } = Torikomi;
  const root = document.getElementById("review");
  const $ = (id) => document.getElementById(id);
  const meter = new Meter();
  const ahead = [];          // sheets that are ours, the next first
  const past = [];           // {sheet, at}: fields that were answered, for going back
  let sheet = null, at = 0;  // what is on the screen
  let done = new Set();      // records that this page has finished
  let warned = "", armed = "", pristine = "", chosen = new Set(), checking = 0;
  let sending = Promise.resolve(), unsent = 0, fetching = null, again = false, exhausted = false;
  let busy = false;          // a typed value is being judged: a second Enter must not answer it twice
  let keys = [];             // which key chooses which alternative

  // F1… beside a text; else 1 2 3… and then letters. Options that are numbers themselves keep their own digit.
  function keysOf(options, isText) {
    if (isText) return options.map((_, i) => `F${i + 1}`);
    const digits = options.map((text) => (text.normalize("NFKC").match(/^\d+/) || [""])[0]);
    const own = digits.every(Boolean) && new Set(digits).size === digits.length;
    const free = [...(own ? "" : "1234567890"), ..."abcdefghijklmnopqrstuvwxyz"];
    return digits.map((digit) => (own && digit.length === 1 ? digit : free.shift() || ""));
  }

  const field = () => sheet.fields[at];
  const typed = () => field().mode === "text" || field().mode === "lines";
  const cropsOf = (f) => (f.places.length ? f.places.map((p) => p.crop) : f.crop ? [f.crop] : []);
  const entry = () => (field().mode === "lines" ? $("entry-lines") : $("entry"));

  // --- sheets in advance ------------------------------------------------------------------------------------

  function more() {
    fetching = fetching || (async () => {
      const have = [...ahead.map((s) => s.record), ...(sheet ? [sheet.record] : []), ...done];
      const reply = await post("/review/next", { form: root.dataset.form, record: root.dataset.record, have });
      for (const one of reply.sheets) {
        ahead.push(one);
        for (const f of one.fields) for (const url of cropsOf(f)) picture(url);
        for (const f of one.fields) picture(one.pages[f.page]);
      }
      exhausted = reply.sheets.length === 0;
      $("left").textContent = `残り ${reply.left} 枚`;
    })().finally(() => { fetching = null; });
    return fetching;
  }

  async function nextSheet() {
    if (sheet) {
      done.add(sheet.record);
      const old = past.length > 40 ? past.splice(0, 20) : [];
      for (const { sheet: gone } of old) if (gone !== sheet) for (const f of gone.fields) cropsOf(f).forEach(drop);
    }
    sheet = null;
    if (!ahead.length) {
      await sending;
      try { await more(); } catch (error) { failed(error); }
    }
    if (!ahead.length) { finish(); return; }
    sheet = ahead.shift();
    at = 0;
    if (!sheet.fields.length) { nextSheet(); return; }
    show();
    sending.then(() => more()).catch(failed);
  }

  function finish() {
    root.hidden = true;
    $("finished").hidden = false;
    $("finished-back").hidden = !past.length;
    $("finished-done").textContent = done.size ? `この画面で ${done.size} 枚を確認しました。` : "";
    $("finished-link").focus();
  }

  function failed(error) {
    toast(error instanceof Refused ? error.message : "サーバーにつながりません。確認した内容はこの画面に残っています");
  }

  // --- one field --------------------------------------------------------------------------------------------

  function show() {
    const f = field();
    meter.reset();
    warned = armed = "";
    busy = false;
    again = past.some((p) => p.sheet.record === sheet.record && p.at === at && p.sent);
    root.hidden = $("work").hidden = false;
    $("form-title").textContent = sheet.form;
    $("file").textContent = sheet.file;
    $("received").textContent = `受付 ${sheet.received}`;
    $("open-record").href = sheet.link;
    $("dots").replaceChildren(...sheet.fields.map((_, i) => make("i", { className: i < at ? "done" : i === at ? "now" : "" })));
    $("progress").textContent = `${at + 1}/${sheet.fields.length} 項目`;
    $("label").textContent = f.label;
    const turn = { second: "2人目の確認", third: "3人目の判断", first: "1人目の確認" }[f.turn] || "";
    $("turn").textContent = turn;
    $("turn").hidden = !turn;
    $("reasons").replaceChildren(...f.reasons.map((text) => make("li", { textContent: text })));
    showEntry(f);
    showPictures(f);
    $("reveal").hidden = !f.masked;
    $("unreadable").hidden = f.mode === "whole" && !f.places.length && !f.pages_link;
    $("accept-text").textContent = f.mode !== "whole" ? "この値でよい" : f.places.length ? "確認した(次へ)" : "この読み方でよい";
    $("pages-link-box").hidden = !f.pages_link;
    if (f.pages_link) $("pages-link").href = f.pages_link;
    $("back").disabled = !past.length;
    $("say").textContent = `${f.label} ${f.masked ? "" : f.value || "空欄"}。${f.reasons.join("。")}`;
  }

  function showEntry(f) {
    const isText = typed();
    $("entry-box").hidden = !isText;
    $("entry").hidden = f.mode === "lines";
    $("entry-lines").hidden = f.mode !== "lines";
    $("becomes").replaceChildren(f.seen ? `読んだ文字: ${f.seen}` : "");
    chosen = new Set(f.mode === "many" ? f.value.split("、").filter(Boolean) : f.mode === "text" || f.mode === "lines" ? [] : [f.value]);
    if (isText) {
      const box = entry();
      box.value = pristine = f.value;
      box.classList.toggle("numeric", f.numeric);
      box.readOnly = f.masked;
      box.removeAttribute("aria-invalid");
      $("entry-label").textContent = f.label;
      fitText();
      box.focus();
      box.select();
    }
    keys = keysOf(f.alternatives, isText);
    const buttons = f.alternatives.map((text, i) => {
      const button = make("button", { type: "button" }, make("kbd", { textContent: keys[i] }), ` ${text}`);
      if (!isText) button.setAttribute("aria-pressed", chosen.has(text));
      button.addEventListener("click", () => choose(i));
      return make("li", {}, button);
    });
    $("choices").replaceChildren(...buttons);
    $("choices-title").textContent = isText ? "候補" : "選択肢";
    $("choices-box").hidden = !buttons.length;
    if (!isText) ($("choices").querySelector("[aria-pressed=true]") || $("choices").querySelector("button") || $("accept")).focus();
  }

  // A long value is shown whole, in smaller letters.
  function fitText() {
    const box = $("entry");
    box.classList.remove("long");
    if (!box.hidden) box.classList.toggle("long", box.scrollWidth > box.clientWidth);
  }

  async function showPictures(f) {
    const mine = `${sheet.record}/${f.name}/${f.masked}`;
    root.dataset.showing = mine;
    const crop = $("crop"), paper = $("paper-image"), mark = $("mark");
    crop.alt = `用紙の「${f.label}」の部分`;
    showMore(f, mine);
    const pageUrl = sheet.pages[f.page] || Object.values(sheet.pages)[0];
    $("crop-box").hidden = !f.crop || !f.box;
    $("crop-missing").hidden = true;
    crop.hidden = false;
    $("crop-box").classList.toggle("tall", f.mode === "lines");
    if (f.crop && f.box) {
      crop.removeAttribute("src");
      picture(f.crop).then((u) => {
        if (root.dataset.showing !== mine) return;
        if (u) crop.src = u;
        crop.hidden = !u;
        $("crop-missing").hidden = Boolean(u);
      });
    }
    const [width, height] = sheet.sizes[f.page] || Object.values(sheet.sizes)[0];
    const address = await picture(pageUrl);
    if (root.dataset.showing !== mine) return;
    $("paper").setAttribute("viewBox", `0 0 ${width} ${height}`);
    paper.setAttribute("width", width);
    paper.setAttribute("height", height);
    paper.setAttribute("href", address);
    mark.setAttribute("visibility", f.box ? "visible" : "hidden");
    if (f.box) {
      frame(mark, f.box);
      if (root.classList.contains("large")) mark.scrollIntoView({ block: "center" });
    }
  }

  function frame(rect, [x, y, w, h]) {
    rect.setAttribute("x", x - 1.5); rect.setAttribute("y", y - 1.5);
    rect.setAttribute("width", w + 3); rect.setAttribute("height", h + 3);
  }

  // A sheet with notes in several places shows all of them, and frames those on the page that is shown.
  function showMore(f, mine) {
    for (const old of document.querySelectorAll("#crop-box img.more, #paper rect.more")) old.remove();
    $("crop-box").classList.toggle("several", f.places.length > 1);
    for (const place of f.places.slice(1)) {
      const image = make("img", { className: "more", alt: `用紙の「${f.label}」の部分` });
      $("crop-box").append(image);
      picture(place.crop).then((u) => { if (u && root.dataset.showing === mine) image.src = u; });
      if (place.page !== f.page) continue;
      const rect = $("mark").cloneNode();
      rect.removeAttribute("id");
      rect.classList.add("more");
      rect.setAttribute("visibility", "visible");
      frame(rect, place.box);
      $("paper").append(rect);
    }
  }

  // --- live check -------------------------------------------------------------------------------------------

  let timer = 0;
  function changed() {
    fitText();
    warned = armed = "";
    clearTimeout(timer);
    timer = setTimeout(check, 150);
  }

  async function check() {
    if (!sheet || !typed()) return;
    const mine = ++checking, f = field(), text = entry().value;
    if (text === pristine) { $("becomes").replaceChildren(f.seen ? `読んだ文字: ${f.seen}` : ""); return; }
    try {
      const reply = await post("/review/check", { record: sheet.record, field: f.name, text });
      if (mine !== checking || !sheet || field() !== f || entry().value !== text) return;
      tell(reply.value === text ? "" : `→ ${reply.value}`, reply.problems);
      if (reply.problems.length) warned = text;
    } catch { /* the decision itself will say what is wrong */ }
  }

  function tell(text, problems) {
    $("becomes").replaceChildren(text, ...problems.map((p) => make("span", { className: "problem", textContent: `▲ ${p}` })));
    if (typed()) { if (problems.length) entry().setAttribute("aria-invalid", "true"); else entry().removeAttribute("aria-invalid"); }
  }

  // --- decisions --------------------------------------------------------------------------------------------

  // In order, one after another; where the server cannot be reached, tried again until it can.
  function send(body) {
    unsent += 1;
    const made = sending.then(async () => {
      for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
        try { return await post("/review/decide", body); } catch (error) {
          if (error instanceof Refused && error.status !== 503) throw error;
          failed(error);
          await new Promise((resolve) => setTimeout(resolve, wait));
        }
      }
    }).finally(() => { unsent -= 1; });
    sending = made.catch(() => {});
    return made;
  }

  async function decide(verdict, text = "") {
    if (!sheet || busy) return;
    const f = field(), here = { sheet, at, sent: true };
    const body = { record: sheet.record, field: f.name, reading: sheet.reading, verdict, text,
      insist: warned === text && text !== "" || armed === "insist", again, seconds: meter.take() };
    if (verdict === "correct") {
      let reply;
      const box = typed() ? entry() : null;
      busy = true;
      if (box) box.readOnly = true;  // what is typed from here on belongs to the next field
      try { reply = await send(body); } catch (error) { busy = false; if (box) box.readOnly = f.masked; refused(error, here); return; }
      busy = false;
      if (box) box.readOnly = f.masked;
      if (reply.asked) {
        if (!sheet || field() !== f) return;
        meter.total += body.seconds * 1000;  // nothing was kept: it belongs to the answer to come
        tell("", reply.asked);
        armed = "insist";
        toast("この内容で記録するなら、もう一度 Enter を押してください");
        return;
      }
      f.value = text;
    } else {
      send(body).catch((error) => refused(error, here));
    }
    past.push(here);
    if (verdict === "unreadable" || verdict === "wrong_form" || at + 1 >= sheet.fields.length) nextSheet();
    else { at += 1; show(); }
  }

  // Somebody was faster, or the sheet was read anew: leave it and go on.
  function refused(error, here) {
    failed(error);
    if (error instanceof Refused && error.status === 409 && sheet && sheet.record === here.sheet.record && at <= here.at) {
      past.push({ ...here, sent: false });
      if (at + 1 < sheet.fields.length && /項目/.test(error.message)) { at += 1; show(); } else nextSheet();
    }
  }

  function accept() {
    const f = field();
    if (f.mode === "many") {
      const text = f.alternatives.filter((a) => chosen.has(a)).join("、");
      if (text === f.value) decide("accept"); else decide("correct", text);
    } else if (typed() && !f.masked && entry().value !== pristine) decide("correct", entry().value);
    else decide("accept");
  }

  function choose(i) {
    const f = field(), text = f.alternatives[i];
    if (text === undefined) return;
    if (f.mode === "many") {
      if (chosen.has(text)) chosen.delete(text); else chosen.add(text);
      [...$("choices").querySelectorAll("button")].forEach((b, n) => b.setAttribute("aria-pressed", chosen.has(f.alternatives[n])));
    } else if (typed()) {
      entry().value = text;
      if (warned !== text) warned = "";
      decide("correct", text);
    } else if (text === f.value) decide("accept");
    else decide("correct", text);
  }

  // What gives the whole sheet back is asked for twice.
  function giveBack(verdict, key, what) {
    if (armed === verdict) { decide(verdict); return; }
    armed = verdict;
    tell("", [`もう一度 ${key} を押すと「${what}」としてこの用紙を差し戻します(Esc で取り消し)`]);
  }

  function back() {
    if (busy) return;
    if (armed) { armed = ""; tell("", []); return; }
    if (sheet && typed() && entry().value !== pristine) { entry().value = pristine; entry().select(); changed(); return; }
    const last = past.pop();
    if (!last) return;
    if (last.sheet !== sheet) {
      if (sheet) ahead.unshift(sheet);
      sheet = last.sheet;
      done.delete(sheet.record);
    }
    past.push(last);
    at = last.at;
    $("finished").hidden = true;
    show();
    past.pop();
    $("back").disabled = !past.length;
  }

  async function reveal() {
    const f = field();
    if (!f.masked) return;
    try {
      const open = await post("/review/reveal", { record: sheet.record, field: f.name });
      await Promise.all([drop(f.crop), drop(sheet.pages[f.page])]);
      Object.assign(f, open);
      const seconds = meter.total;
      show();
      meter.total += seconds;
    } catch (error) { failed(error); }
  }

  function large() {
    root.classList.toggle("large");
    $("zoom").setAttribute("aria-pressed", root.classList.contains("large"));
    if (root.classList.contains("large")) $("mark").scrollIntoView({ block: "center" });
  }

  // --- keys -------------------------------------------------------------------------------------------------

  document.addEventListener("keydown", (event) => {
    if (composing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!sheet) {
      if (event.key === "Escape" && !event.repeat && !$("finished").hidden && past.length) { event.preventDefault(); back(); }
      return;
    }
    const text = typed(), key = event.key;
    const inEntry = event.target === $("entry") || event.target === $("entry-lines");
    const free = inEntry || event.target === document.body || $("choices").contains(event.target);
    const all = inEntry && event.target.selectionStart === 0 && event.target.selectionEnd === event.target.value.length;
    let act = null;
    if (key === "Enter" && free && !event.shiftKey) act = event.repeat ? () => {} : accept;
    else if (/^F[1-6]$/.test(key) && !event.shiftKey) act = () => choose(Number(key.slice(1)) - 1);
    else if (!text && key.length === 1 && !event.shiftKey && keys.includes(key)) act = () => choose(keys.indexOf(key));
    else if (key === "F7") act = reveal;
    else if (key === "F8") act = () => { if (!$("unreadable").hidden) giveBack("unreadable", "F8", "読めない・申請者に確認"); };
    else if (key === "F9") act = () => giveBack("wrong_form", "F9", "様式違い");
    else if (key === "F10") act = large;
    else if (key === "Escape") act = back;
    else if (key === "ArrowLeft" && free && !event.shiftKey && (!text || (all && entry().value === pristine))) act = back;
    else if ((key === "ArrowDown" || key === "ArrowUp") && !text && $("choices").contains(event.target)) act = () => {
      const buttons = [...$("choices").querySelectorAll("button")];
      buttons[(buttons.indexOf(event.target) + (key === "ArrowDown" ? 1 : buttons.length - 1)) % buttons.length].focus();
    };
    if (act) { event.preventDefault(); if (!event.repeat) act(); }
  });
  for (const id of ["entry", "entry-lines"]) $(id).addEventListener("input", changed);
  $("accept").addEventListener("click", accept);
  $("back").addEventListener("click", back);
  $("finished-back").addEventListener("click", back);
  $("reveal").addEventListener("click", reveal);
  $("zoom").addEventListener("click", large);
  $("unreadable").addEventListener("click", () => giveBack("unreadable", "F8", "読めない・申請者に確認"));
  $("wrong-form").addEventListener("click", () => giveBack("wrong_form", "F9", "様式違い"));

  setInterval(() => { if (sheet && !meter.idling) more().catch(() => {}); }, 120000);
  window.addEventListener("beforeunload", (event) => { if (unsent) event.preventDefault(); });
  window.addEventListener("pagehide", () => {
    const records = [...ahead, ...(sheet ? [sheet] : [])].map((s) => s.record);
    if (records.length) post("/review/release", { records }, { keepalive: true }).catch(() => {});
  });
  nextSheet();
})();
