/** A form of labelled fields: what is written in them, and what is wrong with it beside the field. */

export class FieldForm {
  constructor(form) {
    this.form = form;
    this.inputs = Array.from(form.querySelectorAll('[name]:not([type="hidden"])'));
    // What is wrong is told beside the field, also by the browser.
    form.noValidate = true;
    form.addEventListener('input', ({ target }) => this.#forgive(target));
  }

  input(name) { return this.inputs.find((input) => input.name === name); }

  /** Each field as the text it holds. */
  get written() {
    return Object.fromEntries(this.inputs.map((input) => [input.name, input.type === 'checkbox' ? String(input.checked) : input.value]));
  }

  write(name, text) {
    const input = this.input(name);
    if (input.type === 'checkbox') input.checked = text === 'true';
    else input.value = text;
  }

  /** Whether the browser finds nothing wrong; otherwise it is told, and the first field at fault has the focus. */
  check() {
    const wrong = this.inputs.filter((input) => !input.validity.valid);
    for (const input of wrong) this.complain(input.name, input.validationMessage);
    wrong[0]?.focus();
    return wrong.length === 0;
  }

  /** Whether there is a field of that name, beside which the message now stands. */
  complain(name, message) {
    const input = this.input(name);
    if (!input) return false;
    this.#place(name).textContent = message;
    input.setAttribute('aria-invalid', 'true');
    const more = input.closest('details');
    if (more) more.open = true;
    return true;
  }

  clear() { this.inputs.forEach((input) => this.#forgive(input)); }

  get isBusy() { return this.form.getAttribute('aria-busy') === 'true'; }

  /** While a command is under way the form holds what was typed: a refusal is mended, not retyped. */
  set isBusy(busy) {
    this.form.setAttribute('aria-busy', busy);
    this.form.querySelector('[type="submit"]').setAttribute('aria-disabled', busy);
    for (const input of this.inputs) input.readOnly = busy;
  }

  #place(name) { return this.form.querySelector(`[data-error-for="${CSS.escape(name)}"]`); }

  #forgive(input) {
    input.removeAttribute('aria-invalid');
    this.#place(input.name).textContent = '';
  }
}
