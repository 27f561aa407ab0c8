// The screen Columns: a row for each form field, with a sample of what would be sent.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const columnsForm = document.getElementById("columns");
const body = document.getElementById("fields");
const tab = crypto.randomUUID();
let requestNumber = 0;

function element(name, facts = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(facts)) {
    if (key in made && key !== "list") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function addOption(select, value, text, isSelected) {
  select.add(new Option(text, value, false, isSelected));
}

function selectOf(field) {
  const select = element("select", { id: `field-${field.name}`, name: `field-${field.name}` });
  addOption(select, "", "Choose a column");
  if (field.joined) addOption(select, ...field.joined);
  for (const name of data.columns) addOption(select, `column:${name}`, name);
  addOption(select, "fixed", "A fixed value");
  addOption(select, "out", "Leave out");
  select.value = field.value;
  return select;
}

function reasonOf(field) {
  const parts = [];
  if (field.confidence) parts.push(element("span", { className: `confidence ${field.confidence}`, textContent: field.confidence }), " ");
  if (field.reason) parts.push(field.reason);
  for (const question of field.questions) parts.push(element("div", { className: "question" }, ...questionOf(question)));
  return parts;
}

// A label and a select for a question; its options are answers as JSON.
function questionOf(question, more = []) {
  const id = `question-${question.key}`;
  const select = element("select", { id, name: id });
  addOption(select, "", "Choose", question.is_open);
  const options = [...question.options, ...more];
  for (const [value, text] of options) addOption(select, value, text, value === question.answer);
  if (question.has_countries) {
    const known = new Set(options.map(([value]) => value));
    const others = element("optgroup", { label: "All countries" });
    for (const [value, text] of data.countries) if (!known.has(value)) others.append(new Option(text, value));
    select.append(others);
  }
  if (question.is_open) select.setAttribute("aria-invalid", "true");
  return [element("label", { htmlFor: id, textContent: question.text }), select];
}

// A question about a column such as Status: one of the answers, or the cells that are ticked.
function rowQuestionOf(question) {
  const [label, select] = questionOf(question, question.cells.length ? [["ticked", "only the rows with …"]] : []);
  if (question.ticked.length && !question.options.some(([value]) => value === question.answer)) select.value = "ticked";
  const ticks = element("span", { role: "group", hidden: select.value !== "ticked" });
  ticks.setAttribute("aria-label", `Cells of ${question.title}`);
  for (const [value, text, details] of question.cells) {
    const box = element("input", { type: "checkbox", name: `tick-${question.key}`, value, checked: question.ticked.includes(value) });
    ticks.append(element("label", {}, box, ` ${text} `, element("span", { className: "soft", textContent: details })), " ");
  }
  select.addEventListener("change", () => { ticks.hidden = select.value !== "ticked"; });
  return element("div", { className: "question", id: `box-${question.key}` }, label, select, ticks);
}

// A question that is shown already is not replaced, so that it keeps the focus.
function showQuestions(questions) {
  const box = document.getElementById("questions");
  const wanted = new Set(questions.map((one) => `box-${one.key}`));
  for (const child of [...box.children]) if (!wanted.has(child.id)) child.remove();
  for (const one of questions) {
    const known = document.getElementById(`box-${one.key}`);
    if (!known) box.append(rowQuestionOf(one));
    else if (one.is_open) known.querySelector("select").setAttribute("aria-invalid", "true");
    else known.querySelector("select").removeAttribute("aria-invalid");
  }
}

function samplesOf(field) {
  return field.samples.map(([before, after, problem]) =>
    element("div", { className: "sample" }, element("span", { className: "before", textContent: before }), " → ",
      problem ? element("span", { className: "wrong-text", textContent: problem }) : element("span", { textContent: after || "(not sent)" })));
}

function addField(field) {
  const select = selectOf(field);
  const fixed = element("input", { type: "text", name: `fixed-${field.name}`, id: `fixed-${field.name}`, autocomplete: "off", value: field.fixed });
  fixed.setAttribute("aria-label", `Fixed value for ${field.name}`);
  const mark = element("span", { className: "soft", textContent: field.is_required ? "required" : "" });
  if (field.is_hidden) mark.append(field.is_required ? ", hidden" : "hidden");
  const row = element("tr", { id: `row-${field.name}` },
    element("th", { scope: "row" }, element("label", { htmlFor: select.id, textContent: field.name }), " ", mark, element("span", { className: "undecided soft", textContent: " undecided" })),
    element("td", {}, select, fixed),
    element("td", { className: "why" }),
    element("td", { className: "samples" }));
  select.addEventListener("change", () => {
    showFixed(row);
    if (select.value === "fixed") fixed.select();
  });
  body.append(row);
  showFixed(row);
  show(field);
}

function showFixed(row) {
  const select = row.querySelector("select");
  row.querySelector("input").hidden = select.value !== "fixed";
}

function show(field) {
  const row = document.getElementById(`row-${field.name}`);
  const focused = row.querySelector(".why").contains(document.activeElement) ? document.activeElement.id : "";
  row.querySelector(".why").replaceChildren(...reasonOf(field));
  if (focused && document.getElementById(focused)) document.getElementById(focused).focus();
  row.querySelector(".samples").replaceChildren(...samplesOf(field));
  const select = row.querySelector("select");
  if (field.is_open) select.setAttribute("aria-invalid", "true");
  else select.removeAttribute("aria-invalid");
  row.classList.toggle("open", field.is_open || field.is_marked);
  row.querySelector(".undecided").hidden = !field.is_marked;
}

function leaveFor(answer) {
  if (answer.status) sessionStorage.setItem("status", answer.status);
  location.assign(answer.location);
}

let missing = [];
function showMissing(answer) {
  missing = answer.missing;
  const needed = missing.length ? [`You still need to set: ${missing.map(([, title]) => title).join(", ")}.`] : [];
  document.getElementById("missing").textContent = [...needed, ...answer.undecided].join(" ");
  for (const id of ["link", "publisher"]) {
    const control = document.getElementById(id);
    if (!control) continue;
    if (missing.some(([one]) => one === id)) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }
}

function showTexts(id, texts) {
  const box = document.getElementById(id);
  box.hidden = !texts.length;
  box.replaceChildren(...texts.map((text) => element("p", { textContent: text })));
}

function showUnused(names) {
  document.getElementById("unused").hidden = !names.length;
  document.getElementById("unused-count").textContent = names.length === 1 ? "1 column is not used" : `${names.length} columns are not used`;
  document.getElementById("unused-names").replaceChildren(...names.map((name) => element("li", { textContent: name })));
}

function showAll(answer) {
  showQuestions(answer.questions);
  showTexts("gaps", answer.gaps);
  showTexts("kept", answer.kept.length ? [`Only some rows are sent, as in the earlier mapping: ${answer.kept.join("; ")}.`] : []);
  showUnused(answer.unused);
  showMissing(answer);
}

const MAX_KEEPALIVE = 60000; // characters of a request that the browser sends even if the page is left; it refuses more

// The choices, with the tab, the version that it shows, and a number, so that the server recognizes outdated ones.
function choices() {
  const facts = { tab, version: data.version, number: ++requestNumber };
  const found = new URLSearchParams(new FormData(columnsForm));
  for (const [name, value] of Object.entries(facts)) found.set(name, value);
  return found;
}

// Sends the choices to be saved, even if the page is left at once, and shows the samples and questions for them.
async function preview() {
  clearTimeout(timer);
  timer = 0;
  const body = choices();
  const number = requestNumber;
  const { answer } = await post(`${columnsForm.action}/preview`, body, {}, String(body).length < MAX_KEEPALIVE);
  if (number !== requestNumber) return;
  if (answer.location) leaveFor(answer);
  else if (answer.error) showError(answer.error);
  else {
    answer.fields.forEach(show);
    showAll(answer);
    if (!missing.length && statusLine.classList.contains("error")) showStatus("");
  }
}

data.fields.forEach(addField);
showAll(data);
// A choice is saved at once, typed text after a pause, or when the page is left.
const PAUSE = 200;
let timer = 0;
columnsForm.addEventListener("input", (event) => {
  if (event.target.dataset.reload) return;
  clearTimeout(timer);
  if (event.target.matches("input:not([type=checkbox])")) timer = setTimeout(preview, PAUSE);
  else preview();
});
window.addEventListener("pagehide", () => {
  if (timer) preview();
});
// A control that has a value is not marked as missing until the server answers.
columnsForm.addEventListener("input", (event) => {
  if (event.target.value) event.target.removeAttribute("aria-invalid");
});
for (const control of document.querySelectorAll("[data-reload]")) {
  control.addEventListener("change", () => {
    const url = new URL(location.href);
    url.searchParams.set(control.dataset.reload, control.value);
    location.assign(url);
  });
}

// Another form, sheet or earlier mapping resets the choices. It is saved at once; without the query, a reload shows later choices.
if (location.search) {
  preview();
  history.replaceState(null, "", location.pathname);
}

columnsForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearTimeout(timer);
  timer = 0;
  const { answer } = await post(columnsForm.action, choices());
  if (answer.location) leaveFor(answer);
  else if (answer.error) {
    showError(answer.error);
    const first = missing.length && document.getElementById(missing[0][0]);
    if (first) first.focus();
  }
});
