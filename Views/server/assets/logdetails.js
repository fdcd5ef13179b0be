/** The parts of the log page that the server renders on demand: one event, and the state at an offset. */

import { fetchPart } from './format.js';

const find = (id) => document.getElementById(id);

// An event, in a dialog over the list. In a new tab, the link of the event opens the page of the event.

const panel = find('panel');

async function showEvent(address) {
  const content = find('panel-content');
  content.setAttribute('aria-busy', 'true');
  if (!panel.open) panel.showModal();
  try {
    const event = await fetchPart(address, '#event');
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

// Only a click outside of the content hits the dialog itself: it closes the dialog.
panel.addEventListener('click', ({ target }) => {
  if (target === panel) panel.close();
});

// The state at an offset; a server without an application has none. There is one request at a time; after the last one, the page shows the last requested state.

const stateForm = find('state-form');
const slider = find('state-slider');
/** Milliseconds without a move of the slider before a request. */
const sliderDelay = 150;
let sliderTimer;
let isLoading = false;
let isRequestedAgain = false;

async function showState() {
  if (isLoading) {
    isRequestedAgain = true;
    return;
  }
  isLoading = true;
  const query = new URLSearchParams(new FormData(stateForm));
  find('state-result').setAttribute('aria-busy', 'true');
  try {
    const result = await fetchPart(`/log?${query}`, '#state-result');
    // Lists that were open stay open.
    const open = Array.from(find('state-result').querySelectorAll('details[open] summary'), (summary) => summary.textContent.split(':')[0]);
    for (const summary of result.querySelectorAll('summary')) {
      summary.parentElement.open = open.includes(summary.textContent.split(':')[0]);
    }
    find('state-result').replaceWith(result);
    if (result.dataset.offset) slider.value = result.dataset.offset;
    find('state-status').textContent = result.querySelector('#state-heading')?.textContent ?? '';
  } catch (error) {
    find('state-status').textContent = `The state could not be loaded. ${error.message}`;
    find('state-result').removeAttribute('aria-busy');
  } finally {
    isLoading = false;
  }
  if (isRequestedAgain) {
    isRequestedAgain = false;
    showState();
  }
}

slider?.addEventListener('input', () => {
  stateForm.elements.at.value = slider.value;
  clearTimeout(sliderTimer);
  sliderTimer = setTimeout(showState, sliderDelay);
});
find('state-name')?.addEventListener('change', showState);
// The log may have grown since the page was rendered.
slider?.addEventListener('pointerdown', extendSlider);
slider?.addEventListener('focus', extendSlider);

function extendSlider() {
  slider.max = Math.max(Number(slider.max), Number(find('live-offset').textContent));
}

stateForm?.addEventListener('submit', (event) => {
  event.preventDefault();
  clearTimeout(sliderTimer);
  extendSlider();
  showState();
});
