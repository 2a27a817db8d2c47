// What the page does by itself, without asking the server: moving between an answer and its evidence, opening and
// closing a document, copying. A button says in data-action what it asks for; what the server must do is triggered as
// an event of the component that the button stands in. No text is ever put into the page as HTML here.
(() => {
  "use strict";

  const panel = () => document.querySelector("#qa-evidence .qa-evidence");
  const turnOf = (node) => Number(node.closest("[data-turn]")?.dataset.turn ?? -1);
  let pending = null; // the evidence to move to once its panel has come
  let origin = null; // where to go back to from the evidence

  function moveToEvidence(citation) {
    const card = citation ? panel()?.querySelector(`.qa-card[data-citation="${citation}"]`) : panel()?.querySelector(".qa-card");
    const target = card ?? panel();
    if (!target) return;
    if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
    target.classList.add("qa-here");
    setTimeout(() => target.classList.remove("qa-here"), 1600);
  }

  function calm() {
    return matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  function goBack() {
    const home = origin?.isConnected ? origin : document.querySelector("#qa-question textarea");
    home?.focus();
    home?.scrollIntoView({ block: "nearest" });
  }

  function showEvidence(button, trigger) {
    origin = button;
    const turn = turnOf(button);
    const citation = button.dataset.citation;
    if (Number(panel()?.dataset.turn) === turn) return moveToEvidence(citation);
    pending = { turn, citation };
    trigger("select", { turn });
  }

  async function copy(button) {
    const text = button.dataset.text;
    try {
      await navigator.clipboard.writeText(text);
      say(button, "Copied");
    } catch {
      say(button, "Copying is not allowed here");
    }
  }

  function say(button, words) {
    const before = button.textContent;
    button.textContent = words;
    setTimeout(() => { button.textContent = before; }, 1600);
  }

  const actions = {
    evidence: showEvidence,
    back: goBack,
    copy,
    zoom,
    close: (button) => button.closest("dialog").close(),
    example: (button, trigger) => trigger("submit", { example: Number(button.dataset.example) }),
    open: (button, trigger) => {
      const number = (name) => (name in button.dataset ? Number(button.dataset[name]) : -1);
      trigger("expand", { turn: turnOf(button), citation: number("citation"), hit: number("hit") });
    },
    up: (button, trigger) => trigger("like", { turn: turnOf(button), rating: "up" }),
    down: (button, trigger) => trigger("like", { turn: turnOf(button), rating: "down" }),
    remove: (button, trigger) => trigger("delete", { number: Number(button.dataset.number) }),
  };

  function connect(element, trigger) {
    element.addEventListener("click", (event) => {
      const button = event.target.closest("[data-action]");
      if (button && element.contains(button)) {
        if (button.dataset.action in actions) actions[button.dataset.action](button, trigger);
        return;
      }
      // An older answer that is clicked brings its evidence back, unless words are being selected or a part unfolded.
      const turn = event.target.closest("#qa-conversation .qa-turn:not(.qa-selected)");
      if (turn && getSelection().isCollapsed && !event.target.closest("summary, form")) trigger("select", { turn: turnOf(turn) });
    });
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      const form = event.target;
      trigger("input", { turn: turnOf(form), why: String(new FormData(form).get("why") ?? "") });
    });
    new MutationObserver(changed).observe(element, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-turn", "data-key"] });
  }

  let turns = 0;

  // A new question comes into view; while its answer comes nothing moves.
  function follow() {
    const all = document.querySelectorAll("#qa-conversation .qa-turn");
    if (all.length > turns && all.length > 1) all[all.length - 1].scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
    turns = all.length;
  }

  function changed() {
    follow();
    if (pending && Number(panel()?.dataset.turn) === pending.turn) {
      const { citation } = pending;
      pending = null;
      moveToEvidence(citation);
    }
    const dialog = document.querySelector("#qa-opened dialog");
    if (dialog && (dialog.dataset.key !== shownKey || (openKey === shownKey && !dialog.open))) show(dialog);
  }

  let shownKey = null; // the opening that was shown last
  let openKey = null; // the opening that was not closed yet: its dialog comes again with the picture of the page

  function show(dialog) {
    shownKey = openKey = dialog.dataset.key;
    if (!dialog.open) dialog.showModal();
    dialog.addEventListener("close", () => { openKey = null; });
    for (const place of ["mark", ".qa-region"]) dialog.querySelector(place)?.scrollIntoView({ block: "center", inline: "nearest" });
    dialog.querySelector(".qa-text")?.focus({ preventScroll: true });
  }

  function zoom(button) {
    const sheet = button.closest(".qa-sheet");
    const isLarge = sheet.classList.toggle("qa-large");
    button.setAttribute("aria-pressed", String(isLarge));
    sheet.querySelector(".qa-region")?.scrollIntoView({ block: "center", inline: "nearest" });
  }

  window.qa = { connect };
})();
