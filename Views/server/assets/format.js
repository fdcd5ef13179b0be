/** Formats values as the server formats them in its pages, and fetches parts of such pages. */

/** Control characters and marks that change the direction of text. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text of other users with control characters written as escapes. */
export const escaped = (text) => text.replace(unsafe, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
/** A number with a comma between groups of three digits. */
export const grouped = (number) => number.toLocaleString('en');
/** `1 event`, `2,000 events`. */
export const counted = (number, noun) => `${grouped(number)} ${noun}${number === 1 ? '' : 's'}`;

/** A number of bytes: `12 bytes`, `3.4 MiB`. */
export function byteSize(bytes) {
  if (bytes < 1024) return counted(bytes, 'byte');
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let unit = 0;
  let rest = bytes;
  while (rest >= 1023.95 && unit < units.length) {
    rest /= 1024;
    unit += 1;
  }
  const tenths = Math.round(rest * 10);
  return `${grouped(Math.trunc(tenths / 10))}.${tenths % 10} ${units[unit - 1]}`;
}

/**
 * Fetches a page and returns the element that matches the selector.
 *
 * @throws {Error} With the text of the error page when the element is not in the response.
 */
export async function fetchPart(address, selector) {
  const answer = await fetch(address, { headers: { Accept: 'text/html' } });
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const found = page.querySelector(selector);
  if (!found) throw new Error(page.querySelector('#failure-detail')?.textContent ?? `The server answered ${answer.status}.`);
  return document.adoptNode(found);
}
