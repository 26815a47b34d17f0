// 受付の一件: what somebody spent looking at it goes with the decision that nothing is to be done.
"use strict";

(() => {
  const form = document.getElementById("discard");
  if (!form) return;
  const meter = new Torikomi.Meter();
  form.addEventListener("submit", () => { form.elements.seconds.value = meter.take(); });
})();
