/** The visitor's name, which the browser keeps for all pages, where it lets us. */

const key = 'bitacora.name';

export function rememberedName() {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}

export function rememberName(name) {
  try {
    localStorage.setItem(key, name);
  } catch {
    // Then it is typed again next time.
  }
}
