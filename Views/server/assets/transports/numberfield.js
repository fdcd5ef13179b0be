/** A field for a number. What is none, or out of its bounds, is told beside it, and the last one stands. */
export class NumberField {
  value;

  /** @param {(value: number) => void} onValue Called when there is another. */
  constructor(input, onValue) {
    const problem = document.getElementById(`${input.id}-problem`);
    // Browsers keep what was written over a reload.
    input.value = input.defaultValue;
    this.value = input.valueAsNumber;
    input.addEventListener('change', () => {
      const isSound = input.value !== '' && input.checkValidity();
      problem.textContent = isSound ? '' : `Give ${input.min} to ${input.max}. It stays at ${this.value}.`;
      if (!isSound) return input.setAttribute('aria-invalid', true);
      input.removeAttribute('aria-invalid');
      this.value = input.valueAsNumber;
      onValue(this.value);
    });
  }
}
