// The screen Rows: the problems, and a grid whose rows are fetched in blocks as they come into view.
"use strict";

const base = `/w/${document.body.dataset.workspace}`;
const byId = (id) => document.getElementById(id);
const BLOCK = 200;
const MAX_KEEPALIVE = 16000; // characters of a change that the browser sends even if the page is left
const KEYS_OF_EDITOR = [33, 34, 35, 36, 37, 38, 39, 40];

let version = ""; // of the rows that are shown, from the server
let total = 0;
let view = "fix";
let search = "";
let columns = [];
let grid = null;
let items = new Map(); // index in the view -> row
let indexOf = new Map(); // position in the sheet -> index in the view
let blocks = new Map(); // number of a block -> promise
let generation = 0;

const data = { getLength: () => total, getItem: (index) => items.get(index) || null, getItemMetadata: metadata };

function metadata(index) {
  const row = items.get(index);
  if (!row) return null;
  return { cssClasses: row.settled ? "settled" : row.outcome === "skipped" ? "left-out" : "" };
}

function rowOf([place, number, outcome, cells, wrong, repaired, text, settled]) {
  return { place, number, outcome, cells, wrong, repaired: new Set(repaired), text, settled };
}

class CellEditor {
  constructor(args) {
    this.args = args;
    this.keyCaptureList = KEYS_OF_EDITOR;
    this.input = document.createElement("textarea");
    this.input.rows = 1;
    this.input.spellcheck = false;
    this.input.setAttribute("aria-label", args.column.name);
    this.input.addEventListener("paste", (event) => pasteInto(this.input, event));
    args.container.append(this.input);
    this.input.focus();
  }
  destroy() { this.input.remove(); }
  focus() { this.input.focus(); }
  loadValue(item) {
    this.input.value = item.cells[this.args.column.place];
    this.before = this.input.value; // a text area changes line ends: a cell that was opened but not edited is not saved
    this.input.select();
  }
  serializeValue() { return this.input.value; }
  isValueChanged() { return this.input.value !== this.before; }
  applyValue(item, text) {
    const { place } = this.args.column;
    const before = item.cells[place];
    item.cells[place] = text;
    change("cells", { cells: [[item.place, place, text]] }).then((isSaved) => {
      if (!isSaved) restore(item, place, before, text);
    });
  }
  validate() { return { valid: true, msg: null }; }
}

// Shows the saved text of a cell again: an edit that has failed must not look as if it was saved.
function restore(item, place, before, text) {
  const index = indexOf.get(item.place);
  if (items.get(index) !== item || item.cells[place] !== text) return; // it was fetched, or edited, again
  item.cells[place] = before;
  grid.invalidateRow(index);
  grid.render();
}

function textOf(index, cell, value, column, row) {
  if (!row) return "";
  if (column.place < 0) return String(row.number || "");
  const classes = [row.wrong[column.place] !== undefined ? "wrong" : "", row.repaired.has(column.place) ? "repaired" : ""];
  return { text: row.cells[column.place], addClasses: classes.join(" ").trim() };
}

function makeGrid() {
  const shown = [{ id: "number", name: "Row", place: -1, width: 64, focusable: false, cssClass: "row-number", resizable: false, alwaysRenderColumn: true }];
  columns.forEach((name, place) => shown.push({ id: `c${place}`, name: name || `(column ${place + 1})`, place, width: 150, minWidth: 60, editor: CellEditor, alwaysRenderColumn: columns.length <= 40 }));
  for (const column of shown) Object.assign(column, { formatter: textOf, field: column.id, sortable: false, toolTip: "" });
  const box = byId("grid");
  grid = new Slick.Grid(box, data, shown, {
    editable: true, autoEdit: false, enableCellNavigation: true, enableColumnReorder: false, rowHeight: 32, headerRowHeight: 34, enableHtmlRendering: false,
    nonce: box.dataset.nonce, dataItemColumnValueExtractor: () => "", enableTextSelectionOnCells: false, suppressCssChangesOnHiddenInit: true, asyncEditorLoading: false,
  });
  wrap(box);
  grid.onViewportChanged.subscribe(load);
  grid.onRendered.subscribe(describe);
  grid.onActiveCellChanged.subscribe(() => { isAtEnd = false; showMessage(); });
  grid.onBeforeEditCell.subscribe((event, { item }) => Boolean(item) && !refuseEdit(item));
  box.addEventListener("keydown", onKey, true);
  new ResizeObserver(() => grid.resizeCanvas()).observe(box);
}

