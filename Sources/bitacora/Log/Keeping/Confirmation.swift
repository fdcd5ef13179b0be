import ArgumentParser

/// Leave to do what cannot be undone.
struct Confirmation: ParsableArguments {
    @Flag(help: "Do it; without this, only say what would be done.")
    var yes = false

    /// Says what is going to be done; without `--yes` that is all.
    ///
    /// - Parameter plan: a sentence without a full stop.
    func obtain(for plan: String) throws {
        guard !yes else { return }
        throw Failure(ExitStatus.refused, "\(plan). Nothing was done: say --yes to do it")
    }
}
