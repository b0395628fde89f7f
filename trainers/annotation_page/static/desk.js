// The photograph at work: opens it, changes its strokes, and has them saved.

import { describe, picture } from "./api.js";
import { Layer } from "./layer.js";
import { Session } from "./session.js";

const SIDE = 2048; // longer side of the layer of strokes, in pixels

export class Desk {
  constructor({ stage, tools, classes, left, notify, changed }) {
    Object.assign(this, { stage, tools, classes, notify, changed });
    this.sessions = new Map();
    for (const [name, stored] of left) {
      this.sessions.set(name, Session.restore(name, stored));
    }
    this.session = null;
    this.name = undefined;
  }

  /** Shows a photograph with its strokes. */
  async open(name) {
    this.name = name;
    this.session = null;
    this.stage.clear();
    this.stage.setBusy(true);
    this.notify("");
    this.changed();
    try {
      const [photograph, image] = await Promise.all([
        describe(name), picture(name, "display.jpg"),
      ]);
      const session = this.sessionOf(name, photograph.version);
      const layer = new Layer(photograph, this.classes, SIDE);
      let base;
      do { // A conflict can bring another base meanwhile.
        base = session.base;
        layer.base = await this.loadBase(session);
      } while (session.base !== base);
      if (this.name !== name) return; // Another one was opened meanwhile.
      layer.redraw(session.operations);
      this.session = session;
      this.tools.fit(photograph);
      this.stage.show(photograph, image, layer);
      if (session.pending) this.saving.save(session);
    } catch (error) {
      if (this.name === name) this.notify(error.message);
    }
    if (this.name === name) this.stage.setBusy(false);
    this.changed();
  }

  /** Returns the session of a photograph, with its history if the file is the same. */
  sessionOf(name, version) {
    let session = this.sessions.get(name);
    if (session === undefined || (session.version !== version && !session.pending)) {
      session = new Session(name, version);
      this.sessions.set(name, session);
    }
    return session;
  }

  async loadBase(session) {
    if (session.base === "none") return null;
    try {
      return await picture(session.name, `strokes.png?version=${session.base}`);
    } catch (error) {
      // The server was started again, so that nothing before its file is known.
      if (error.status !== 409 || error.value.version !== session.version) throw error;
      session.rebase(session.version);
      return this.loadBase(session);
    }
  }

  /** Shows another version of the strokes below the operations. */
  async rebased(session) {
    if (session !== this.session) return;
    try {
      this.stage.layer.base = await this.loadBase(session);
      this.redraw();
    } catch (error) {
      this.notify(error.message);
    }
  }

  /** Takes over strokes that were changed elsewhere, if none wait here. */
  async refresh() {
    const { session } = this;
    if (session === null || session.pending) return;
    const { version } = await describe(session.name);
    if (version === session.version || session.pending) return;
    session.begin(version);
    await this.rebased(session);
  }

  add(operation) {
    this.session.add(operation);
    this.stage.layer.draw(operation);
    this.saveChange();
  }

  undo() {
    if (this.session === null) return;
    this.session.undo();
    this.redraw();
    this.saveChange();
  }

  redo() {
    if (this.session === null) return;
    this.session.redo();
    this.redraw();
    this.saveChange();
  }

  redraw() {
    if (this.session === null) return;
    this.stage.layer.redraw(this.session.operations);
    this.stage.draw();
    this.changed();
  }

  saveChange() {
    this.stage.draw();
    this.changed();
    this.saving.save(this.session);
  }
}
