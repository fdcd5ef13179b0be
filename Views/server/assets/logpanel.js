/** An event in a panel over the list. Its link still opens a page of its own in a new tab. */

import { part } from './shown.js';

const find = (id) => document.getElementById(id);
const panel = find('panel');

async function showEvent(address) {
  const content = find('panel-content');
  content.setAttribute('aria-busy', 'true');
  if (!panel.open) panel.showModal();
  try {
    const event = await part(address, '#event');
    content.replaceChildren(event);
    find('event-heading').focus();
    panel.scrollTop = 0;
  } catch (error) {
    const problem = document.createElement('p');
    problem.className = 'problem';
    problem.setAttribute('role', 'alert');
    problem.textContent = `${address} could not be loaded. ${error.message}`;
    content.replaceChildren(problem);
  } finally {
    content.removeAttribute('aria-busy');
  }
}

document.addEventListener('click', (event) => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest?.('.record .at, [data-event]');
  if (!link) return;
  event.preventDefault();
  showEvent(link.getAttribute('href'));
});

// A click beside the panel closes it: the dialog itself is hit by its margin only.
panel.addEventListener('click', ({ target }) => {
  if (target === panel) panel.close();
});
