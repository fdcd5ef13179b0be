/** A form that sends a command: validates the fields, is read-only while the command is sent, and shows the result. */

const [problem, status] = ['form-error', 'form-status'].map((id) => document.getElementById(id));

/**
 * @param {FieldForm} form
 * @param {EventStream} stream
 * @param {object} command
 * @param {string} command.name
 * @param {() => object} command.data
 * @param {(offset: number) => string} command.done Called when the command has taken effect; returns the text to show.
 * @param {(error: CommandError) => string | undefined} [command.field] The name of the wrong field, if there is one.
 * @param {(error: CommandError) => string} [command.message] The text to show for an error without a field.
 * @param {string} [command.offlineNote] A text to add to the message for a command that is sent later.
 */
export function sendOnSubmit(form, stream, command) {
  const { name, data, done, field = (error) => error.field, message = (error) => error.message, offlineNote = '' } = command;

  async function send() {
    if (form.isBusy) return;
    form.clearErrors();
    problem.textContent = '';
    status.textContent = '';
    if (!form.validate()) return;
    form.isBusy = true;
    if (stream.state === 'offline') status.textContent = `Offline. This will be sent when the connection is back${offlineNote}.`;
    try {
      status.textContent = done(await stream.command(name, data()));
    } catch (error) {
      status.textContent = '';
      const wrongField = field(error) ?? '';
      if (form.showError(wrongField, error.message)) form.input(wrongField).focus();
      else problem.textContent = message(error);
    } finally {
      form.isBusy = false;
    }
  }

  form.form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
}
