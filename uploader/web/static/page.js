// What all screens share: the status line, forms that post in the background, questions to confirm, and dropping a file.
"use strict";

const statusLine = document.getElementById("status");

function showStatus(text) {
  statusLine.replaceChildren(...asCode(text));
  statusLine.classList.remove("error");
}

function showError(error) {
  statusLine.replaceChildren(...errorParts(error));
  statusLine.classList.add("error");
}

function errorParts(error) {
  const list = document.createElement("ul");
  for (const problem of (error.problems || []).slice(0, 12)) {
    const line = document.createElement("li");
    line.append(...asCode(problem));
    list.append(line);
  }
  const strong = document.createElement("strong");
  strong.append(...asCode(error.message));
  const parts = [strong];
  if (list.children.length) parts.push(list);
  if (error.hint) parts.push(" ", ...asCode(error.hint));
  return parts;
}

// Returns a text as nodes, with the parts in backticks as code.
function asCode(text) {
  return text.split("`").map((part, at) => (at % 2 ? Object.assign(document.createElement("code"), { textContent: part }) : part));
}

const noAnswer = { message: "The page's server does not answer.", hint: "Run `uploader ui` again in a terminal. Leads that were being sent are still sent." };

// With `keepalive`, the request is made even if the page is left at once.
async function post(url, body, headers = {}, keepalive = false) {
  return request(url, { method: "POST", body, headers, keepalive });
}

// Returns the answer of the server, or an error to show. It never throws.
async function request(url, facts = {}) {
  let response;
  try {
    response = await fetch(url, facts);
  } catch {
    return { status: 0, answer: { error: noAnswer } };
  }
  let answer = {};
  try {
    answer = await response.json();
  } catch {
    answer = { error: { message: `The server refused this (${response.status}).`, hint: "Open the link that `uploader ui` printed." } };
  }
  return { status: response.status, answer };
}

const MAX_MISSES = 2; // attempts without an answer, after which the page shows an error; the browser keeps trying

// Shows the states of a job or a check as they come, up to the last one.
function follow(url, show) {
  let misses = 0;
  const stream = new EventSource(url);
  addEventListener("ended", () => stream.close());
  stream.onmessage = (event) => {
    if (misses >= MAX_MISSES) showStatus("");
    misses = 0;
    const state = JSON.parse(event.data);
    if (state.phase === "ended" || state.phase === "killed") stream.close();
    show(state);
  };
  stream.onerror = () => {
    misses++;
    if (misses === MAX_MISSES || stream.readyState === EventSource.CLOSED) showError(noAnswer);
  };
}

function ask(text) {
  const dialog = document.getElementById("question");
  document.getElementById("question-text").textContent = text;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
  });
}

for (const button of document.querySelectorAll("#question button")) {
  button.addEventListener("click", () => document.getElementById("question").close(button.value));
}

async function submit(form, submitter) {
  if (form.dataset.ask && !(await ask(form.dataset.ask))) return;
  const data = new FormData(form);
  if (submitter && submitter.name) data.set(submitter.name, submitter.value);
  await send(form, data);
}

// Returns an error if a file can't be read: browsers refuse one that was saved, moved or deleted after it was chosen.
async function unreadableFile(data) {
  for (const file of [...data.values()].filter((value) => value instanceof File && value.name)) {
    try {
      await file.slice(0, 1).arrayBuffer();
    } catch {
      return { message: `${file.name} can't be read, or has changed since you chose it.`, hint: "Choose it again." };
    }
  }
  return null;
}

async function send(form, data) {
  const buttons = [...form.querySelectorAll("button")].filter((button) => !button.disabled);
  buttons.forEach((button) => (button.disabled = true));
  const isMultipart = form.dataset.post === "multipart" || form.enctype === "multipart/form-data";
  if (form.dataset.starting) showStatus(form.dataset.starting);
  const changed = await unreadableFile(data);
  const { answer } = changed ? { answer: { error: changed } } : await post(form.action, isMultipart ? data : new URLSearchParams(data), {}, !isMultipart);
  if (answer.location) {
    if (answer.status) sessionStorage.setItem("status", answer.status);
    location.assign(answer.location);
    return;
  }
  if (answer.confirm) {
    if (await ask(answer.confirm)) {
      for (const [name, value] of Object.entries(answer.again)) data.set(name, value);
      await send(form, data);
    }
  } else if (answer.ended) showEnd(answer);
  else if (answer.error) showError(answer.error);
  else if (answer.status) showStatus(answer.status);
  buttons.forEach((button) => (button.disabled = false));
}

