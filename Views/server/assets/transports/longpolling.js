/** Long polling: the server keeps the request until there is an event, and is asked again at once. */

import { Polling } from './polling.js';

export class LongPolling extends Polling {
  constructor(options) {
    super(options);
    this.interval = 0;
  }

  /** At first not at all, so that it is soon known whether there is anything to catch up with. */
  waitFor(isLive) { return isLive ? 20 : 0; }
}
