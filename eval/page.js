// Shows the cases that have every word of the filter box and one of the ticked states.
"use strict";
const cases = [...document.querySelectorAll("details.case")].map((card) => ({
  card, state: card.dataset.state, text: card.textContent.toLowerCase(),
}));
const box = document.getElementById("filter");
const states = [...document.querySelectorAll("input[name=state]")];
const count = document.getElementById("count");

function show() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const ticked = new Set(states.filter((each) => each.checked).map((each) => each.value));
  let shown = 0;
  for (const { card, state, text } of cases) {
    card.hidden = !(ticked.has(state) && words.every((word) => text.includes(word)));
    shown += card.hidden ? 0 : 1;
  }
  count.textContent = `${shown} of ${cases.length} cases`;
}

function open() {
  const card = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (card) { card.open = true; card.scrollIntoView(); }
}

box.addEventListener("input", show);
states.forEach((each) => each.addEventListener("change", show));
window.addEventListener("hashchange", open);
show();
open();
