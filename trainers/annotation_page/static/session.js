// The strokes of one photograph: those on disk, the operations since, and their history.

export class Session {
  /** `version` is that of the scribble on disk. */
  constructor(name, version) {
    this.name = name;
    this.begin(version);
  }

  /** Begins anew with a version of the scribble; its operations can follow. */
  begin(version, operations = []) {
    this.base = version;
    this.version = version;
    this.operations = operations;
    this.saved = [];
    this.redone = [];
  }

  add(operation) {
    this.operations = [...this.operations, operation];
    this.redone = [];
  }

  undo() {
    if (this.operations.length === 0) return;
    this.redone = [...this.redone, this.operations.at(-1)];
    this.operations = this.operations.slice(0, -1);
  }

  redo() {
    if (this.redone.length === 0) return;
    this.operations = [...this.operations, this.redone.at(-1)];
    this.redone = this.redone.slice(0, -1);
  }

  /** The server has written `operations`. */
  acknowledge(operations, version) {
    this.saved = operations;
    this.version = version;
  }

  get pending() {
    const { operations, saved } = this;
    return operations.length !== saved.length || this.common !== saved.length;
  }

  /** Number of the first operations that are on disk as they are. */
  get common() {
    const { operations, saved } = this;
    const length = Math.min(operations.length, saved.length);
    let count = 0;
    while (count < length && operations[count] === saved[count]) count += 1;
    return count;
  }

  /** Puts what is not on disk upon another version of the scribble. */
  rebase(version) {
    this.begin(version, this.operations.slice(this.common));
  }

  /** Plain data, from which `restore` makes the session again. */
  get stored() {
    const { base, version, operations, common } = this;
    return { base, version, operations, common };
  }

  static restore(name, stored) {
    const session = new Session(name, stored.version);
    session.base = stored.base;
    session.operations = stored.operations;
    session.saved = stored.operations.slice(0, stored.common);
    // An operation that was undone, but is on disk, makes the two differ.
    if (!session.pending) session.saved = [...session.saved, null];
    return session;
  }
}
