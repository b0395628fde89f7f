// The part of the photograph that is on the screen: zoom and position.

const LARGEST = 40;

export class View {
  constructor() {
    this.scale = 1; // screen pixels per pixel of the photograph
    this.x = 0; // of the photograph's corner on the screen
    this.y = 0;
  }

  /** Shows the whole photograph in the middle of the screen. */
  fit(photograph, screen) {
    const ratios = [screen.width / photograph.width, screen.height / photograph.height];
    this.smallest = Math.min(...ratios) * 0.96;
    this.scale = this.smallest;
    this.x = (screen.width - photograph.width * this.scale) / 2;
    this.y = (screen.height - photograph.height * this.scale) / 2;
  }

  /** Zooms; the point (x, y) of the screen stays where it is. */
  zoom(factor, x, y) {
    const limited = Math.min(Math.max(this.scale * factor, this.smallest / 2), LARGEST);
    const actual = limited / this.scale;
    this.x = x - (x - this.x) * actual;
    this.y = y - (y - this.y) * actual;
    this.scale = limited;
  }

  move(dx, dy) {
    this.x += dx;
    this.y += dy;
  }

  /** Returns the point of the photograph at a point of the screen. */
  toPhotograph(x, y) {
    return [(x - this.x) / this.scale, (y - this.y) / this.scale];
  }
}
