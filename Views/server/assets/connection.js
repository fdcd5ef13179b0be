/** The badge that says how a connection stands; that of a page is the partial `connection`. */

const words = { live: 'Live', 'catching-up': 'Catching up', offline: 'Offline', closed: 'Closed', stopped: 'Stopped' };

/** Tells in `badge` the state that was entered just now. */
export function showState(badge, state) {
  const time = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  badge.textContent = state === 'offline' ? `Offline since ${time}` : words[state];
  badge.dataset.state = state;
}

/** Tells it in the page's own badge, and that nothing arrives also where that is scrolled away. */
export function showConnection(state) {
  showState(document.getElementById('connection'), state);
  document.body.classList.toggle('offline', state === 'offline');
}
