// The photographs of the folder as a strip of small pictures.

import { pictureAddress } from "./api.js";

export class Strip {
  /** `open(index)` shows a photograph. */
  constructor(photographs, open) {
    this.photographs = photographs;
    this.index = -1;
    this.list = document.querySelector("#strip");
    this.buttons = photographs.map((photograph, index) => {
      const button = document.createElement("button");
      button.type = "button";
      const image = document.createElement("img");
      image.loading = "lazy"; // Only those in sight are asked for.
      image.alt = "";
      image.width = 84;
      image.height = 60;
      image.src = pictureAddress(photograph.name, "thumbnail.jpg");
      button.append(image);
      button.addEventListener("click", () => open(index));
      return button;
    });
    this.list.replaceChildren(...this.buttons.map((button) => {
      const item = document.createElement("li");
      item.append(button);
      return item;
    }));
    photographs.forEach((_, index) => this.mark(index));
    document.querySelector("#previous").addEventListener("click", () => this.step(-1));
    document.querySelector("#next").addEventListener("click", () => this.step(1));
    this.open = open;
  }

  step(by) {
    const index = this.index + by;
    if (index >= 0 && index < this.photographs.length) this.open(index);
  }

  /** Marks the photograph that is shown. */
  select(index) {
    this.buttons[this.index]?.removeAttribute("aria-current");
    this.index = index;
    const button = this.buttons[index];
    button.setAttribute("aria-current", "true");
    button.scrollIntoView({ block: "nearest", inline: "center" });
    document.querySelector("#previous").disabled = index === 0;
    document.querySelector("#next").disabled = index === this.buttons.length - 1;
    this.count();
  }

  setDone(name, done) {
    const index = this.photographs.findIndex((photograph) => photograph.name === name);
    this.photographs[index].done = done;
    this.mark(index);
    this.count();
  }

  mark(index) {
    const button = this.buttons[index];
    const { file, done } = this.photographs[index];
    button.title = file;
    button.setAttribute("aria-label", `${file}, ${done ? "has strokes" : "no strokes"}`);
    button.querySelector(".done")?.remove();
    if (!done) return;
    const sign = document.createElement("span");
    sign.className = "done";
    sign.textContent = "✓";
    sign.setAttribute("aria-hidden", "true");
    button.append(sign);
  }

  count() {
    const done = this.photographs.filter((photograph) => photograph.done).length;
    const text = `${this.index + 1} of ${this.photographs.length}`;
    document.querySelector("#position").textContent = `${text}, ${done} done`;
  }
}
