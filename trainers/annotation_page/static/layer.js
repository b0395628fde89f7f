// The strokes as a picture: what the server has, and the operations drawn on it.

export const ERASED = 255;

export class Layer {
  /** `width` and `height` are the photograph's; `side` limits the layer's own. */
  constructor(photograph, classes, side) {
    const { width, height } = photograph;
    this.factor = Math.min(1, side / Math.max(width, height));
    this.canvas = document.createElement("canvas");
    this.canvas.width = Math.max(1, Math.round(width * this.factor));
    this.canvas.height = Math.max(1, Math.round(height * this.factor));
    this.context = this.canvas.getContext("2d");
    this.photograph = photograph;
    this.colours = classes.map(({ colour }) => `rgb(${colour.join(" ")})`);
    this.base = null;
  }

  /** Draws everything anew. */
  redraw(operations) {
    const { context, canvas } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalCompositeOperation = "source-over";
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (this.base !== null) {
      context.drawImage(this.base, 0, 0, canvas.width, canvas.height);
    }
    operations.forEach((operation) => this.draw(operation));
  }

  draw(operation) {
    if (operation.kind === "outside") this.drawOutside(operation);
    else this.drawPoints(operation, 0);
  }

  /** Draws a stroke from its point number `first` on. */
  drawPoints({ label, width, points }, first) {
    const { context, factor } = this;
    context.setTransform(factor, 0, 0, factor, 0, 0);
    const erases = label === ERASED;
    context.globalCompositeOperation = erases ? "destination-out" : "source-over";
    context.strokeStyle = erases ? "black" : this.colours[label];
    context.lineWidth = Math.max(width, 1 / factor);
    context.lineCap = "round";
    context.lineJoin = "round";
    context.beginPath();
    context.moveTo(points[2 * first], points[2 * first + 1]);
    for (let index = first; index < points.length / 2; index += 1) {
      context.lineTo(points[2 * index], points[2 * index + 1]);
    }
    context.stroke();
  }

  drawOutside({ label, box }) {
    const { context, factor } = this;
    const [left, top, right, bottom] = box;
    context.setTransform(factor, 0, 0, factor, 0, 0);
    // Strokes that are there stay in front.
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = this.colours[label];
    context.beginPath();
    context.rect(0, 0, this.photograph.width, this.photograph.height);
    context.rect(left, top, right - left, bottom - top);
    context.fill("evenodd");
  }
}
