/**
 * Countdowns that go by the server's clock, which alone decides what is in time.
 *
 * The browser's clock may show anything: only how much time passes is taken from it.
 */

const tick = 250;

/** The server's time when the page's own timer stood at 0, in milliseconds; NaN until it was asked. */
let origin = NaN;

/** Asks the server for its time. It is right to half of what the question took. */
export async function askServerTime() {
  const asked = performance.now();
  const answer = await fetch('/healthz', { cache: 'no-store' }).catch(() => undefined);
  if (!answer?.ok) return;
  const { time } = await answer.json();
  origin = Date.parse(time) - (asked + performance.now()) / 2;
  showCountdowns();
}

const two = (number) => String(number).padStart(2, '0');

function left(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (seconds <= 0) return 'closing …';
  if (days > 0) return `${days} d ${hours} h left`;
  if (hours > 0) return `${hours} h ${two(minutes)} min left`;
  if (minutes > 0) return `${minutes} min ${two(seconds % 60)} s left`;
  return `${seconds} s left`;
}

/** Writes into each element with `data-until` how long it is until then. */
export function showCountdowns() {
  if (Number.isNaN(origin)) return;
  const now = origin + performance.now();
  for (const place of document.querySelectorAll('[data-until]')) {
    const text = left(Date.parse(place.dataset.until) - now);
    if (place.textContent !== text) place.textContent = text;
  }
}

setInterval(showCountdowns, tick);
// The timer may stand still while a computer sleeps.
addEventListener('visibilitychange', () => document.hidden || askServerTime());
