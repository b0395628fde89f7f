// Strokes that the server has not acknowledged: they wait in the browser's storage.
//
// Every tab has entries of its own. A tab that lives holds a lock, so that another one
// takes over only what a closed tab has left.

const PREFIX = "scribbles";

export class Storage {
  static async open(root) {
    const storage = new Storage();
    storage.root = root;
    storage.tab = await claimTab();
    return storage;
  }

  /** Keeps a session, or forgets it once it is saved. Returns whether that worked. */
  keep(session) {
    const key = this.key(session.name, this.tab);
    try {
      if (session.pending) localStorage.setItem(key, JSON.stringify(session.stored));
      else localStorage.removeItem(key);
    } catch {
      return false;
    }
    return true;
  }

  /** Takes what this tab, before it was reloaded, or closed tabs have left. */
  async takeOver() {
    const living = await livingTabs();
    const found = new Map();
    for (const key of Object.keys(localStorage)) {
      const [prefix, root, name, tab] = parse(key);
      if (prefix !== PREFIX || root !== this.root) continue;
      if ((tab !== this.tab && living.has(tab)) || found.has(name)) continue;
      const text = localStorage.getItem(key);
      try {
        found.set(name, JSON.parse(text));
      } catch {
        continue;
      }
      localStorage.removeItem(key);
      localStorage.setItem(this.key(name, this.tab), text);
    }
    return found;
  }

  key(name, tab) {
    return JSON.stringify([PREFIX, this.root, name, tab]);
  }
}

function parse(key) {
  try {
    const parts = JSON.parse(key);
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

/** Returns the name of this tab: the same after a reload, another in a copied tab. */
async function claimTab() {
  let tab = sessionStorage.getItem(PREFIX);
  if (tab === null || !(await lock(tab))) {
    tab = String(Math.random()).slice(2);
    await lock(tab);
  }
  sessionStorage.setItem(PREFIX, tab);
  return tab;
}

/** Holds a lock for as long as the tab lives; returns whether it was free. */
function lock(tab) {
  // Browsers lend locks only to pages of this machine.
  if (navigator.locks === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    navigator.locks.request(`${PREFIX} ${tab}`, { ifAvailable: true }, (granted) => {
      resolve(granted !== null);
      return granted === null ? undefined : new Promise(() => {});
    });
  });
}

async function livingTabs() {
  if (navigator.locks === undefined) return { has: () => true };
  const { held } = await navigator.locks.query();
  return new Set(held.map(({ name }) => name.slice(PREFIX.length + 1)));
}