// Without the server nothing on the screen works, so a page that says that it has ended replaces the screen.
function showEnd({ ended, status }) {
  dispatchEvent(new Event("ended"));
  document.querySelector("header nav").remove();
  const before = document.getElementById("main");
  const main = Object.assign(document.createElement("main"), { id: "main", tabIndex: -1 });
  const paragraph = document.createElement("p");
  paragraph.append(...asCode(status));
  main.append(Object.assign(document.createElement("h1"), { textContent: ended }), paragraph);
  before.removeAttribute("id");
  before.hidden = true;
  before.after(main);
  document.title = ended;
  showStatus("");
  main.focus();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method.toLowerCase() !== "post" || form.id === "columns") return;
  event.preventDefault();
  submit(form, event.submitter);
});

for (const box of document.querySelectorAll("[data-enables]")) {
  const buttons = box.form.querySelectorAll("button[type=submit]");
  const update = () => buttons.forEach((button) => (button.disabled = !box.checked));
  box.addEventListener("change", update);
  addEventListener("pageshow", update); // the browser may have restored what was ticked, after Back
  update();
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      showError({ message: "The browser does not let the page copy.", hint: "Select the command, then press Ctrl+C." });
    }
  });
}

// The button opens the file dialog; the form is posted once its question is confirmed.
for (const button of document.querySelectorAll("[data-import]")) {
  const file = button.form.querySelector("input[type=file]");
  const question = button.form.dataset.ask;
  button.addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    if (!file.files.length) return;
    button.form.dataset.ask = question.replace("FILE", () => file.files[0].name);
    await submit(button.form);
    button.form.reset();
  });
}

const lastStatus = sessionStorage.getItem("status"); // of the screen before
if (lastStatus) {
  sessionStorage.removeItem("status");
  showStatus(lastStatus);
}

// Returns an error if more than one file, or a folder, was dropped.
function refusalOf(transfer) {
  const entries = [...transfer.items].map((item) => (item.kind === "file" && item.webkitGetAsEntry ? item.webkitGetAsEntry() : null));
  if (entries.some((entry) => entry && entry.isDirectory)) return { message: "A folder can't be read.", hint: "Drop the spreadsheet itself." };
  if (transfer.files.length > 1) return { message: `${transfer.files.length} files were dropped.`, hint: "Drop one spreadsheet at a time." };
  return null;
}

const dropForm = document.getElementById("drop-form");
// Otherwise the browser opens a file that is dropped outside the area in place of the page.
document.addEventListener("dragover", (event) => {
  if (event.dataTransfer.types.includes("Files")) event.preventDefault();
});
if (!dropForm) {
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    showStatus("To send another spreadsheet, drop it on Start.");
  });
}
if (dropForm) {
  const file = dropForm.elements.file;
  const campaign = dropForm.elements.campaign;
  const go = dropForm.querySelector("button[type=submit]");
  const update = () => {
    go.disabled = !(file.files.length && campaign.checkValidity());
  };
  file.addEventListener("change", update);
  campaign.addEventListener("input", update);
  addEventListener("pageshow", update);
  update();
  const area = dropForm.querySelector(".drop");
  document.addEventListener("dragover", () => area.classList.add("over"));
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) area.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    const refusal = refusalOf(event.dataTransfer);
    if (refusal) {
      showError(refusal);
      return;
    }
    file.files = event.dataTransfer.files;
    update();
    if (go.disabled) {
      campaign.focus();
      showStatus("Now enter the campaign number.");
    } else {
      showStatus(`${file.files[0].name} was dropped. Reading it …`);
      dropForm.requestSubmit(go);
    }
  });
}
