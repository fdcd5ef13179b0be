/** Where the reader is: at the end of the list or not, and what has come unseen. */

import { counted } from './shown.js';

const scroller = document.getElementById('scroller');
const button = document.getElementById('arrived');
const blankMarker = document.getElementById('since-row').content.firstElementChild;

// The window is laid out from its end (chat.css): at the end its scrollTop is 0, further up below 0.

const nearly = 40;
const isAnchored = CSS.supports('overflow-anchor', 'auto');
let unseen = 0;

const isAtEnd = () => scroller.scrollTop > -nearly;

/**
 * Changes what is at the end of the list. Who reads there goes along, who reads further up stays.
 * Nothing is measured behind the change unless it must be: that would cost a layout of its own.
 * @returns {boolean} Whether the end is in view.
 */
export function keepingPlace(change) {
  const place = scroller.scrollTop;
  const wasAtEnd = place > -nearly;
  const height = isAnchored || wasAtEnd ? 0 : scroller.scrollHeight;
  change();
  if (wasAtEnd && place !== 0) scroller.scrollTop = 0;
  if (!wasAtEnd && !isAnchored) scroller.scrollTop -= scroller.scrollHeight - height;
  return wasAtEnd;
}

export function toTheEnd() {
  scroller.scrollTop = 0;
  showUnseen(0);
}

/** So many messages have come below what is in view. */
export function cameUnseen(count) { showUnseen(unseen + count); }

function showUnseen(count) {
  if (unseen === count) return;
  unseen = count;
  button.hidden = count === 0;
  button.textContent = counted(count, 'new message');
}

button.addEventListener('click', () => {
  scroller.focus({ preventScroll: true });
  toTheEnd();
});
scroller.addEventListener('scroll', () => {
  if (unseen && isAtEnd()) showUnseen(0);
}, { passive: true });

// The line above what came while nobody could see it. It goes when it has been looked at for a while.

const lookTime = 5_000;
let awaySince;
let marker;
let looking;

/** From now on nothing can be seen: there is no connection, or the page is hidden. */
export function away() { awaySince ??= new Date(); }

export function back() { awaySince = undefined; }

/** The line that belongs before the next message, if one does. */
export function markerBeforeNext() {
  if (!awaySince || marker) return undefined;
  marker = blankMarker.cloneNode(true);
  const time = awaySince.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  marker.firstElementChild.textContent = `New since ${time}`;
  observer.observe(marker);
  return marker;
}

export function removeMarker() {
  clearTimeout(looking);
  if (!marker) return;
  observer.unobserve(marker);
  const line = marker;
  marker = undefined;
  keepingPlace(() => line.remove());
}

let isInView = false;

function look() {
  clearTimeout(looking);
  if (isInView && !document.hidden && !awaySince) looking = setTimeout(removeMarker, lookTime);
}

const observer = new IntersectionObserver((entries) => {
  isInView = entries.at(-1).isIntersecting;
  look();
}, { root: scroller });

/** Whoever reads is there again, or not. */
export function lookAgain() { if (marker) look(); }
