import ArgumentParser
import Glibc
import Inspection

/// Leave to do what cannot be undone: `--yes`, or the answer of a person at a terminal.
struct Confirmation: ParsableArguments {
    @Flag(help: "Do it without asking; needed where standard input is not a terminal.")
    var yes = false

    /// Says what is going to be done and asks for leave; with `--yes` returns at once.
    ///
    /// - Parameter plan: a sentence without a full stop.
    /// - Throws: `Failure` when the answer is not yes, and where nobody can be asked.
    func obtain(for plan: String) throws(Failure) {
        guard !yes else { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw Failure(
                ExitStatus.refused, "\(plan). Nothing was done: standard input is not a terminal to ask on; pass --yes to do it")
        }
        Terminal.standardError.write(ShownText.escaped("bitacora: \(DataDirectory.explained(plan)). Type yes to do it: "))
        guard readLine()?.split(separator: " ") == ["yes"] else {
            throw Failure(ExitStatus.refused, "nothing was done, because the answer was not yes")
        }
    }
}
