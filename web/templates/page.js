// Removes the reply from the address bar and posts it to the server once. A reply without a state isn't sent, because
// nobody knows whose it is.
"use strict";

const byId = (id) => document.getElementById(id);
const fragment = location.hash.slice(1);
const members = new URLSearchParams(fragment);
const isAnswer = ["access_token", "code", "error"].some((name) => members.has(name));

history.replaceState(null, "", location.pathname);

if (!isAnswer) {
  byId("nothing").hidden = false;
} else if (!members.get("state") && !members.has("error")) {
  byId("refused").hidden = false;
} else {
  byId("status").textContent = byId("moment").textContent;
  byId("answer").elements.answer.value = fragment;
  byId("answer").submit();
}
