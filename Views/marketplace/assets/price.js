/** Prices as exact decimals, counted in ten-thousandths: 0.1 + 0.2 is 0.3. */

/**
 * @param {number | string} price
 * @returns {bigint | undefined} Undefined for what is no price.
 */
export function units(price) {
  const parts = /^(\d+)(?:\.(\d{1,4}))?$/.exec(price);
  return parts ? BigInt(parts[1] + (parts[2] ?? '').padEnd(4, '0')) : undefined;
}

/**
 * Anybody can append an event that says it is a bid; a page takes those that the server takes, too.
 *
 * @param {object} event
 * @param {{ auction: number, closes: string, least: bigint }} lot The auction, when it closes, and what a bid must reach.
 */
export function isBid({ topic, time, data }, { auction, closes, least }) {
  return topic === `auctions/${auction}` && data?.auction === auction && time < closes
    && typeof data.bidder === 'string' && typeof data.amount === 'number' && units(data.amount) >= least;
}

/** The shortest decimal, as the server writes it. */
export function shortest(count) {
  const digits = String(count).padStart(5, '0');
  const fraction = digits.slice(-4).replace(/0+$/, '');
  return digits.slice(0, -4) + (fraction && `.${fraction}`);
}
