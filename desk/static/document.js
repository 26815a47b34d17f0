// 受付の一件: what somebody spent looking at it goes with the decision that nothing is to be done.
"use strict";

(() => {
  const meter = new Torikomi.Meter();
  for (const form of document.querySelectorAll("form[data-timed]"))
    form.addEventListener("submit", () => { form.elements.seconds.value = meter.take(); });
})();
