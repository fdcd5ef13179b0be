/** Badges that show the state of a connection. The badge of a page is the partial `connection`. */

const labels = { live: 'Live', 'catching-up': 'Catching up', offline: 'Offline', closed: 'Closed', stopped: 'Stopped' };

/** Shows in `badge` the state that begins now. */
export function showState(badge, state) {
  const time = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  badge.textContent = state === 'offline' ? `Offline since ${time}` : labels[state];
  badge.dataset.state = state;
}

/** Shows the state in the badge of the page. The class `offline` shows it also where the badge is scrolled out of view. */
export function showConnection(state) {
  showState(document.getElementById('connection'), state);
  document.body.classList.toggle('offline', state === 'offline');
}
