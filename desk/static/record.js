// 台帳の一枚: the place of a value is shown beside it, and a value can be corrected with its reason kept by the journal.
"use strict";

(() => {
  const { post, Refused, Meter, composing, sight, toast } = Torikomi;
  const root = document.getElementById("record"), $ = (id) => document.getElementById(id);
  const record = root.dataset.record, reading = Number(root.dataset.reading);
  const meter = new Meter();
  let row = null, timer = 0, saving = false;

  function mark(line) {
    for (const rect of root.querySelectorAll("svg rect")) rect.setAttribute("visibility", "hidden");
    if (!line.dataset.box) return;
    const rect = root.querySelector(`svg[data-page="${line.dataset.page}"] rect`);
    if (!rect) return;
    const [x, y, w, h] = line.dataset.box.split(" ").map(Number);
    for (const [name, value] of Object.entries({ x: x - 1.5, y: y - 1.5, width: w + 3, height: h + 3, visibility: "visible" })) rect.setAttribute(name, value);
  }
  for (const line of root.querySelectorAll("tr[data-field]")) {
    line.addEventListener("mouseenter", () => mark(line));
    line.addEventListener("focusin", () => mark(line));
  }

  const BOXES = { text: "correcting-entry", lines: "correcting-lines", one: "correcting-one", mark: "correcting-one", many: "correcting-many" };
  const mode = () => row.dataset.mode;
  const ticks = () => [...$("correcting-many").querySelectorAll("input")];
  const given = () => (mode() === "many" ? ticks().filter((tick) => tick.checked).map((tick) => tick.value).join("、") : $(BOXES[mode()]).value);

  function open(line) {
    row = line;
    settle();
    meter.reset();
    $("correcting-label").textContent = line.querySelector("th").textContent;
    $("correcting-becomes").textContent = "";
    const image = line.querySelector("img");
    $("correcting-crop").parentElement.hidden = !image;
    if (image) $("correcting-crop").src = image.src;
    for (const id of Object.values(BOXES)) $(id).hidden = id !== BOXES[mode()];
    $("correcting-label").htmlFor = BOXES[mode()];
    fill(line.querySelector(".now").textContent);
    $("correcting").showModal();
    sight.shown();
    const box = mode() === "many" ? ticks()[0] : $(BOXES[mode()]);
    if (box) box.focus();
    if (box && box.select) box.select();
  }

  // What the form lets a person choose from is offered here, too.
  function fill(value) {
    const options = JSON.parse(row.dataset.options);
    if (mode() === "many") {
      const chosen = new Set(value.split("、"));
      $("correcting-many").replaceChildren(...options.filter(Boolean).map((text) => Torikomi.make("label", { className: "tick" },
        Torikomi.make("input", { type: "checkbox", value: text, checked: chosen.has(text) }), ` ${text}`)));
    } else if (BOXES[mode()] === "correcting-one")
      $("correcting-one").replaceChildren(...options.map((text) => Torikomi.make("option", { value: text, textContent: text || "(空欄)" })));
    if (mode() !== "many") $(BOXES[mode()]).value = value;
  }

  function settle() { $("correcting-insist").hidden = true; }

  async function check() {
    const text = given();
    try {
      const reply = await post("/review/check", { record, field: row.dataset.field, text });
      if (given() === text) tell(reply.value === text ? "" : `→ ${reply.value}`, reply.problems);
    } catch { /* saving will say what is wrong */ }
  }
  function tell(text, problems) {
    $("correcting-becomes").replaceChildren(text, ...problems.map((p) => Torikomi.make("span", { className: "problem", textContent: `▲ ${p}` })));
  }

  // What fails its check is kept by a button of its own, never by the same key once more.
  async function save(insist = false) {
    if (saving) return;
    const text = given();
    saving = true;
    try {
      const reply = await post("/review/decide", { record, reading, field: row.dataset.field, verdict: "correct",
        text, insist, again: true, seconds: meter.take() });
      if (reply.asked && given() !== text) { saving = false; return; }  // it was changed meanwhile: what was asked is of no value any more
      if (reply.asked) { tell("", reply.asked); $("correcting-insist").hidden = false; saving = false; return; }
      location.reload();  // saving goes on until the page is gone: a second key must not send it again
    } catch (error) { toast(error instanceof Refused ? error.message : "サーバーにつながりません"); saving = false; }
  }

  root.addEventListener("click", async (event) => {
    const button = event.target.closest("button"), line = event.target.closest("tr[data-field]");
    if (!button || !line) return;
    if (button.classList.contains("correct")) open(line);
    if (button.classList.contains("reveal")) {
      try { await post("/review/reveal", { record, field: line.dataset.field }); location.reload(); } catch (error) { toast(error.message); }
    }
  });
  // On its way to the table: told when it is there, and why where it cannot be yet.
  async function follow() {
    if (document.hidden) { setTimeout(follow, 3000); return; }
    const reply = await fetch(`/records/${encodeURIComponent(record)}/state`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (reply && (reply.status === 401 || reply.redirected)) return;
    const now = reply && reply.ok ? await reply.json() : null;
    if (now && now.state !== "ready") {
      const badge = document.querySelector("h1 .state");
      badge.className = `state ${now.state}`;
      badge.textContent = now.title;
      $("handing").className = "message good";
      $("handing").textContent = now.state === "delivered" ? `表に転記しました: ${now.ledgers.join("、")}` : `状態が「${now.title}」になりました。`;
      return;
    }
    if (now && now.held.length) $("handing").textContent = now.held.join(" ");
    setTimeout(follow, 1500);
  }
  if (root.hasAttribute("data-handing")) setTimeout(follow, 1000);

  $("correcting-form").addEventListener("input", () => { settle(); clearTimeout(timer); timer = setTimeout(check, 200); });
  $("correcting-insist").addEventListener("click", () => save(true));
  $("correcting-entry").addEventListener("keydown", (event) => { if (event.key === "Enter" && composing(event)) event.stopPropagation(); });
  $("correcting-form").addEventListener("submit", (event) => { event.preventDefault(); save(); });
  $("correcting-cancel").addEventListener("click", () => $("correcting").close());
})();