// The role belongs on an element that has only rows in it, and SlickGrid's panes do not belong in the tab order.
function wrap(box) {
  const inner = document.createElement("div");
  inner.setAttribute("role", "grid");
  inner.setAttribute("aria-label", "Rows");
  inner.setAttribute("aria-colcount", String(columns.length + 1));
  box.removeAttribute("role");
  const panes = [...box.children].filter((child) => child.classList.contains("slick-pane"));
  panes[0].before(inner);
  inner.append(...panes);
  for (const child of inner.querySelectorAll("[tabindex]")) child.removeAttribute("tabindex");
  for (const sink of box.querySelectorAll(":scope > [tabindex]")) {
    sink.setAttribute("role", "group");
    sink.setAttribute("aria-label", "Cells: move with the arrow keys, edit with Enter");
  }
}

// Excel adds a line end to what it copies, which is not part of the cell.
function pasteInto(input, event) {
  const text = event.clipboardData.getData("text/plain");
  if (!/\r?\n$/.test(text)) return;
  event.preventDefault();
  input.setRangeText(text.replace(/\r?\n$/, ""), input.selectionStart, input.selectionEnd, "end");
}

// Saves the cell and moves down, as spreadsheet programs do.
function saveAndMoveDown() {
  const { row, cell } = grid.getActiveCell();
  if (!grid.getEditorLock().commitCurrentEdit()) return;
  if (row + 1 < total) grid.setActiveCell(row + 1, cell, false);
  else isAtEnd = true;
  grid.focus();
}

let isAtEnd = false; // Enter has saved a cell of the last row: typing does not overwrite it

// Shows why a row can't be edited, and returns whether that is so.
function refuseEdit(row) {
  if (row.settled) showError({ message: stateOf(row), hint: "It can't be edited here." });
  return row.settled;
}

function onKey(event) {
  const isEditing = grid.getEditorLock().isActive();
  if (event.key === "Tab" && !isEditing) event.stopPropagation(); // Tab leaves the grid
  if (isEditing) {
    if (event.key !== "Enter" || event.isComposing || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    saveAndMoveDown();
    return;
  }
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "a") {
    event.preventDefault(); // it would select the whole page
  } else if (isAtEnd && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    event.stopPropagation();
    showStatus("This was the last row. Press Enter or F2 to edit the cell again.");
  } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
    event.preventDefault();
    change(event.shiftKey ? "redo" : "undo", {});
  } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "y") {
    event.preventDefault();
    change("redo", {});
  } else if (event.key === "F2" || (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey)) {
    if (grid.getActiveCell()) grid.editActiveCell();
    if (event.key === "F2" || !grid.getEditorLock().isActive()) event.preventDefault();
    event.stopPropagation(); // the typed character goes into the editor, whose text is selected
  } else if (event.key === "Delete" || event.key === "Backspace") {
    const cell = grid.getActiveCell();
    const row = cell && items.get(cell.row);
    if (row && !refuseEdit(row)) change("cells", { cells: [[row.place, grid.getColumns()[cell.cell].place, ""]] });
  }
}

async function fetchJson(url) {
  const { answer } = await request(url);
  if (answer.error) throw answer.error;
  return answer;
}

