/** Makes changes of a page noticeable: announcements for screen readers, and a highlight on changed rows. */

/** Milliseconds before the first announcement. */
const firstDelay = 300;
const region = document.getElementById('announcement');

/**
 * Makes a function that announces items in the element `announcement` of the page.
 *
 * Items that come in quick succession are announced together, so that a busy page does not speak without pause.
 *
 * @param {(count: number, last: any) => string} describe The text for a number of items, of which `last` is the newest.
 * @param {number} [interval] The least number of milliseconds between two announcements.
 * @returns {(item: any, count?: number) => void} Announces an item, or several items with their newest one.
 */
export function announcer(describe, interval = firstDelay) {
  let total = 0;
  let last;
  let isWaiting = false;
  return function announce(item, count = 1) {
    total += count;
    last = item;
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(() => {
      region.textContent = describe(total, last);
      total = 0;
      isWaiting = false;
    }, region.textContent ? interval : firstDelay);
  };
}

/** Announces a text; of several texts, the last one and how many more there are. */
export const announce = announcer((count, text) => (count > 1 ? `${text}, and ${count - 1} more` : text));

/** Highlights a row for a moment. Changing from one of the two class names to the other restarts the animation. */
export function highlight(row) {
  if (row.classList.contains('fresh')) row.classList.toggle('again');
  else row.classList.add('fresh');
}
