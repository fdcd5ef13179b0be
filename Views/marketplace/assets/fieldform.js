/** Forms of labelled fields with an error message beside each field, and the visitor's name in such forms. */

export class FieldForm {
  constructor(form) {
    this.form = form;
    this.inputs = Array.from(form.querySelectorAll('[name]:not([type="hidden"])'));
    // The messages of the browser are shown beside the fields too.
    form.noValidate = true;
    form.addEventListener('input', ({ target }) => this.#clearError(target));
  }

  input(name) { return this.inputs.find((input) => input.name === name); }

  /** The text of each field, by name. */
  get values() {
    return Object.fromEntries(this.inputs.map((input) => [input.name, input.type === 'checkbox' ? String(input.checked) : input.value]));
  }

  setValue(name, text) {
    const input = this.input(name);
    if (input.type === 'checkbox') input.checked = text === 'true';
    else input.value = text;
  }

  /** Whether all fields are valid for the browser. If not, shows its messages and focuses the first invalid field. */
  validate() {
    const invalid = this.inputs.filter((input) => !input.validity.valid);
    for (const input of invalid) this.showError(input.name, input.validationMessage);
    invalid[0]?.focus();
    return invalid.length === 0;
  }

  /** Shows a message beside a field. Returns whether there is a field of that name. */
  showError(name, message) {
    const input = this.input(name);
    if (!input) return false;
    this.#errorElement(name).textContent = message;
    input.setAttribute('aria-invalid', 'true');
    const more = input.closest('details');
    if (more) more.open = true;
    return true;
  }

  clearErrors() { this.inputs.forEach((input) => this.#clearError(input)); }

  get isBusy() { return this.form.getAttribute('aria-busy') === 'true'; }

  /** While a command is being sent, the fields are read-only. After an error the visitor can correct the text. */
  set isBusy(busy) {
    this.form.setAttribute('aria-busy', busy);
    this.form.querySelector('[type="submit"]').setAttribute('aria-disabled', busy);
    for (const input of this.inputs) input.readOnly = busy;
  }

  #errorElement(name) { return this.form.querySelector(`[data-error-for="${CSS.escape(name)}"]`); }

  #clearError(input) {
    input.removeAttribute('aria-invalid');
    this.#errorElement(input.name).textContent = '';
  }
}

// The visitor's name, which the browser stores for all pages if its settings allow that

const nameKey = 'bitacora.name';

export function rememberedName() {
  try {
    return localStorage.getItem(nameKey) ?? '';
  } catch {
    return '';
  }
}

export function rememberName(name) {
  try {
    localStorage.setItem(nameKey, name);
  } catch {
    // Without storage the visitor types the name again next time.
  }
}
