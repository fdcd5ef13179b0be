/** What is in the log as a whole, asked for again when something happened. */

import { gathered } from './gathered.js';

export const overviewSoon = gathered(2_000, async () => {
  if (document.hidden) return;
  try {
    const answer = await fetch('/log/overview');
    if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), 'text/html'));
  } catch {
    // What is shown stays, until the next event asks again.
  }
});

/** Each part in the place of the same id; the link that had the focus has it again, and lists stay where they were scrolled to. */
function show(overview) {
  const scrolled = Array.from(document.querySelectorAll('#counts ul'), ({ id, scrollTop }) => [id, scrollTop]);
  const link = document.activeElement?.closest('#counts a')?.getAttribute('href');
  for (const part of overview.querySelectorAll('[data-part]')) {
    document.getElementById(part.id).replaceChildren(...document.adoptNode(part).childNodes);
  }
  for (const [id, place] of scrolled) document.getElementById(id).scrollTop = place;
  if (link) document.querySelector(`#counts a[href="${CSS.escape(link)}"]`)?.focus();
}
