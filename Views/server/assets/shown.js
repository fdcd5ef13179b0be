/** What the server shows and scripts of pages show as well, in the same words. */

// Text that others wrote, as the server shows it (ShownText.swift).

const obeyed = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
export const escaped = (text) => text.replace(obeyed, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
export const grouped = (number) => number.toLocaleString('en');
export const counted = (number, noun) => `${grouped(number)} ${noun}${number === 1 ? '' : 's'}`;

/** The same words as Amount.swift. */
export function size(bytes) {
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

/** A part of another page, as the server renders it. */
export async function part(address, selector) {
  const answer = await fetch(address, { headers: { Accept: 'text/html' } });
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const found = page.querySelector(selector);
  if (!found) throw new Error(page.querySelector('#failure-detail')?.textContent ?? `The server answered ${answer.status}.`);
  return document.adoptNode(found);
}
