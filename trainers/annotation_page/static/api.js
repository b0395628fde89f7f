// Requests to the server.

/** An answer that is no success; `status` is 0 if there was none at all. */
export class Refusal extends Error {
  constructor(message, status, value = {}) {
    super(message);
    this.status = status;
    this.value = value;
  }
}

export function folder() {
  return request("api/folder");
}

export function state(name) {
  const query = name === undefined ? "" : `?photograph=${encodeURIComponent(name)}`;
  return request(`api/state${query}`);
}

export function describe(name) {
  return request(address(name));
}

/** Saves all operations since `base`; `version` is what the page has seen last. */
export function save(name, { base, version, operations }) {
  return request(`${address(name)}/strokes`, { base, version, operations });
}

export function train(start) {
  return request(`api/training/${start ? "start" : "stop"}`, {});
}

/** Loads a picture of a photograph. */
export async function picture(name, file) {
  const image = new Image();
  image.src = pictureAddress(name, file);
  try {
    await image.decode();
  } catch {
    throw await reasonOf(image.src);
  }
  return image;
}

export function pictureAddress(name, file) {
  return `${address(name)}/${file}`;
}

function address(name) {
  return `api/photographs/${encodeURIComponent(name)}`;
}

/** Asks once more for what an <img> could not show, for the server's words. */
async function reasonOf(source) {
  try {
    await request(source);
  } catch (error) {
    if (error instanceof Refusal) return error;
  }
  return new Refusal("A picture cannot be shown.", 0);
}

async function request(path, body) {
  const options = body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  let answer, value;
  try {
    answer = await fetch(path, options);
    value = await answer.json();
  } catch {
    throw new Refusal("The server does not answer.", 0);
  }
  if (!answer.ok) throw new Refusal(value.error, answer.status, value);
  return value;
}