// `how`: "opens" makes the server find the rows of the view again; "fresh" also leaves out those that were fixed.
function loadBlock(number, how = []) {
  if (!blocks.has(number)) {
    const own = generation;
    const query = new URLSearchParams({ view, search, from: number * BLOCK, count: BLOCK });
    for (const name of how) query.set(name, "1");
    blocks.set(number, fetchJson(`${base}/rows.json?${query}`).then((answer) => {
      if (own !== generation) return;
      answer.rows.forEach((one, at) => put(number * BLOCK + at, rowOf(one)));
      if (answer.total !== total) {
        total = answer.total;
        grid.updateRowCount();
      }
      grid.invalidateRows(answer.rows.map((_, at) => number * BLOCK + at));
      grid.render();
      byId("empty").hidden = total > 0;
    }).catch((error) => {
      blocks.delete(number);
      showError(error);
    }));
  }
  return blocks.get(number);
}

function put(index, row) {
  items.set(index, row);
  indexOf.set(row.place, index);
}

function load() {
  const { top, bottom } = grid.getViewport();
  const blockOf = (row) => Math.floor(Math.max(0, Math.min(row, total - 1)) / BLOCK);
  const wanted = [];
  for (let block = blockOf(top); block <= blockOf(bottom); block++) wanted.push(loadBlock(block));
  // Rows above and below the view are loaded ahead.
  for (const row of [bottom + BLOCK / 2, top - BLOCK / 2]) loadBlock(blockOf(row));
  return Promise.all(wanted);
}

async function showView(fresh = true) {
  generation++;
  items = new Map();
  indexOf = new Map();
  blocks = new Map();
  grid.invalidateAllRows();
  grid.resetActiveCell();
  await loadBlock(0, fresh ? ["opens", "fresh"] : ["opens"]);
  grid.invalidate();
  grid.scrollRowToTop(0);
  await load();
  const first = items.get(0);
  if (first) {
    const wrong = Object.keys(first.wrong)[0];
    grid.setActiveCell(0, 1 + Number(wrong || 0), false);
  }
  showMessage();
}

// Describes invalid cells to screen readers. The name of a cell stays its text.
function describe() {
  const { top, bottom } = grid.getRenderedRange();
  const texts = [];
  for (let index = top; index <= bottom; index++) {
    const row = items.get(index);
    if (!row) continue;
    for (const [place, text] of Object.entries(row.wrong)) {
      const node = grid.getCellNode(index, Number(place) + 1);
      if (!node) continue;
      const id = `wrong-${row.place}-${place}`;
      node.setAttribute("aria-invalid", "true");
      node.setAttribute("aria-describedby", id);
      texts.push(Object.assign(document.createElement("p"), { id, textContent: text }));
    }
  }
  byId("descriptions").replaceChildren(...texts);
  markActive();
}

// Puts the active cell into the tab order, so that the grid can be scrolled and read by keyboard.
function markActive() {
  for (const node of byId("grid").querySelectorAll("[role=gridcell][tabindex]")) node.removeAttribute("tabindex");
  const node = grid.getActiveCellNode();
  if (node) node.setAttribute("tabindex", "0");
}

function showMessage() {
  const cell = grid.getActiveCell();
  const row = cell && items.get(cell.row);
  const box = byId("message");
  markActive();
  if (!row) return;
  const text = row.wrong[grid.getColumns()[cell.cell].place];
  box.classList.toggle("wrong-text", Boolean(text) || (!row.settled && !["unsent", "skipped"].includes(row.outcome)));
  box.textContent = text ? `Row ${row.number}: ${text}` : stateOf(row);
}

const STATES = {
  accepted: "was accepted, and is never sent again.",
  duplicate: "has the same lead as another row or upload, and is not sent.",
  skipped: "is left out, and is not sent.",
  unknown: "may be on the platform already, so it is not sent again. Decide on Report what to do.",
};

