// The keyboard: what each key does.

const MOVED = 60; // screen pixels

export function listen({ tools, stage, pointer, strip, undo, redo, togglePrediction, help }) {
  const plain = {
    d: () => tools.choose("draw"),
    e: () => tools.choose("erase"),
    b: () => tools.choose("box"),
    m: () => tools.choose("move"),
    "[": () => tools.changeWidth(-1),
    "]": () => tools.changeWidth(1),
    "+": () => stage.zoom(1.25),
    "=": () => stage.zoom(1.25),
    "-": () => stage.zoom(0.8),
    0: () => stage.fit(),
    n: () => strip.step(1),
    p: () => strip.step(-1),
    pagedown: () => strip.step(1),
    pageup: () => strip.step(-1),
    o: togglePrediction,
    "?": help,
  };
  const onCanvas = {
    arrowleft: () => stage.move(MOVED, 0),
    arrowright: () => stage.move(-MOVED, 0),
    arrowup: () => stage.move(0, MOVED),
    arrowdown: () => stage.move(0, -MOVED),
  };
  const withControl = { z: undo, y: redo };

  function find(event) {
    const key = event.key.toLowerCase();
    if (event.altKey) return undefined;
    if (event.ctrlKey || event.metaKey) {
      return event.shiftKey && key === "z" ? redo : withControl[key];
    }
    if (/^[1-9]$/.test(key)) return () => tools.chooseClass(Number(key) - 1);
    return plain[key] ?? (document.activeElement === stage.canvas ? onCanvas[key] : undefined);
  }

  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") !== null) return;
    if (event.key === " " && !isButton(document.activeElement)) {
      pointer.held = true;
      event.preventDefault();
      return;
    }
    const action = find(event);
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
  document.addEventListener("keyup", (event) => {
    if (event.key === " ") pointer.held = false;
  });
  window.addEventListener("blur", () => {
    pointer.held = false;
  });
}

/** Buttons and sliders need the space bar for themselves. */
function isButton(element) {
  return element !== null && element.matches("button, input");
}
