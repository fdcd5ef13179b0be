/** Which of the new events are asked for. Topics and types are the server's to look after. */

// Capitals and small letters are the same as the server's: A to Z in a text of ASCII, else letter by letter, whatever
// stands beside them.
const loweredASCII = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const loweredAll = (text) => text.replace(/./gsu, (letter) => letter.toLowerCase());

/** Whether a text is in the data: as it is written, or in a string or name, its escapes aside. */
function contains(data, text, lowered) {
  if (data instanceof ArrayBuffer) return lowered(new TextDecoder().decode(data)).includes(text);
  return lowered(JSON.stringify(data) ?? '').includes(text) || containsDecoded(data, text, lowered);
}

function containsDecoded(data, text, lowered) {
  if (typeof data === 'string') return lowered(data).includes(text);
  if (data === null || typeof data !== 'object') return false;
  return Object.entries(data).some(([name, value]) => lowered(name).includes(text) || containsDecoded(value, text, lowered));
}

export function makeFilter({ sources, id, grep, from, since }) {
  const lowered = /[^\0-\x7f]/.test(grep ?? '') ? loweredAll : loweredASCII;
  const text = grep && lowered(grep);
  // Times are all written alike, and so in order as texts.
  return (event) => event.offset >= from
    && (!since || event.time >= since)
    && (!sources.length || sources.includes(event.source ?? ''))
    && (!id || event.id === id)
    && (!text || contains(event.data, text, lowered));
}
