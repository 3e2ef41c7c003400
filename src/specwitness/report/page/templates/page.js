"use strict";
// Text from the report is only ever set as textContent: nothing in it can become markup.
(() => {
  const of = (id) => document.getElementById(id);
  const said = of("said");

  // Copy
  const copied = async (pre) => {
    try {
      await navigator.clipboard.writeText(pre.textContent);
      return true;
    } catch {
      // Without that permission: select it, so that at least the keyboard copies it.
      getSelection().selectAllChildren(pre);
      return document.execCommand("copy");
    }
  };
  for (const button of document.querySelectorAll("button.copy")) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const done = await copied(button.parentElement.querySelector("pre"));
      button.textContent = said.textContent = done ? "Copied" : "Selected: copy it with the keyboard";
      setTimeout(() => { button.textContent = label; said.textContent = ""; }, 2500);
    });
  }

  // Unfold what a link leads to
  const unfold = (element) => {
    for (let at = element; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    const inside = element.matches(".finding") ? element.querySelector("details") : element.parentElement?.querySelector(":scope > details");
    if (inside) inside.open = true;
  };

  // Look for findings. A row: fingerprint, level, state, contract, operations, check, change, then texts.
  const form = of("filter");
  const { contracts, changes, rows } = form ? JSON.parse(of("data").textContent) : { rows: [] };
  const cards = form ? [...of("cards").children] : [];
  const STEP = 100;
  let room = 0;
  const short = ([fingerprint, level, state, contract, , , change, rule, subject, message, place]) => {
    const item = of("row").content.cloneNode(true);
    const set = (name, text) => { item.querySelector("." + name).textContent = text; };
    set("tag", level);
    item.querySelector(".tag").classList.add("s-" + state);
    set("rule", rule);
    set("subject", (contracts.length > 1 ? contracts[contract] + " " : "") + subject);
    set("message", message + (change >= 0 ? " (" + changes[change] + ")" : ""));
    set("place", place);
    set("fingerprint", fingerprint);
    return item;
  };
  const show = () => {
    const wanted = Object.fromEntries(new FormData(form));
    const text = wanted.text.trim().toLowerCase();
    const active = Object.values(wanted).some(Boolean);
    const fits = (row) =>
      (!wanted.level || row[1] === wanted.level) &&
      (!wanted.contract || row[3] === +wanted.contract) &&
      (!wanted.operation || row[4].includes(+wanted.operation)) &&
      (!wanted.check || row[5] === +wanted.check) &&
      (!wanted.change || row[6] === +wanted.change) &&
      (!text || [row[0], ...row.slice(7)].join(" ").toLowerCase().includes(text));
    let found = 0;
    const others = [];
    rows.forEach((row, number) => {
      const fit = fits(row);
      found += fit;
      if (number < cards.length) cards[number].hidden = !fit;
      else if (fit) others.push(row);
    });
    const shown = Math.min(others.length, active ? Math.max(room, STEP) : room);
    of("rest").replaceChildren(...others.slice(0, shown).map(short));
    of("rest").hidden = !shown;
    of("more").hidden = shown === others.length;
    of("more").textContent = "Show " + Math.min(STEP, others.length - shown) + " more of " + (others.length - shown);
    of("count").textContent = active ? found + " of " + rows.length + " findings" : rows.length + (rows.length === 1 ? " finding" : " findings");
  };
  const look = (wanted) => {
    of("filters").open = true;
    form.reset();
    for (const [name, value] of Object.entries(wanted)) if (form.elements[name]) form.elements[name].value = value;
    room = 0;
    show();
  };
  if (form) {
    of("filters").hidden = false;
    form.addEventListener("input", () => { room = 0; show(); });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(() => { room = 0; show(); }));
    of("more").addEventListener("click", () => { room = Math.max(room, of("rest").children.length) + STEP; show(); });
    show();
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link) return;
    const { find, operation, check } = link.dataset;
    if (find) look({ text: find });
    else if (operation !== undefined || check !== undefined) look({ operation: operation ?? "", check: check ?? "" });
    reveal(link.hash);
  });
  const reveal = (hash) => {
    const name = decodeURIComponent(hash.slice(1));
    const target = of(name);
    if (!target && form && name.startsWith("finding-")) {
      look({ text: name.split("-")[1] });
      of("findings").scrollIntoView();
    } else if (target) {
      if (target.hidden) form.reset();
      if (target.hidden) target.hidden = false;
      unfold(target);
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", () => reveal(location.hash));
  if (location.hash) reveal(location.hash);
})();
