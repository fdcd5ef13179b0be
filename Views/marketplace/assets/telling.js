/** What has changed, for who looks and for who listens. */

/** Two names for one animation: changing from one to the other starts it anew. */
export function mark(row) {
  if (row.classList.contains('fresh')) row.classList.toggle('again');
  else row.classList.add('fresh');
}

const place = document.getElementById('announcement');
let said = [];

/** Announcements are gathered, so that a busy page does not talk without end. */
export function announce(text) {
  said.push(text);
  if (said.length > 1) return;
  setTimeout(() => {
    const others = said.length - 1;
    place.textContent = others ? `${said[others]}, and ${others} more` : said[0];
    said = [];
  }, 300);
}
