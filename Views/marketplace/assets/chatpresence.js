/** Who is here: as the server tells it, the first of them by name. */

import { fill } from './chatrows.js';
import { escaped, grouped } from './shown.js';

const list = document.getElementById('present');
const count = document.getElementById('present-count');
const more = document.getElementById('more-present');
const blank = document.getElementById('present-row').content.firstElementChild;

export function showPresent(presence, self) {
  count.textContent = grouped(presence.count);
  list.replaceChildren(...presence.sockets.map(({ socket, user }) => {
    const row = blank.cloneNode(true);
    fill(row, { socket: escaped(socket), user: escaped(user ?? '') });
    row.querySelector('em').hidden = socket !== self;
    return row;
  }));
  const others = presence.count - presence.sockets.length;
  more.hidden = others === 0;
  more.textContent = `and ${grouped(others)} more`;
}

/** Without a connection nobody knows. */
export function forgetPresent() {
  count.textContent = '';
  list.replaceChildren();
  more.hidden = true;
}