// The state of a row, as a sentence.
function stateOf(row) {
  const state = STATES[row.outcome];
  if (state) return [`Row ${row.number} ${state}`, row.text].filter(Boolean).join(" ");
  if (row.outcome === "unsent") return `Row ${row.number} is ready to be sent.`;
  return row.text ? `Row ${row.number}: ${row.text}` : `Row ${row.number}: ${row.outcome}.`;
}

// Changes are sent one after the other, each with the version of the rows that it was made on.
let changes = Promise.resolve();
function change(what, facts) {
  changes = changes.catch(() => {}).then(() => changeNow(what, facts));
  return changes;
}

async function changeNow(what, facts) {
  const sentence = confirmationOf(what, facts);
  const body = JSON.stringify({ version, ...facts });
  const { status, answer } = await post(`${base}/${what}`, body, { "Content-Type": "application/json" }, body.length < MAX_KEEPALIVE);
  if (status === 409 || answer.error) {
    showError(answer.error);
    if (status === 409) await refresh();
    return false;
  }
  version = answer.version;
  showStatus(sentence);
  if (answer.rows && !(answer.has_more && view === "fix")) {
    const changed = [];
    for (const one of answer.rows) {
      const index = indexOf.get(one[0]);
      if (index !== undefined) {
        items.set(index, rowOf(one));
        changed.push(index);
      }
    }
    grid.invalidateRows(changed);
    grid.render();
  } else {
    await loadAgain();
  }
  showMessage();
  showState(answer);
  await showProblems();
  return true;
}

// Fetches the rows of the view again. The active cell stays active if its row is still in view.
async function loadAgain() {
  const cell = grid.getActiveCell();
  const active = cell && items.get(cell.row);
  generation++;
  items = new Map();
  indexOf = new Map();
  blocks = new Map();
  grid.invalidateAllRows();
  await load();
  const index = active && indexOf.get(active.place);
  if (index !== undefined && index !== null && index !== cell.row) grid.setActiveCell(index, cell.cell, false);
}

function confirmationOf(what, facts) {
  if (what === "undo") return `Undone: ${byId("undo").title}.`;
  if (what === "redo") return `Done again: ${byId("redo").title}.`;
  return what === "bulk" ? `Done: ${facts.label}.` : "Saved.";
}

// Shows the rows as another tab has left them. If it has chosen another sheet, the grid needs the columns of that.
async function refresh() {
  const now = await showProblems("?columns=1");
  if (now && now.columns.join("\t") !== columns.join("\t")) {
    sessionStorage.setItem("status", statusLine.textContent);
    location.reload();
  } else await showView(true);
}

function showState(state) {
  version = state.version;
  const go = byId("continue");
  go.hidden = false;
  go.textContent = `Continue: ${state.ready.toLocaleString("en")} of ${state.open.toLocaleString("en")} are ready`;
  byId("others").hidden = !state.others.length;
  byId("others").textContent = `Other rows: ${state.others.join(" · ")}.`;
  for (const name of ["undo", "redo"]) {
    byId(name).disabled = !state[name];
    byId(name).title = state[name];
  }
}

let problemsRequest = 0;
async function showProblems(query = "") {
  try {
    return await loadProblems(query);
  } catch (error) {
    showError(error);
    return null;
  }
}

