// Takes the answer out of the address bar and posts it, once, to where this page came from. Without a state nobody
// knows whose it is: then it goes nowhere, and the person is shown how to paste it into Discord.
"use strict";

const byId = (id) => document.getElementById(id);
const address = location.href;
const fragment = location.hash.slice(1);
const members = new URLSearchParams(fragment || location.search);
const isAnswer = ["access_token", "code", "error"].some((name) => members.has(name));

history.replaceState(null, "", location.pathname);

function announce(text) {
  byId("status").textContent = text;
}

async function copy() {
  const button = byId("copy");
  try {
    await navigator.clipboard.writeText(address);
    announce(button.dataset.copied);
  } catch {
    history.replaceState(null, "", address);
    announce(button.dataset.refused);
  }
}

if (!isAnswer) {
  byId("nothing").hidden = false;
} else if (!members.get("state") && !members.has("error")) {
  byId("paste").hidden = false;
  byId("copy").addEventListener("click", copy);
} else {
  announce(byId("moment").textContent);
  byId("answer").elements.answer.value = fragment;
  byId("answer").submit();
}
