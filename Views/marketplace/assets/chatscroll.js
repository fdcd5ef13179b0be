/** The scroll position of the list of messages, the number of messages out of view, and the line above missed messages. */

import { counted } from './format.js';

const scroller = document.getElementById('scroller');
const button = document.getElementById('arrived');
const blankMarker = document.getElementById('since-row').content.firstElementChild;

// The list is laid out from its end (chat.css): its scrollTop is 0 at the end, and negative further up.

/** The distance from the end, in pixels, up to which the list counts as being at its end. */
const tolerance = 40;
const isAnchored = CSS.supports('overflow-anchor', 'auto');
let unseen = 0;

const isAtEnd = () => scroller.scrollTop > -tolerance;

/**
 * Changes what is at the end of the list. A list at its end stays at its end, otherwise the rows in view stay where
 * they are. Layout is measured after the change only where that is necessary, because it takes long.
 *
 * @returns {boolean} Whether the end is in view.
 */
export function keepScrollPosition(change) {
  const { scrollTop } = scroller;
  const wasAtEnd = scrollTop > -tolerance;
  const height = isAnchored || wasAtEnd ? 0 : scroller.scrollHeight;
  change();
  if (wasAtEnd && scrollTop !== 0) scroller.scrollTop = 0;
  if (!wasAtEnd && !isAnchored) scroller.scrollTop -= scroller.scrollHeight - height;
  return wasAtEnd;
}

export function scrollToEnd() {
  scroller.scrollTop = 0;
  showUnseen(0);
}

/** Counts messages that were added below the rows in view. */
export function addUnseen(count) { showUnseen(unseen + count); }

function showUnseen(count) {
  if (unseen === count) return;
  unseen = count;
  button.hidden = count === 0;
  button.textContent = counted(count, 'new message');
}

button.addEventListener('click', () => {
  scroller.focus({ preventScroll: true });
  scrollToEnd();
});
scroller.addEventListener('scroll', () => {
  if (unseen && isAtEnd()) showUnseen(0);
}, { passive: true });

// The marker: the line above messages that arrived while the page was hidden or offline. It is removed when it has
// been in view for a while.

const viewTime = 5_000;
let awaySince;
let marker;
let removalTimer;

/** Begins a time in which the visitor sees no messages: the page is hidden, or there is no connection. */
export function setAway() { awaySince ??= new Date(); }

export function setBack() { awaySince = undefined; }

/** The marker, if it must be inserted before the next message. */
export function markerBeforeNext() {
  if (!awaySince || marker) return undefined;
  marker = blankMarker.cloneNode(true);
  const time = awaySince.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  marker.firstElementChild.textContent = `New since ${time}`;
  observer.observe(marker);
  return marker;
}

export function removeMarker() {
  clearTimeout(removalTimer);
  if (!marker) return;
  observer.unobserve(marker);
  const line = marker;
  marker = undefined;
  keepScrollPosition(() => line.remove());
}

let isInView = false;

function scheduleRemoval() {
  clearTimeout(removalTimer);
  if (isInView && !document.hidden && !awaySince) removalTimer = setTimeout(removeMarker, viewTime);
}

const observer = new IntersectionObserver((entries) => {
  isInView = entries.at(-1).isIntersecting;
  scheduleRemoval();
}, { root: scroller });

/** Call this when the page was hidden or shown, or when the connection was lost or restored. */
export function visibilityChanged() { if (marker) scheduleRemoval(); }
