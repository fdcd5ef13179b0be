/** What the auction pages share: exact prices, the check of a bid, and countdowns to the closing time. */

// Prices are exact decimal numbers, in units of 1/10,000: 0.1 + 0.2 is 0.3.

/**
 * @param {number | string} price
 * @returns {bigint | undefined} Undefined if the value is not a price.
 */
export function units(price) {
  const parts = /^(\d+)(?:\.(\d{1,4}))?$/.exec(price);
  return parts ? BigInt(parts[1] + (parts[2] ?? '').padEnd(4, '0')) : undefined;
}

/**
 * Whether an event of the type `bid.placed` is a bid for the server as well. Events that look like bids can be imported.
 *
 * @param {object} event
 * @param {{ auction: number, closes: string, least: bigint }} auction The id, the closing time and the lowest valid bid.
 */
export function isBid({ topic, time, data }, { auction, closes, least }) {
  return topic === `auctions/${auction}` && data?.auction === auction && time < closes
    && typeof data.bidder === 'string' && typeof data.amount === 'number' && units(data.amount) >= least;
}

/** The shortest decimal number, as the server writes it. */
export function decimal(count) {
  const digits = String(count).padStart(5, '0');
  const fraction = digits.slice(-4).replace(/0+$/, '');
  return digits.slice(0, -4) + (fraction && `.${fraction}`);
}

// Countdowns use the server's clock, which decides whether a bid is in time. The browser's clock may be wrong, so it
// is used only to measure how much time passes.

const tick = 250;

/** The server's time at `performance.now()` 0, in milliseconds; NaN until the server has answered. */
let origin = NaN;

/** Gets the time of the server, with an error of at most half the duration of the request. */
export async function fetchServerTime() {
  const start = performance.now();
  const answer = await fetch('/healthz', { cache: 'no-store' }).catch(() => undefined);
  if (!answer?.ok) return;
  const { time } = await answer.json();
  origin = Date.parse(time) - (start + performance.now()) / 2;
  showCountdowns();
}

const two = (number) => String(number).padStart(2, '0');

function remaining(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (seconds <= 0) return 'closing …';
  if (days > 0) return `${days} d ${hours} h left`;
  if (hours > 0) return `${hours} h ${two(minutes)} min left`;
  if (minutes > 0) return `${minutes} min ${two(seconds % 60)} s left`;
  return `${seconds} s left`;
}

/** Writes the remaining time into each element with `data-until`. */
export function showCountdowns() {
  if (Number.isNaN(origin)) return;
  const now = origin + performance.now();
  for (const element of document.querySelectorAll('[data-until]')) {
    const text = remaining(Date.parse(element.dataset.until) - now);
    if (element.textContent !== text) element.textContent = text;
  }
}

setInterval(showCountdowns, tick);
// `performance.now()` may stop while a computer sleeps.
addEventListener('visibilitychange', () => document.hidden || fetchServerTime());
