// Saves sessions: at once, one request at a time for each, until the server has all.

import { save } from "./api.js";

const RETRY = 2000; // ms
const MOST_NUMBERS = 200000;

export class Saving {
  /**
   * storage keeps what is not saved yet. `report(text, isBad)` shows the state,
   * `saved(session, done)` and `rebased(session)` tell what happened, and
   * `ask(session)` lets the user choose between "merge" and "drop".
   */
  constructor(storage, { report, saved, rebased, ask }) {
    this.storage = storage;
    this.report = report;
    this.saved = saved;
    this.rebased = rebased;
    this.ask = ask;
    this.busy = new Set();
    this.faults = new Map();
  }

  /** Call after every change of a session. */
  async save(session) {
    const kept = this.storage.keep(session);
    if (this.busy.has(session)) return;
    this.busy.add(session);
    this.faults.delete(session);
    try {
      while (session.pending) {
        this.report(kept ? "Saving …" : "Saving … (the browser's storage is full)");
        if (!(await this.send(session))) return;
        this.storage.keep(session);
      }
    } finally {
      this.busy.delete(session);
      this.show();
    }
  }

  /** Sends a session once; returns whether to go on with it now. */
  async send(session) {
    const { operations } = session;
    try {
      const { version, done } = await save(session.name, session);
      session.acknowledge(operations, version);
      this.saved(session, done);
      if (!session.pending && size(operations) > MOST_NUMBERS) {
        session.begin(version);
        this.rebased(session);
      }
      return true;
    } catch (error) {
      if (error.status === 409) return this.resolve(session, error.value);
      this.faults.set(session, error.message);
      // A server that was ended, its secret, or room on the disk may come back.
      if (error.status === 0 || error.status === 403 || error.status >= 500) {
        setTimeout(() => this.save(session), RETRY);
      }
      return false;
    }
  }

  /** The scribble is another one than this page knows. */
  async resolve(session, { version, reason }) {
    // A server that was started again only knows the scribble on disk.
    const same = reason === "base" && version === session.version;
    const choice = same ? "merge" : await this.ask(session);
    if (choice === "merge") session.rebase(version);
    else session.begin(version);
    this.storage.keep(session);
    this.rebased(session);
    return true;
  }

  show() {
    const fault = [...this.faults.values()].at(-1);
    if (fault !== undefined) this.report(`Not saved: ${fault}`, true);
    else if (this.busy.size === 0) this.report("Saved");
  }
}

function size(operations) {
  return operations.reduce((sum, { points = [] }) => sum + points.length, 0);
}