async function loadProblems(query = "") {
  const number = ++problemsRequest;
  const answer = await fetchJson(`${base}/problems.json${query}`);
  if (number !== problemsRequest) return answer;
  showState(answer);
  byId("warnings").hidden = !answer.warnings.length;
  byId("warnings").replaceChildren(...answer.warnings.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  byId("no-problems").hidden = answer.warnings.length > 0 || answer.groups.some((group) => group.outcome !== "skipped");
  const list = byId("problems");
  const place = [...list.children].findIndex((item) => item.contains(document.activeElement));
  list.replaceChildren(...answer.groups.map(groupItem));
  // The keyboard focus moves to the problem that is now in the same place of the list.
  if (place >= 0) (list.children[Math.min(place, list.children.length - 1)] || byId("continue")).focus();
  return answer;
}

function rowsText(count) {
  return count === 1 ? "1 row" : `${count.toLocaleString("en")} rows`;
}

function groupItem(group) {
  const item = Object.assign(document.createElement("li"), { tabIndex: -1 });
  const isLeftOut = group.outcome === "skipped";
  const short = group.message.replace(/^[^:]*: /, "");
  const shown = group.rows.join(", ") + (group.count > group.rows.length ? ", …" : "");
  const head = document.createElement("p");
  const count = Object.assign(document.createElement("strong"), { textContent: `${rowsText(group.count)}: ` });
  head.append(count, group.text, Object.assign(document.createElement("span"), { className: "soft", textContent: ` (row ${shown})` }));
  const actions = Object.assign(document.createElement("div"), { className: "actions" });
  const add = (text, act, isFirst, name) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text, className: isFirst ? "primary" : "" });
    if (name) button.setAttribute("aria-label", name);
    button.addEventListener("click", act);
    actions.append(button);
  };
  const bulk = (kind, label, text = "") => change("bulk", { kind, group: group.key, label, text });
  if (group.fix) {
    const [, before, after] = group.fix;
    const label = group.count === 1 ? `Fix 1 row: ${before} → ${after}` : `Fix all ${group.count.toLocaleString("en")}: ${before} → ${after}`;
    add(label, () => bulk("fix", label), true);
  }
  if (isLeftOut) add("Take these rows back", () => bulk("leave-out", "rows taken back"), false, `Take these rows back: ${short}`);
  else add("Leave out", () => bulk("leave-out", `${rowsText(group.count)} left out`), false, `Leave out these rows: ${short}`);
  add("Show", () => showGroup(group), false, `Show these rows: ${short}`);
  item.append(head, actions);
  if (!isLeftOut && group.columns.length === 1) item.append(replaceForm(group, short, bulk));
  return item;
}

function replaceForm(group, short, bulk) {
  const form = document.createElement("form");
  const input = Object.assign(document.createElement("input"), { type: "text", autocomplete: "off", size: 12, placeholder: "Replace with…" });
  input.setAttribute("aria-label", `Replace with: ${short}`);
  const button = Object.assign(document.createElement("button"), { type: "submit", textContent: `Replace in ${rowsText(group.count)}` });
  form.append(input, button);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    bulk("replace", `${rowsText(group.count)} replaced`, input.value);
  });
  return form;
}

async function showGroup(group) {
  const select = byId("view");
  let option = [...select.options].find((one) => one.dataset.group);
  if (!option) {
    option = new Option("", "");
    option.dataset.group = "1";
    select.add(option);
  }
  option.value = group.key;
  option.textContent = `${rowsText(group.count)} with one problem`;
  select.value = group.key;
  view = group.key;
  await showView(false);
  const column = group.columns.length ? group.columns[0] + 1 : 1;
  if (items.get(0)) grid.setActiveCell(0, column, false);
  grid.focus();
}

// Tab-separated text as spreadsheet programs copy it: cells with quotes may have line breaks, and the last line end does not begin a row.
function parsePaste(text) {
  const rows = [[]];
  let cell = "";
  let at = 0;
  const normal = text.replace(/\r\n?/g, "\n");
  const finish = () => { rows[rows.length - 1].push(cell); cell = ""; };
  while (at < normal.length) {
    const char = normal[at];
    if (char === '"' && cell === "") {
      let end = at + 1;
      let inner = "";
      while (end < normal.length && (normal[end] !== '"' || normal[end + 1] === '"')) {
        inner += normal[end];
        end += normal[end] === '"' ? 2 : 1;
      }
      const next = normal[end + 1];
      if (end < normal.length && (next === undefined || next === "\t" || next === "\n")) {
        cell = inner;
        at = end + 1;
        continue;
      }
    }
    if (char === "\t") finish();
    else if (char === "\n") {
      finish();
      if (at + 1 < normal.length) rows.push([]);
    } else cell += char;
    at++;
  }
  if (!normal.endsWith("\n")) finish();
  return rows;
}

