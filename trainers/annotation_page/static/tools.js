// The tool, class and brush in use, and the buttons that choose them.

const THINNEST = 1; // pixels of the photograph
const STEP = 1.25;

export class Tools {
  constructor(classes, changed) {
    this.tool = "draw";
    this.label = Math.min(1, classes.length - 1);
    this.width = THINNEST;
    this.widest = THINNEST;
    this.changed = changed;
    this.toolButtons = [...document.querySelectorAll("[data-tool]")];
    this.toolButtons.forEach((button) => {
      button.addEventListener("click", () => this.choose(button.dataset.tool));
    });
    this.slider = document.querySelector("#width");
    this.slider.addEventListener("input", () => {
      this.setWidth(this.widest ** (this.slider.value / 100));
    });
    this.classButtons = classes.map((item, label) => this.classButton(item, label));
    document.querySelector("#classes").replaceChildren(...this.classButtons);
    this.show();
  }

  classButton({ name, colour }, label) {
    const button = document.createElement("button");
    button.type = "button";
    const swatch = document.createElement("span");
    swatch.className = "swatch";
    swatch.style.backgroundColor = `rgb(${colour.join(" ")})`;
    const text = document.createElement("span");
    text.className = "name";
    text.textContent = name;
    const key = document.createElement("kbd");
    if (label < 9) key.textContent = label + 1;
    key.setAttribute("aria-hidden", "true");
    button.append(swatch, text, key);
    button.addEventListener("click", () => this.chooseClass(label));
    return button;
  }

  choose(tool) {
    this.tool = tool;
    this.show();
  }

  /** Chooses a class, and draws with it. */
  chooseClass(label) {
    if (label >= this.classButtons.length) return;
    this.label = label;
    this.tool = "draw";
    this.show();
  }

  /** Fits the widths to a photograph. */
  fit({ width, height }) {
    const before = this.width / this.widest;
    const first = this.widest === THINNEST;
    this.widest = Math.max(10, Math.round(Math.max(width, height) / 8));
    this.setWidth(first ? this.widest / 12 : before * this.widest);
  }

  changeWidth(steps) {
    const changed = this.width * STEP ** steps;
    // Thin brushes change by a pixel at least.
    const limit = steps > 0 ? Math.max : Math.min;
    this.setWidth(limit(changed, this.width + steps));
  }

  setWidth(width) {
    this.width = Math.round(Math.min(Math.max(width, THINNEST), this.widest));
    this.show();
  }

  show() {
    for (const button of this.toolButtons) {
      button.setAttribute("aria-pressed", button.dataset.tool === this.tool);
    }
    this.classButtons.forEach((button, label) => {
      button.setAttribute("aria-pressed", label === this.label && this.tool === "draw");
    });
    const { log } = Math;
    this.slider.value = this.widest > 1 ? 100 * log(this.width) / log(this.widest) : 0;
    this.slider.setAttribute("aria-valuetext", `${this.width} pixels`);
    document.querySelector("#width-shown").textContent = `${this.width} px`;
    this.changed(this);
  }
}
