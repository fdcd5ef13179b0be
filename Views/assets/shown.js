/** What the server shows and the scripts of the log page show as well, in the same words. */

// Text that others wrote, as the server shows it (ShownText.swift).

const obeyed = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
export const escaped = (text) => text.replace(obeyed, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
export const counted = (number, noun) => `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;

/** A part of another page, as the server renders it. */
export async function part(address, selector) {
  const answer = await fetch(address, { headers: { Accept: 'text/html' } });
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const found = page.querySelector(selector);
  if (!found) throw new Error(page.querySelector('#failure-detail')?.textContent ?? `The server answered ${answer.status}.`);
  return document.adoptNode(found);
}
