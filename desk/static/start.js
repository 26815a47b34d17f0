// A page that begins with one button: Enter presses it, wherever the focus is and however early the key comes.
"use strict";

(() => {
  const start = document.querySelector("[data-start]");
  if (!start) return;
  start.focus();
  document.addEventListener("keydown", (event) => {
    const free = event.target === document.body || event.target === document.documentElement;
    const plain = !event.repeat && !event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey;
    if (event.key !== "Enter" || !free || !plain || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    start.click();
  });
})();