async function paste(text) {
  const start = grid.getActiveCell();
  if (!start) return;
  const rows = parsePaste(text);
  const cells = [];
  const last = Math.min(total, start.row + rows.length) - 1;
  for (let block = Math.floor(start.row / BLOCK); block <= Math.floor(last / BLOCK); block++) await loadBlock(block);
  rows.forEach((texts, at) => {
    const row = items.get(start.row + at);
    if (!row || row.settled) return;
    texts.forEach((one, across) => {
      const column = grid.getColumns()[start.cell + across];
      if (column) cells.push([row.place, column.place, one]);
    });
  });
  const beyond = rows.length - (last - start.row + 1);
  if (cells.length && !(await change("cells", { cells }))) return;
  showStatus(`${cells.length.toLocaleString("en")} cells pasted.${beyond > 0 ? ` ${rowsText(beyond)} did not fit: rows are not added here.` : ""}`);
}

document.addEventListener("paste", (event) => {
  if (!grid || grid.getEditorLock().isActive() || !byId("grid").contains(document.activeElement)) return;
  event.preventDefault();
  paste(event.clipboardData.getData("text/plain"));
});

document.addEventListener("copy", (event) => {
  if (!grid || grid.getEditorLock().isActive() || !byId("grid").contains(document.activeElement)) return;
  const cell = grid.getActiveCell();
  const row = cell && items.get(cell.row);
  if (!row || String(getSelection())) return;
  event.clipboardData.setData("text/plain", row.cells[grid.getColumns()[cell.cell].place]);
  event.preventDefault();
});

byId("undo").addEventListener("click", () => change("undo", {}));
byId("redo").addEventListener("click", () => change("redo", {}));
byId("view").addEventListener("change", (event) => { view = event.target.value; showView(); });
let searchTimer = 0;
byId("search").addEventListener("input", (event) => {
  clearTimeout(searchTimer);
  searchTimer = setTimeout(() => { search = event.target.value; showView(false); }, 250);
});
// Waits until every edit is saved, before the page is left. Returns false if one failed: its message stays on the screen.
async function isAllSaved() {
  for (;;) {
    const last = changes;
    const isSaved = await last.catch(() => false);
    if (last !== changes) continue;
    changes = Promise.resolve();
    return isSaved !== false;
  }
}

byId("continue").addEventListener("click", async (event) => {
  event.preventDefault();
  const { href } = event.currentTarget;
  if (grid && grid.getEditorLock().isActive()) grid.getEditorLock().commitCurrentEdit();
  if (await isAllSaved()) location.assign(href);
});

async function begin(state) {
  byId("checking").hidden = true;
  byId("work").hidden = false;
  columns = state.columns;
  makeGrid();
  const now = await loadProblems(); // the rows may have been edited since they were checked
  if (!now.to_fix) { view = "all"; byId("view").value = "all"; }
  await showView(true);
}

function fail(error) {
  byId("checking").hidden = true;
  byId("work").hidden = true;
  const box = byId("failed");
  const actions = Object.assign(document.createElement("div"), { className: "actions" });
  actions.append(Object.assign(document.createElement("a"), { className: "button", href: "/", textContent: "Back to Start" }));
  box.replaceChildren(...errorParts(error), actions);
  box.hidden = false;
}

follow(`/jobs/${document.body.dataset.workspace}/events?of=check`, (state) => {
  if (state.rows) byId("checking-text").textContent = `Checked ${state.rows.toLocaleString("en")} rows …`;
  const bar = byId("checking-bar");
  if (state.expected) { bar.max = state.expected; bar.value = Math.min(state.rows, state.expected); }
  if (state.phase !== "ended") return;
  if (state.error) fail(state.error);
  else begin(state.state).catch(fail);
});
