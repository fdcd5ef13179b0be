/** The badge that says how a page's connection stands; see the partial `connection`. */

const words = { live: 'Live', 'catching-up': 'Catching up', offline: 'Offline' };

export function showConnection(state) {
  const badge = document.getElementById('connection');
  const time = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  badge.textContent = state === 'offline' ? `Offline since ${time}` : words[state];
  badge.dataset.state = state;
}
