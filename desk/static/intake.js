// 受付: files are sent one after another; the lists below renew themselves while the page is visible.
"use strict";

(() => {
  const { make } = Torikomi;
  const token = document.querySelector("meta[name=csrf]").content;
  const drop = document.getElementById("drop"), part = document.getElementById("part");

  async function send(file, line) {
    const query = new URLSearchParams({ name: file.name, form: document.getElementById("form").value });
    line.textContent = `${file.name} を送っています…`;
    try {
      const reply = await fetch(`/intake/upload?${query}`, {
        method: "POST", body: file,
        headers: { "X-CSRF-Token": token, Accept: "application/json", "Content-Type": "application/octet-stream" },
      });
      const data = await reply.json();
      line.textContent = reply.ok ? `✓ ${data.name} を受け付けました` : `✗ ${data.error}`;
      if (!reply.ok || !data.before) return;
      line.textContent = `▲ ${data.name}: ${data.before}`;
      if (data.link) line.append(" ", make("a", { href: data.link, textContent: "前の文書を開く" }));
    } catch { line.textContent = `✗ ${file.name} を送れませんでした。もう一度行ってください`; }
  }

  async function all(files) {
    for (const file of files) {
      const line = make("li");
      document.getElementById("uploads").prepend(line);
      await send(file, line);
    }
    renew();
  }

  if (drop) {
    document.getElementById("files").addEventListener("change", async (event) => { await all([...event.target.files]); event.target.value = ""; });
    for (const kind of ["dragover", "dragleave", "drop"]) document.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop") all([...event.dataTransfer.files]);
    });
  }

  let last = "";
  async function renew() {
    if (document.hidden || part.contains(document.activeElement)) return;
    const reply = await fetch("/intake/part").catch(() => null);
    if (!reply || !reply.ok || reply.redirected) return;
    const text = await reply.text();
    if (text !== last && !part.contains(document.activeElement)) part.innerHTML = last = text;
  }
  setInterval(renew, 3000);
})();
