// ページのつなぎ: the seconds of attention go with whatever is decided.
"use strict";

(() => {
  const meter = new Torikomi.Meter();
  for (const form of document.querySelectorAll("form.joining")) {
    form.addEventListener("submit", () => { form.elements.seconds.value = meter.take(); });
  }
})();
