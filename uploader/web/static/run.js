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
  return new Date(Date.now() + seconds * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
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
  byId("tab-note").hidden = isOver;
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
  const isResults = state.kind === "results";
  const isKilled = state.phase === "killed";
  const error = state.error || state.stopped;
  if ((!error && !isKilled) || (isResults && !state.error)) {
    location.replace(`/w/${workspace}/report`);
    return;
  }
  const title = byId("headline");
  title.textContent = `${isKilled ? "Interrupted" : "Stopped"}: ${title.dataset.file}`;
  byId("pace").textContent = "\u00a0";
  const box = byId("ended");
  const strong = document.createElement("strong");
  if (isKilled) {
    box.textContent = "Sending was interrupted. Nothing is lost: Continue finds out what was sent, and sends the rest.";
  } else {
    strong.append(...asCode(error.message));
    box.replaceChildren(strong, ...asCode(` ${[...(error.problems || []), error.hint].join(" ")}`));
  }
  box.hidden = false;
  byId("resume").hidden = isResults;
  byId("open-report").hidden = isKilled || (Boolean(state.error) && !isResults);
  byId("open-report").classList.toggle("primary", isResults);
  showStatus(box.textContent);
}

follow(`/jobs/${workspace}/events`, show);
