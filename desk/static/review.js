// 確認: one doubtful field after another, by keyboard alone. The next field comes when the answer to this one is kept.
//
// No key of the browser means anything else here: no function keys, nothing with Ctrl or Alt but Ctrl+Enter, and arrows
// only among options. Within the entry every key types; digits and signs choose where nothing is typed.
"use strict";

(() => {
  const { post, Refused, Meter, composing, sight, make, toast, picture, drop, showPictures } = Torikomi;
  const root = document.getElementById("review");
  const $ = (id) => document.getElementById(id);
  const meter = new Meter();
  const ahead = [];          // sheets that are ours, the next first
  const past = [];           // {sheet, at}: fields that were answered, for going back
  let sheet = null, at = 0;  // what is on the screen
  let done = new Set();      // records that this page has left
  const settled = new Set(); // records whose last answer was kept
  let pristine = "", chosen = new Set(), picked = -1, checking = 0;
  let pending = null;        // {verdict, text}: what was questioned, and is kept by another key only
  let sending = Promise.resolve(), unsent = 0, fetching = null, again = false, exhausted = false;
  let busy = false;          // an answer is on its way: a second Enter must not answer it twice
  let keys = [];             // which key chooses which alternative

  // 1 2 3… and then letters; - is the empty field. Options that are numbers themselves keep their own digit.
  function keysOf(all, isText) {
    if (isText) return all.map((_, i) => String(i + 1));
    const options = all.filter(Boolean), made = keysOfOptions(options);
    return all.map((text) => (text ? made[options.indexOf(text)] : "-"));
  }

  function keysOfOptions(options) {
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
    $("finished-done").textContent = settled.size ? `この画面で ${settled.size} 枚を確認しました。` : "";
    $("finished-link").focus();
  }

  function failed(error) {
    toast(error instanceof Refused ? error.message : "サーバーにつながりません。確認した内容はこの画面に残っています");
  }

  // --- one field --------------------------------------------------------------------------------------------

  function show() {
    const f = field();
    meter.reset();
    sight.shown();
    settle();
    busy = false;
    again = past.some((p) => p.sheet.record === sheet.record && p.at === at && p.sent);
    root.hidden = $("work").hidden = false;
    $("form-title").textContent = sheet.form;
    $("file").textContent = sheet.file;
    $("received").textContent = `受付 ${sheet.received}`;
    $("open-record").href = sheet.link;
    $("dots").replaceChildren(...sheet.fields.map((one, i) => make("i", { className: i === at ? "now" : one.kept ? "done" : "" })));
    $("progress").textContent = `${at + 1}/${sheet.fields.length} 項目`;
    $("label").textContent = f.label;
    const turn = { second: "2人目の確認", third: "3人目の判断", first: "1人目の確認" }[f.turn] || "";
    $("turn").textContent = turn;
    $("turn").hidden = !turn;
    $("reasons").replaceChildren(...f.reasons.map((text) => make("li", { textContent: text })));
    showEntry(f);
    showPictures(sheet, f);
    $("reveal").hidden = !f.masked;
    $("unreadable").hidden = f.mode === "whole" && !f.places.length && !f.half;
    $("pages-link-box").hidden = !f.pages_link;
    if (f.pages_link) $("pages-link").href = f.pages_link;
    tellAccept();
    $("back").disabled = !past.length;
    $("say").textContent = `${f.label} ${f.masked ? "" : f.value || "空欄"}。${f.reasons.join("。")}`;
  }

  function showEntry(f) {
    const isText = typed();
    picked = -1;
    $("entry-box").hidden = !isText;
    $("entry").hidden = f.mode === "lines";
    $("entry-lines").hidden = f.mode !== "lines";
    $("becomes").replaceChildren(f.seen ? `読んだ文字: ${f.seen}` : "");
    chosen = new Set(f.mode === "many" ? f.value.split("、").filter(Boolean) : []);
    if (isText) {
      const box = entry();
      box.value = f.value;
      pristine = box.value;  // a box may show a value otherwise than it is kept: untouched is untouched
      box.classList.toggle("numeric", f.numeric);
      box.readOnly = f.masked;
      box.removeAttribute("aria-invalid");
      $("entry-label").textContent = f.label;
      fitText();
      box.focus();
      box.select();
    }
    keys = keysOf(f.alternatives, isText);
    const buttons = f.alternatives.map((text, i) => optionButton(f, text, i, isText));
    $("choices").replaceChildren(...buttons.map((button) => make("li", {}, button)));
    $("choices-title").textContent = isText ? "候補(Tab で欄を出て、番号で選びます)" : f.mode === "many" ? "選択肢(番号で付け外し)" : "選択肢";
    $("choices-box").hidden = !buttons.length;
    $("leave").hidden = !isText;
    if (isText) return;
    if (f.mode === "whole") $("accept").focus();
    else if (f.mode === "many") { showChosen(); (buttons[0] || $("accept")).focus(); }
    else pick(f.alternatives.indexOf(f.value));
  }

  function optionButton(f, text, i, isText) {
    const shown = text === "" ? ["空欄"] : isText
      ? f.pieces[i].map(([piece, differs]) => (differs ? make("mark", { textContent: piece }) : piece)) : [text];
    const button = make("button", { type: "button" }, make("kbd", { textContent: keys[i] }), " ", make("span", {}, ...shown));
    if (f.mode === "many") button.setAttribute("role", text === "" ? "button" : "checkbox");
    button.addEventListener("click", () => choose(i));
    if (!isText && f.mode !== "many") button.addEventListener("focus", () => { if (picked !== i) pick(i); });
    return button;
  }

  const options = () => [...$("choices").querySelectorAll("button")];

  // One option: the ring stands where Enter records, and nowhere else.
  function pick(i) {
    const buttons = options();
    picked = i;
    buttons.forEach((button, n) => {
      button.setAttribute("aria-pressed", n === i);
      button.tabIndex = n === i || (i < 0 && !n) ? 0 : -1;
    });
    tellAccept();
    (buttons[i] || $("accept")).focus();
  }

  // Several options: what is ticked is recorded.
  function showChosen() {
    const f = field();
    options().forEach((button, n) => {
      if (f.alternatives[n] !== "") button.setAttribute("aria-checked", chosen.has(f.alternatives[n]));
    });
    tellAccept();
  }

  const ticked = () => field().alternatives.filter((a) => a && chosen.has(a)).join("、");

  // Says what Enter records.
  function tellAccept() {
    const f = field();
    const shown = f.mode === "many" ? ticked() : picked >= 0 ? f.alternatives[picked] : f.value;
    $("accept-text").textContent = f.mode === "whole" ? f.accept
      : typed() || f.masked ? "この値でよい" : `「${shown || "空欄"}」で記録`;
  }

  // A long value is shown whole, in smaller letters.
  function fitText() {
    const box = $("entry");
    box.classList.remove("long");
    if (!box.hidden) box.classList.toggle("long", box.scrollWidth > box.clientWidth);
  }

  // --- live check -------------------------------------------------------------------------------------------

  let timer = 0;
  function changed() {
    fitText();
    settle();
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

  async function decide(verdict, text = "", insist = false) {
    if (!sheet || busy) return;
    const f = field(), here = { sheet, at, sent: true };
    const body = { record: sheet.record, field: f.name, reading: sheet.reading, verdict, text, insist, again, seconds: meter.take() };
    let reply;
    wait(true);
    try { reply = await send(body); } catch (error) { wait(false); refused(error, here); return; }
    wait(false);
    if (!sheet || field() !== f) return;
    if (reply.asked) {
      meter.total += body.seconds * 1000;  // nothing was kept: it belongs to the answer to come
      ask(verdict, text, reply.asked, f.insist || "このまま記録する");
      return;
    }
    if (verdict === "accept" || verdict === "correct") f.value = reply.value;
    f.kept = true;
    past.push(here);
    const back = verdict === "unreadable" || verdict === "wrong_form";
    if (!back && at + 1 < sheet.fields.length) { at += 1; show(); return; }
    settled.add(sheet.record);
    nextSheet();
  }

  // While an answer is on its way nothing is typed, and nothing looks kept.
  function wait(on) {
    busy = on;
    root.toggleAttribute("aria-busy", on);
    if (sheet && typed()) entry().readOnly = on || field().masked;
  }

  // What has problems is kept by another key than the one that a hand presses by habit.
  function ask(verdict, text, problems, what) {
    tell("", problems);
    pending = { verdict, text };
    sight.shown();
    $("insist-text").textContent = what;
    $("insist").hidden = false;
  }

  function settle() {
    pending = null;
    $("insist").hidden = true;
  }

  function insist() {
    if (!pending || busy) return;
    const { verdict, text } = pending;
    settle();
    decide(verdict, text, true);
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
    if (busy || pending) return;
    const text = f.masked || (typed() && entry().value === pristine) ? f.value : typed() ? entry().value : f.mode === "many" ? ticked()
      : picked >= 0 ? f.alternatives[picked] : f.value;
    if (text === f.value) decide("accept"); else decide("correct", text);
  }

  function choose(i) {
    const f = field(), text = f.alternatives[i];
    if (text === undefined || busy) return;
    settle();
    tell("", []);
    if (f.mode === "many") {
      if (text === "") chosen.clear(); else if (chosen.has(text)) chosen.delete(text); else chosen.add(text);
      showChosen();
      return;
    }
    if (typed()) { entry().value = text; fitText(); } else pick(i);
    if (text === f.value) decide("accept"); else decide("correct", text);
  }

  function giveBack(verdict, what) {
    if (!busy) ask(verdict, "", [`「${what}」としてこの用紙を差し戻します(Esc で取り消し)`], "差し戻す");
  }

  function back() {
    if (busy) return;
    const f = sheet && field();
    if (pending) { settle(); tell("", []); return; }
    if (f && typed() && entry().value !== pristine) { entry().value = pristine; entry().focus(); entry().select(); changed(); return; }
    if (f && f.mode === "many" && ticked() !== f.value) { showEntry(f); return; }
    const before = f ? f.alternatives.indexOf(f.value) : -1;
    if (f && picked >= 0 && picked !== before) { pick(before); return; }
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
    if (!f.masked || busy) return;
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

  const SIGNS = {
    "?": () => { if (!$("unreadable").hidden) $("unreadable").click(); },
    "!": () => $("wrong-form").click(),
    "*": reveal,
    "+": large,
  };

  // Options move as radio buttons do: along the row, and the ring with what is recorded.
  function step(forward) {
    const buttons = options(), here = buttons.indexOf(document.activeElement);
    const next = (here + (forward ? 1 : buttons.length - 1)) % buttons.length;
    settle();
    tell("", []);
    if (field().mode === "many") buttons[next].focus(); else pick(next);
  }

  document.addEventListener("keydown", (event) => {
    if (composing(event) || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const key = event.key, target = event.target;
    if (!sheet) {
      if (key === "Escape" && !event.repeat && !$("finished").hidden && past.length) { event.preventDefault(); back(); }
      return;
    }
    let act = null;
    if (event.ctrlKey) {
      if (key !== "Enter") return;
      act = insist;
    } else act = meant(key.normalize("NFKC"), event.shiftKey, target);
    if (act) { event.preventDefault(); if (!event.repeat && sight.meant(event)) act(); }
  });

  // What a key means where the focus is; null where it means what it always does.
  function meant(key, shift, target) {
    const text = typed(), inEntry = target === $("entry") || target === $("entry-lines");
    const among = $("choices").contains(target), loose = target === document.body;
    if (key === "Escape") return back;
    if (key === "Enter" && !shift && (inEntry || loose || (among && !text))) return accept;
    if (inEntry) return null;
    if (SIGNS[key]) return SIGNS[key];
    if (shift) return null;
    const i = keys.indexOf(key), left = among || target === $("accept");  // typed() and left on purpose
    if (key.length === 1 && i >= 0 && (!text || left)) return () => choose(i);
    if (!text && among && /^Arrow/.test(key)) return () => step(key === "ArrowDown" || key === "ArrowRight");
    return null;
  }

  for (const id of ["entry", "entry-lines"]) $(id).addEventListener("input", changed);
  $("accept").addEventListener("click", accept);
  $("back").addEventListener("click", back);
  $("finished-back").addEventListener("click", back);
  $("reveal").addEventListener("click", reveal);
  $("zoom").addEventListener("click", large);
  $("insist").addEventListener("click", insist);
  $("unreadable").addEventListener("click", () => giveBack("unreadable", "読めない・申請者に確認"));
  $("wrong-form").addEventListener("click", () => giveBack("wrong_form", "様式違い"));
  document.addEventListener("signed-in", () => { if (sheet) showPictures(sheet, field()); });

  setInterval(() => { if (sheet && !meter.idling) more().catch(() => {}); }, 120000);
  window.addEventListener("beforeunload", (event) => { if (unsent) event.preventDefault(); });
  window.addEventListener("pagehide", () => {
    const records = [...ahead, ...(sheet ? [sheet] : [])].map((s) => s.record);
    if (records.length) post("/review/release", { records }, { keepalive: true }).catch(() => {});
  });
  nextSheet();
})();
