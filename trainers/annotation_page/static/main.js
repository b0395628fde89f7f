// Puts the parts of the page together.

import * as api from "./api.js";
import { Desk } from "./desk.js";
import { listen } from "./keys.js";
import { Pointer } from "./pointer.js";
import { Saving } from "./saving.js";
import { Stage } from "./stage.js";
import { Storage } from "./storage.js";
import { Strip } from "./strip.js";
import { Tools } from "./tools.js";
import { Watch } from "./watch.js";

const find = (selector) => document.querySelector(selector);

async function start() {
  // The secret has become a cookie; it need not stay in the address.
  history.replaceState(null, "", "/");
  const { root, classes, photographs, problems } = await api.folder();
  document.title = `Scribbles of ${root.split("/").at(-1)}`;
  find("#title").textContent = root.split("/").at(-1);
  const storage = await Storage.open(root);

  const stage = new Stage(find("#canvas"));
  const tools = new Tools(classes, ({ tool }) => {
    stage.canvas.classList.toggle("move", tool === "move");
  });
  const desk = new Desk({
    stage, tools, classes, left: await storage.takeOver(), notify, changed: showState,
  });
  desk.saving = new Saving(storage, {
    report,
    saved: (session, done) => strip.setDone(session.name, done),
    rebased: (session) => {
      strip.setDone(session.name, session.version !== "none");
      desk.rebased(session);
    },
    ask: askAboutConflict,
  });
  const pointer = new Pointer(stage, tools, {
    finish: (operation) => desk.add(operation),
    cancel: () => desk.redraw(),
  });
  const strip = new Strip(photographs, open);
  const watch = new Watch(() => desk.name, (name, image) => {
    stage.prediction = image;
    stage.draw();
  });

  async function open(index) {
    const { name, file } = photographs[index];
    strip.select(index);
    stage.canvas.setAttribute("aria-label", `Drawing area: ${file}`);
    await desk.open(name);
    watch.again();
  }

  function showState() {
    find("#undo").disabled = !desk.session?.operations.length;
    find("#redo").disabled = !desk.session?.redone.length;
  }

  function setOpacity(percent) {
    find("#opacity").value = percent;
    stage.opacity = percent / 100;
    stage.draw();
  }

  let usual = find("#opacity").value;
  find("#opacity").addEventListener("input", (event) => setOpacity(event.target.value));
  const help = () => find("#help").showModal();
  const actions = {
    undo: () => desk.undo(),
    redo: () => desk.redo(),
    togglePrediction: () => {
      if (stage.opacity > 0) usual = find("#opacity").value;
      setOpacity(stage.opacity > 0 ? 0 : usual);
    },
    help,
  };
  listen({ tools, stage, pointer, strip, ...actions });
  find("#undo").addEventListener("click", actions.undo);
  find("#redo").addEventListener("click", actions.redo);
  find("#zoom-in").addEventListener("click", () => stage.zoom(1.25));
  find("#zoom-out").addEventListener("click", () => stage.zoom(0.8));
  find("#zoom-fit").addEventListener("click", () => stage.fit());
  find("#show-help").addEventListener("click", help);
  window.addEventListener("focus", () => desk.refresh().catch(() => {}));

  const names = new Set(photographs.map(({ name }) => name));
  for (const session of desk.sessions.values()) {
    if (names.has(session.name)) desk.saving.save(session);
  }
  if (desk.sessions.size === 0) report("Saved");
  const first = photographs.findIndex(({ done }) => !done);
  if (photographs.length > 0) await open(Math.max(first, 0));
  if (problems.length > 0) notify(`Left out:\n${problems.slice(0, 10).join("\n")}`);
  if (photographs.length === 0) notify("There is no photograph in images/.");
}

let asked = Promise.resolve();

/** Asks one question after the other. */
function askAboutConflict(session) {
  asked = asked.then(() => ask(session));
  return asked;
}

/** Lets the user decide about strokes that another tab or program has changed. */
function ask(session) {
  const dialog = find("#conflict");
  find("#conflict-text").textContent =
    `Another window or program has written the strokes of ${session.name}. ` +
    "Yours are not saved yet.";
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "drop" ? "drop" : "merge");
    }, { once: true });
    dialog.returnValue = "";
    dialog.showModal();
  });
}

function report(text, isBad = false) {
  find("#saving").textContent = text;
  find("#saving").classList.toggle("bad", isBad);
}

function notify(text) {
  find("#notice").textContent = text;
  find("#notice").hidden = text === "";
}

start().catch((error) => notify(error.message));
