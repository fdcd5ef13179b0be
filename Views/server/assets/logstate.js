/** A state of the past. One request at a time, and the last place asked for is always the one shown. */

import { part } from './shown.js';

const find = (id) => document.getElementById(id);
const stateForm = find('state-form');
const slider = find('state-slider');
const settle = 150;
let settling;
let isAsking = false;
let isAskedAgain = false;

async function showPast() {
  if (isAsking) {
    isAskedAgain = true;
    return;
  }
  isAsking = true;
  const query = new URLSearchParams(new FormData(stateForm));
  find('state-result').setAttribute('aria-busy', 'true');
  try {
    const result = await part(`/log?${query}`, '#state-result');
    // What was unfolded stays so.
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
    isAsking = false;
  }
  if (isAskedAgain) {
    isAskedAgain = false;
    showPast();
  }
}

slider.addEventListener('input', () => {
  stateForm.elements.at.value = slider.value;
  clearTimeout(settling);
  settling = setTimeout(showPast, settle);
});
// The log has grown meanwhile.
slider.addEventListener('pointerdown', growSlider);
slider.addEventListener('focus', growSlider);

function growSlider() {
  slider.max = Math.max(Number(slider.max), Number(find('live-offset').textContent));
}

stateForm.addEventListener('submit', (event) => {
  event.preventDefault();
  clearTimeout(settling);
  growSlider();
  showPast();
});
