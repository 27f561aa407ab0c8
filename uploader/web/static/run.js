// The screen Sending: follows the events of a job.
"use strict";

const workspace = document.body.dataset.workspace;
const byId = (id) => document.getElementById(id);
const words = { preparing: "Preparing …", sending: "Sending …", canaries: "Waiting for the results of the first leads …", stopping: "Stopping. Requests under way finish …", writing: "Writing the report …", results: "Waiting for validation results …" };

function duration(seconds) {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

function clock(seconds) {
  return new Date(Date.now() + seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

function show(state) {
  const total = state.total || 0;
  const done = state.done || 0;
  const isOver = state.phase === "ended" || state.phase === "killed";
  const bar = byId("bar");
  bar.max = total || 1;
  bar.value = isOver && !state.error && !total ? 1 : Math.min(done, total || 1);
  byId("numbers").textContent = total ? `${done.toLocaleString("en")} of ${total.toLocaleString("en")}` : words[state.phase] || "";
  byId("counts").replaceChildren(...Object.entries(state.counts || {}).map(([word, count]) => {
    const item = document.createElement("li");
    const pill = Object.assign(document.createElement("span"), { className: `pill is-${word}`, textContent: word });
    item.append(pill, ` ${count.toLocaleString("en")}`);
    return item;
  }));
  byId("pace").textContent = pace(state);
  byId("warnings").replaceChildren(...(state.warnings || []).map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  showRejections(state.rejections || []);
  const canSend = state.kind !== "results";
  byId("pause").hidden = isOver || state.is_paused || !canSend;
  byId("continue").hidden = isOver || !state.is_paused;
  byId("stop").hidden = isOver;
  if (isOver) end(state);
}

// The section is the last of the page, so nothing moves when it grows.
function showRejections(rejections) {
  if (!rejections.length || !byId("rejections")) return;
  byId("no-rejections").hidden = true;
  byId("rejections").hidden = false;
  byId("rejections").tBodies[0].replaceChildren(...rejections.map(([row, outcome, reason]) => {
    const line = document.createElement("tr");
    line.append(Object.assign(document.createElement("th"), { scope: "row", className: "number", textContent: row }));
    line.insertCell().append(Object.assign(document.createElement("span"), { className: `pill is-${outcome}`, textContent: outcome }));
    line.insertCell().append(...asCode(reason));
    return line;
  }));
}

function pace(state) {
  if (state.is_paused) return "Paused. Nothing new is sent.";
  const parts = [];
  if (state.total && state.phase !== "sending" && words[state.phase]) parts.push(words[state.phase]);
  if (state.results && Object.keys(state.results).length) parts.push(Object.entries(state.results).map(([word, count]) => `${count} ${word}`).join(", "));
  if (state.wait >= 2) parts.push(`Waiting for the rate limit until ${clock(state.wait)}`);
  if (state.rate) parts.push(`${state.rate} a second`);
  if (state.seconds) parts.push(`ETA ${clock(state.seconds)} (${duration(state.seconds)})`);
  if (state.left) parts.push(`${Math.max(0, state.left[0] - (state.done || 0)).toLocaleString("en")} of ${state.left[1].toLocaleString("en")} requests left in this window`);
  return parts.join(" · ") || "\u00a0";
}

function end(state) {
  const box = byId("ended");
  const error = state.error || state.stopped;
  if (state.phase === "killed") {
    box.textContent = "Sending was interrupted. Nothing is lost: Continue finds out what was sent, and sends the rest.";
    byId("resume").hidden = false;
  } else if (state.error) {
    const strong = document.createElement("strong");
    strong.append(...asCode(error.message));
    box.replaceChildren(strong, ...asCode(` ${(error.problems || []).join(" ")} ${error.hint}`));
    byId("resume").hidden = false;
  } else {
    const isResults = state.kind === "results";
    box.replaceChildren(...asCode(state.stopped ? `${state.stopped.message} ${isResults ? "" : state.stopped.hint}` : "Done."));
    byId("resume").hidden = !state.stopped || isResults;
    byId("open-report").hidden = false;
    if (!state.stopped || isResults) location.replace(`/w/${workspace}/report`);
  }
  box.hidden = false;
  say(box.textContent);
}

const stream = new EventSource(`/jobs/${workspace}/events`);
stream.onmessage = (event) => {
  const state = JSON.parse(event.data);
  show(state);
  if (state.phase === "ended" || state.phase === "killed") stream.close();
};
stream.onerror = () => {
  if (stream.readyState === EventSource.CLOSED) sayError(gone);
};
