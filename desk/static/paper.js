// The pictures of a field that is confirmed: its place, and the sheet with the place framed.
"use strict";

(() => {
  const { make, picture } = Torikomi;
  const $ = (id) => document.getElementById(id);
  const root = $("review");

  Torikomi.showPictures = async (sheet, f) => {
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
  };

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
})();
