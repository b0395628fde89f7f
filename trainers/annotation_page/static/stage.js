// The drawing area: photograph, prediction and strokes, one above the other.

import { View } from "./view.js";

const STROKES_OPACITY = 0.85;

export class Stage {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.view = new View();
    this.opacity = 0.45;
    this.clear();
    new ResizeObserver(() => this.resize()).observe(canvas);
  }

  /** Takes everything away until the next photograph has come. */
  clear() {
    this.photograph = null;
    this.image = null;
    this.layer = null;
    this.prediction = null;
    this.box = null;
    this.brush = null;
    this.draw();
  }

  setBusy(busy) {
    this.canvas.setAttribute("aria-busy", busy);
  }

  show(photograph, image, layer) {
    this.clear();
    this.photograph = photograph;
    this.image = image;
    this.layer = layer;
    this.fit();
  }

  get size() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    return { width, height };
  }

  fit() {
    if (this.photograph !== null) this.view.fit(this.photograph, this.size);
    this.draw();
  }

  /** Zooms about a point, or about the middle. */
  zoom(factor, x = this.size.width / 2, y = this.size.height / 2) {
    if (this.photograph !== null) this.view.zoom(factor, x, y);
    this.draw();
  }

  move(dx, dy) {
    this.view.move(dx, dy);
    this.draw();
  }

  resize() {
    const ratio = window.devicePixelRatio;
    this.canvas.width = Math.round(this.size.width * ratio);
    this.canvas.height = Math.round(this.size.height * ratio);
    this.fit();
  }

  /** Draws with the next frame of the screen. */
  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.paint();
    });
  }

  paint() {
    const { context, canvas, view } = this;
    const ratio = window.devicePixelRatio;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (this.photograph === null) return;
    const { width, height } = this.photograph;
    const scale = ratio * view.scale;
    context.setTransform(scale, 0, 0, scale, ratio * view.x, ratio * view.y);
    context.drawImage(this.image, 0, 0, width, height);
    if (this.prediction !== null && this.opacity > 0) {
      context.globalAlpha = this.opacity;
      context.imageSmoothingEnabled = false;
      context.drawImage(this.prediction, 0, 0, width, height);
      context.imageSmoothingEnabled = true;
    }
    context.globalAlpha = STROKES_OPACITY;
    context.drawImage(this.layer.canvas, 0, 0, width, height);
    context.globalAlpha = 1;
    this.paintMarks(context, 1 / view.scale);
  }

  /** Draws the outlines of the box and of the brush, `line` pixels wide. */
  paintMarks(context, line) {
    for (const [colour, dash] of [["#000", []], ["#fff", [4 * line, 4 * line]]]) {
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.setLineDash(dash);
      context.beginPath();
      if (this.box !== null) {
        const [left, top, right, bottom] = this.box;
        context.rect(left, top, right - left, bottom - top);
      }
      if (this.brush !== null) {
        const { x, y, width } = this.brush;
        context.moveTo(x + width / 2, y);
        context.arc(x, y, width / 2, 0, 2 * Math.PI);
      }
      context.stroke();
    }
    context.setLineDash([]);
  }
}
