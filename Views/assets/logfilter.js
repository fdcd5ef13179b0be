/** Which of the new events are asked for. Topics and types are the server's to look after. */

const lowered = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Whether a text is in the data: as it is written, or in a string or name, its escapes aside. */
function contains(data, text) {
  if (data instanceof ArrayBuffer) return lowered(new TextDecoder().decode(data)).includes(text);
  return lowered(JSON.stringify(data) ?? '').includes(text) || containsDecoded(data, text);
}

function containsDecoded(data, text) {
  if (typeof data === 'string') return lowered(data).includes(text);
  if (data === null || typeof data !== 'object') return false;
  return Object.entries(data).some(([name, value]) => lowered(name).includes(text) || containsDecoded(value, text));
}

export function makeFilter({ sources, id, grep }) {
  const text = grep && lowered(grep);
  return (event) => (!sources.length || sources.includes(event.source ?? ''))
    && (!id || event.id === id)
    && (!text || contains(event.data, text));
}
