import ArgumentParser
import Glibc
import Inspection

/// The confirmation of an action that cannot be undone: `--yes`, or an answer at a terminal.
struct Confirmation: ParsableArguments {
    @Flag(help: "Do not ask for confirmation; required unless standard input and standard error are terminals.")
    var yes = false

    /// Prints what the command will do, and asks for confirmation; returns at once with `--yes`.
    ///
    /// - Parameter plan: a sentence without a full stop.
    /// - Throws: `Failure` when the answer is not yes, and when the question cannot be shown or answered.
    func request(for plan: String) throws(Failure) {
        guard !yes else { return }
        guard isatty(STDIN_FILENO) == 1, Terminal.standardError.isTerminal else {
            throw Failure(
                ExitStatus.refused,
                "\(plan). Nothing was done, because standard input and standard error are not both terminals; pass --yes to confirm"
            )
        }
        Terminal.standardError.write(
            ShownText.escaped("bitacora: \(DataDirectory.addingSource(to: plan)). Type yes to confirm: "))
        guard readLine()?.split(separator: " ") == ["yes"] else {
            throw Failure(ExitStatus.refused, "nothing was done, because the answer was not yes")
        }
    }
}
