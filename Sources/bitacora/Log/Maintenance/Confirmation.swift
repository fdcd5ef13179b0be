import ArgumentParser
import Glibc
import Inspection

/// Permission to do what cannot be undone: `--yes`, or the answer of a person at a terminal.
struct Confirmation: ParsableArguments {
    @Flag(help: "Do it without asking; required unless standard input and standard error are terminals.")
    var yes = false

    /// Prints what is going to be done and asks for permission; with `--yes` returns at once.
    ///
    /// - Parameter plan: a sentence without a full stop.
    /// - Throws: `Failure` when the answer is not yes, and when the question cannot be shown or answered.
    func request(for plan: String) throws(Failure) {
        guard !yes else { return }
        guard isatty(STDIN_FILENO) == 1, Terminal.standardError.isTerminal else {
            throw Failure(
                ExitStatus.refused,
                "\(plan). Nothing was done, because standard input and standard error are not both terminals; pass --yes to do it"
            )
        }
        Terminal.standardError.write(
            ShownText.escaped("bitacora: \(DataDirectory.addingSource(to: plan)). Type yes to do it: "))
        guard readLine()?.split(separator: " ") == ["yes"] else {
            throw Failure(ExitStatus.refused, "nothing was done, because the answer was not yes")
        }
    }
}
