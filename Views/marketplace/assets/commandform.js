/** A form that gives a command: checked first, held while the command is under way, and told what became of it. */

const [problem, status] = ['form-error', 'form-status'].map((id) => document.getElementById(id));

/**
 * @param {FieldForm} form
 * @param {EventStream} stream
 * @param {object} command
 * @param {string} command.name
 * @param {() => object} command.data
 * @param {(offset: number) => string} command.done Called when it is in the log; what is told then.
 * @param {(error: Refused) => string | undefined} [command.field] The field to blame, where there is one.
 * @param {(error: Refused) => string} [command.words] What is told where no field is to blame.
 * @param {string} [command.meanwhile] What a command that is given offline means, besides that it is sent later.
 */
export function giveCommand(form, stream, command) {
  const { name, data, done, field = (error) => error.field, words = (error) => error.message, meanwhile = '' } = command;

  async function give() {
    if (form.isBusy) return;
    form.clear();
    problem.textContent = '';
    status.textContent = '';
    if (!form.check()) return;
    form.isBusy = true;
    if (stream.state === 'offline') status.textContent = `Offline. It is sent when the connection is back${meanwhile}.`;
    try {
      status.textContent = done(await stream.command(name, data()));
    } catch (error) {
      status.textContent = '';
      const blamed = field(error) ?? '';
      if (form.complain(blamed, error.message)) form.input(blamed).focus();
      else problem.textContent = words(error);
    } finally {
      form.isBusy = false;
    }
  }

  form.form.addEventListener('submit', (event) => {
    event.preventDefault();
    give();
  });
}
