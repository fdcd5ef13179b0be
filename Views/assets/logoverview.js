/** What is in the log as a whole: asked for again some time after something happened, one request at a time. */

import { counted, escaped, grouped, part, size } from './shown.js';

const find = (id) => document.getElementById(id);

const overviewInterval = 2_000;
let isOverviewDue = false;

export function overviewSoon() {
  if (isOverviewDue) return;
  isOverviewDue = true;
  setTimeout(async () => {
    isOverviewDue = false;
    if (document.hidden) return;
    const answer = await fetch('/api/log').catch(() => undefined);
    if (answer?.ok) showOverview(await answer.json());
  }, overviewInterval);
}

function showOverview({ events, bytes, topics, types, histogram }) {
  find('event-count').textContent = grouped(events);
  find('log-size').textContent = size(bytes);
  showCounts(find('topic-counts'), topics);
  showCounts(find('type-counts'), types);
  if (histogram && find('chart')) showChart(histogram);
  else if (histogram) addChart();
}

/** The log was empty when the page was rendered. */
async function addChart() {
  const chart = await part('/log', '#chart').catch(() => undefined);
  if (chart && !find('chart')) document.querySelector('.opening').after(chart);
}

/** Rows are kept and moved, so that the one with the focus keeps it. */
function showCounts(place, counts) {
  const rows = new Map(Array.from(place.children, (row) => [row.dataset.name, row]));
  counts.forEach(({ name, events }, index) => {
    const row = rows.get(escaped(name)) ?? makeCount(place.dataset.parameter, name);
    rows.delete(escaped(name));
    row.querySelector('.number').textContent = grouped(events);
    if (place.children[index] !== row) place.insertBefore(row, place.children[index] ?? null);
  });
  for (const row of rows.values()) row.remove();
}

function makeCount(parameter, name) {
  const row = document.createElement('li');
  const link = document.createElement('a');
  const text = document.createElement('bdi');
  const number = document.createElement('span');
  row.dataset.name = escaped(name);
  link.href = `/log?${new URLSearchParams({ [parameter]: name })}`;
  text.textContent = escaped(name);
  number.className = 'number';
  link.append(text);
  row.append(link, ' ', number);
  return row;
}

// The chart: the bars are the server's; a log that has grown past its last stretch gets more.

const step = 10;
const gap = 2;
const height = 100;
const fewestBars = 30;

function showChart({ start, seconds, counts }) {
  const chart = find('chart');
  const svg = chart.querySelector('svg');
  const most = Math.max(1, ...counts);
  const begin = (index) => shownTime(new Date(Date.parse(start) + index * seconds * 1000));
  const bars = Array.from(svg.querySelectorAll('rect'));
  while (bars.length > counts.length) bars.pop().remove();
  while (bars.length < counts.length) bars.push(svg.appendChild(bars[0].cloneNode(true)));
  counts.forEach((count, index) => {
    const bar = bars[index];
    const tall = count === 0 ? 0 : Math.max(1, Math.trunc((count * height) / most));
    bar.setAttribute('x', index * step);
    bar.setAttribute('y', height - tall);
    bar.setAttribute('height', tall);
    bar.querySelector('title').textContent = `${begin(index)}: ${counted(count, 'event')}`;
  });
  svg.setAttribute('viewBox', `0 0 ${Math.max(counts.length, fewestBars) * step - gap} ${height}`);
  const unit = unitText(seconds);
  const span = `from ${begin(0)} to ${begin(counts.length)} UTC`;
  chart.querySelector('figcaption').textContent = `Events per ${unit}, at most ${grouped(most)}, ${span}`;
  find('chart-title').textContent = `Events per ${unit}`;
  find('chart-text').textContent = `At most ${grouped(most)} in one, at ${begin(counts.indexOf(most))}; ${span}.`;
}

/** A damaged event may be of a time that no calendar has. */
function shownTime(date) {
  return Number.isNaN(date.getTime()) ? 'an unknown time' : date.toISOString().slice(0, 19).replace('T', ' ');
}

function unitText(seconds) {
  const units = [[31_536_000, 'year'], [604_800, 'week'], [86_400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']];
  const [length, name] = units.find(([length]) => seconds % length === 0);
  return seconds === length ? name : `${seconds / length} ${name}s`;
}
