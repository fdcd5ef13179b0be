/** Prices as exact decimal numbers, in units of 1/10,000: 0.1 + 0.2 is 0.3. */

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
