// The screen Columns: a row for each form field, with a sample of what would be sent.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const columnsForm = document.getElementById("columns");
const body = document.getElementById("fields");
let asked = 0;

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
  addOption(select, "", "Choose a column", field.source === "");
  if (field.proposed) addOption(select, "guess", field.proposed, field.source === "guess");
  for (const name of data.columns) {
    if (data.repeated.includes(name)) continue;
    addOption(select, `column:${name}`, name, field.source === "column" && field.text === name);
  }
  addOption(select, "fixed", "A fixed value", field.source === "fixed");
  addOption(select, "out", "Leave out", field.source === "out");
  if (field.source === "guess" && !field.proposed) select.value = "";
  return select;
}

function reasonOf(field) {
  const parts = [];
  if (field.confidence && field.confidence !== "none") {
    parts.push(element("span", { className: `confidence ${field.confidence}`, textContent: field.confidence }), " ");
  }
  if (field.reason) parts.push(field.reason);
  if (field.question) {
    const id = `answer-${field.name}`;
    const answers = element("select", { id, name: id });
    addOption(answers, "", "Choose", field.answer === null);
    field.answers.forEach((text, at) => addOption(answers, String(at), text, field.answer === at));
    answers.addEventListener("change", preview);
    parts.push(element("div", { className: "question" }, element("label", { htmlFor: id, textContent: field.question }), answers));
  }
  return parts;
}

function samplesOf(field) {
  return field.samples.map(([before, after, problem]) =>
    element("div", { className: "sample" }, element("span", { className: "before", textContent: before }), " → ",
      problem ? element("span", { className: "wrong-text", textContent: problem }) : element("span", { className: "after", textContent: after || "(not sent)" })));
}

function addField(field) {
  const select = selectOf(field);
  const fixed = element("input", { type: "text", name: `fixed-${field.name}`, id: `fixed-${field.name}`, autocomplete: "off", value: field.source === "fixed" ? field.text : "" });
  fixed.setAttribute("aria-label", `Fixed value for ${field.name}`);
  const mark = element("span", { className: "soft", textContent: field.is_required ? "required" : "" });
  if (field.is_hidden) mark.append(field.is_required ? ", hidden" : "hidden");
  const row = element("tr", { id: `row-${field.name}` },
    element("th", { scope: "row" }, element("label", { htmlFor: select.id, textContent: field.name }), " ", mark),
    element("td", {}, select, fixed),
    element("td", { className: "why" }),
    element("td", { className: "samples" }));
  select.addEventListener("change", () => {
    showFixed(row);
    if (select.value === "fixed") fixed.focus();
    preview();
  });
  fixed.addEventListener("input", preview);
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
  row.querySelector(".why").replaceChildren(...reasonOf(field));
  row.querySelector(".samples").replaceChildren(...samplesOf(field));
  const select = row.querySelector("select");
  if (field.is_open) select.setAttribute("aria-invalid", "true");
  else select.removeAttribute("aria-invalid");
  row.classList.toggle("open", field.is_open);
}

function showMissing() {
  const open = [...columnsForm.querySelectorAll("[aria-invalid=true]")].map((one) => one.labels[0] ? one.labels[0].textContent : "");
  document.getElementById("missing").textContent = open.length ? `You still need to set: ${open.join(", ")}` : "";
}

async function preview() {
  const number = ++asked;
  const { answer } = await post(`${columnsForm.action}/preview`, new URLSearchParams(new FormData(columnsForm)));
  if (number !== asked) return;
  if (answer.error) sayError(answer.error);
  else answer.fields.forEach(show);
  showMissing();
}

data.fields.forEach(addField);
for (const id of ["link", "publisher"]) {
  const control = document.getElementById(id);
  if (control) control.addEventListener("input", () => {
    if (control.value) control.removeAttribute("aria-invalid");
    else control.setAttribute("aria-invalid", "true");
    showMissing();
  });
}
for (const control of document.querySelectorAll("[data-reload]")) {
  control.addEventListener("change", () => location.assign(`${columnsForm.getAttribute("action")}?${control.dataset.reload}=${encodeURIComponent(control.value)}`));
}
showMissing();

columnsForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { answer } = await post(columnsForm.action, new URLSearchParams(new FormData(columnsForm)));
  if (answer.location) location.assign(answer.location);
  else if (answer.error) {
    sayError(answer.error);
    const open = columnsForm.querySelector("[aria-invalid=true]");
    if (open) open.focus();
  }
});
