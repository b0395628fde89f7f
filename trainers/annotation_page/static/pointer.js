// Mouse, pen and fingers on the drawing area: strokes, boxes, moving and zooming.

import { ERASED } from "./layer.js";

const LEAST_STEP = 1.5; // screen pixels between two points of a stroke
const BACKGROUND = 0;

export class Pointer {
  /**
   * `tools` has the `tool`, `label` and `width` in use. `finish(operation)` takes a
   * finished stroke or box, `cancel()` removes one that was begun from the layer.
   */
  constructor(stage, tools, { finish, cancel }) {
    Object.assign(this, { stage, tools, finish, cancel });
    this.down = new Map(); // pointers on the screen, by their ids
    this.stroke = null;
    this.corner = null;
    this.penSeen = false;
    this.held = false; // the space bar, which moves the photograph
    const { canvas } = stage;
    const on = (name, handle) => canvas.addEventListener(name, handle.bind(this));
    on("pointerdown", this.press);
    on("pointermove", this.drag);
    on("pointerup", this.release);
    on("pointercancel", this.abort);
    on("pointerleave", this.leave);
    on("wheel", this.wheel);
    on("contextmenu", (event) => event.preventDefault());
  }

  get moves() {
    return this.held || this.tools.tool === "move";
  }

  press(event) {
    if (this.stage.photograph === null) return;
    event.preventDefault();
    this.stage.canvas.focus({ preventScroll: true });
    this.stage.canvas.setPointerCapture(event.pointerId);
    this.down.set(event.pointerId, place(event));
    this.penSeen ||= event.pointerType === "pen";
    if (this.down.size > 1) {
      this.abandon(); // A second finger: the first one did not mean to draw.
      return;
    }
    const palm = event.pointerType === "touch" && this.penSeen;
    this.moving = this.moves || event.button !== 0 || palm;
    if (this.moving) return;
    this.layer = this.stage.layer;
    if (this.tools.tool === "box") this.corner = this.at(event);
    else this.beginStroke(event);
  }

  drag(event) {
    const before = this.down.get(event.pointerId);
    this.showBrush(event);
    if (before === undefined) return;
    this.dropStale();
    const now = place(event);
    if (this.down.size > 1) this.pinch(event.pointerId, before, now);
    else if (this.moving) this.stage.move(now.x - before.x, now.y - before.y);
    else if (this.stroke !== null) this.extend(event);
    else if (this.corner !== null) this.showBox(event);
    this.down.set(event.pointerId, now);
  }

  release(event) {
    if (!this.down.delete(event.pointerId)) return;
    this.dropStale();
    const { stroke, stage } = this;
    const { box } = stage;
    this.stroke = null;
    this.corner = null;
    stage.box = null;
    if (stroke !== null) this.finish(stroke);
    else if (box !== null && box[0] < box[2] && box[1] < box[3]) {
      this.finish({ kind: "outside", label: BACKGROUND, box });
    }
    if (this.down.size > 0) this.moving = true; // A finger is left of a pinch.
    stage.draw();
  }

  /** A stroke ends where another photograph is opened. */
  dropStale() {
    if (this.stage.layer === this.layer) return;
    this.stroke = null;
    this.corner = null;
  }

  abort(event) {
    this.down.delete(event.pointerId);
    this.abandon();
  }

  abandon() {
    if (this.stroke !== null) this.cancel();
    this.stroke = null;
    this.corner = null;
    this.stage.box = null;
    this.stage.draw();
  }

  beginStroke(event) {
    const { label, width, tool } = this.tools;
    const chosen = tool === "erase" ? ERASED : label;
    const points = this.at(event);
    this.stroke = { kind: "stroke", label: chosen, width, points };
    this.stage.layer.drawPoints(this.stroke, 0);
    this.stage.draw();
  }

  extend(event) {
    const { points } = this.stroke;
    const first = points.length / 2 - 1;
    // The screen shows fewer moves than a mouse or a pen makes.
    const all = event.getCoalescedEvents?.() ?? [];
    for (const move of all.length > 0 ? all : [event]) {
      const [x, y] = this.at(move);
      const step = Math.hypot(x - points.at(-2), y - points.at(-1));
      if (step * this.stage.view.scale >= LEAST_STEP) points.push(x, y);
    }
    this.stage.layer.drawPoints(this.stroke, first);
    this.stage.draw();
  }

  showBox(event) {
    const { width, height } = this.stage.photograph;
    const [x, y] = this.at(event);
    const [left, right] = [this.corner[0], x].sort(ascending);
    const [top, bottom] = [this.corner[1], y].sort(ascending);
    this.stage.box = [
      Math.max(0, left), Math.max(0, top), Math.min(width, right), Math.min(height, bottom),
    ];
    this.stage.draw();
  }

  showBrush(event) {
    const { tool, width } = this.tools;
    const drawing = this.stage.photograph !== null && !this.moves && tool !== "box";
    if (drawing && event.pointerType !== "touch") {
      const [x, y] = this.at(event);
      this.stage.brush = { x, y, width };
    } else {
      this.stage.brush = null;
    }
    this.stage.draw();
  }

  leave() {
    this.stage.brush = null;
    this.stage.draw();
  }

  /** Moves and zooms by the middle and the distance of two fingers. */
  pinch(id, before, now) {
    const other = [...this.down].find(([key]) => key !== id)[1];
    const distance = (p) => Math.max(1, Math.hypot(p.x - other.x, p.y - other.y));
    this.stage.move((now.x - before.x) / 2, (now.y - before.y) / 2);
    const middle = [(now.x + other.x) / 2, (now.y + other.y) / 2];
    this.stage.zoom(distance(now) / distance(before), ...middle);
  }

  wheel(event) {
    event.preventDefault();
    const { x, y } = place(event);
    this.stage.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), x, y);
  }

  /** Returns the point of the photograph, to a tenth of a pixel. */
  at(event) {
    const { x, y } = place(event);
    return this.stage.view.toPhotograph(x, y).map((v) => Math.round(v * 10) / 10);
  }
}

/** Returns where an event is on the drawing area. */
function place(event) {
  return { x: event.offsetX, y: event.offsetY };
}

function ascending(a, b) {
  return a - b;
}
