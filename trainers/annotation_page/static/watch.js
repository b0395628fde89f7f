// Watches the training and the prediction of the photograph that is shown.

import { picture, state, train } from "./api.js";

const OFTEN = 400; // ms, while something is awaited
const SELDOM = 1500;

export class Watch {
  /** `current()` is the name of the photograph; `predicted(name, image)` takes a picture. */
  constructor(current, predicted) {
    this.current = current;
    this.predicted = predicted;
    this.shown = "";
    this.refusal = ""; // why a training could not start
    this.button = document.querySelector("#train");
    this.button.addEventListener("click", () => this.press());
    this.look();
  }

  /** Looks at once, since another photograph is shown. */
  again() {
    this.shown = "";
    clearTimeout(this.timer);
    this.look();
  }

  async look() {
    const turn = this.turn = Symbol("turn"); // A later call replaces this one.
    const name = this.current();
    let pause = SELDOM;
    try {
      const found = await state(name);
      if (turn !== this.turn) return;
      this.showTraining(found.training);
      await this.showPrediction(name, found.prediction);
      if (found.prediction.state === "waiting" || found.training.running) pause = OFTEN;
    } catch (error) {
      text("#prediction-text", error.message, true);
    }
    if (turn !== this.turn) return;
    this.timer = setTimeout(() => this.look(), document.hidden ? 4 * SELDOM : pause);
  }

  async showPrediction(name, { state, model, path, message }) {
    const words = {
      none: "No network yet: draw on a few photographs, then train.",
      waiting: "The network is at work …",
      ready: `by ${shortened(path)}`,
      failed: message,
    };
    text("#prediction-text", message || words[state], message !== "");
    const key = `${name} ${model}`;
    if (state !== "ready" || this.shown === key) return;
    const image = await picture(name, `prediction.png?model=${model}`);
    if (this.current() !== name) return;
    this.shown = key;
    this.predicted(name, image);
  }

  showTraining(found) {
    const { running, stopped, phase, epoch, epochs, loss, left } = found;
    const fault = this.refusal || found.fault;
    this.running = running;
    this.button.textContent = running ? "Stop" : "Train on the strokes";
    const progress = document.querySelector("#training-progress");
    progress.hidden = !running;
    if (epoch !== null) progress.value = epoch / epochs;
    else progress.removeAttribute("value");
    const parts = [`epoch ${epoch} of ${epochs}`, `loss ${loss}`];
    if (phase !== null) parts.unshift(phase.replace("phase", "phase "));
    if (left !== null) parts.push(`${left} left`);
    let words = "";
    if (fault) words = fault;
    else if (running) words = epoch === null ? "The training starts …" : parts.join(", ");
    else if (stopped) words = "Stopped. The next training goes on from here.";
    else if (epoch !== null) words = "Trained.";
    text("#training-text", words, Boolean(fault));
  }

  async press() {
    this.button.disabled = true;
    this.refusal = "";
    try {
      await train(!this.running);
    } catch (error) {
      this.refusal = error.message;
    }
    this.button.disabled = false;
    this.again();
  }
}

/** Returns the folders of a network that tell it from others. */
function shortened(path) {
  return path?.replace(/\/last\.keras$/, "").split("/").slice(-2).join("/");
}

function text(selector, words, isBad = false) {
  const place = document.querySelector(selector);
  if (place.textContent !== words) place.textContent = words;
  place.classList.toggle("bad", isBad);
}
