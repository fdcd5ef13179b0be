import Glibc

/// What is said when LMDB, or what takes its word, falls over a damaged file, or this program over a mistake of its own.
///
/// LMDB believes every page it reads; checking all of them at each start would cost a second a gigabyte. So a crash in its
/// memory, or an assertion of its, begins with the sentence that helps. A trap of Swift may be either, since lengths that
/// LMDB read from a damaged page end in one, too: then the sentence tells how to know which.
///
/// The rest is the system's: the backtrace of the Swift runtime, the core dump, and an end by the signal, which a service
/// manager sees. Only what is safe in a signal handler is done: the texts are made beforehand.
enum Crash {
    private static let damage: StaticString =
        "bitacora: this process crashed, most likely on a damaged log; `bitacora log verify` says whether it is, and then a backup must be restored\n"
    private static let bug: StaticString =
        "bitacora: this process ended over a check of its own; `bitacora log verify` says whether the log is damaged, and if it is sound this is a bug: please report it with what is written here\n"

    /// What each signal did before, by its number. It is written before the handlers can run, and only read by them.
    nonisolated(unsafe) private static let earlier = {
        let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
        actions.initialize(repeating: sigaction(), count: 65)
        return actions
    }()

    private static let isExplained: Bool = {
        for number in [SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL, SIGTRAP] {
            var action = sigaction()
            action.__sigaction_handler.sa_sigaction = { Crash.end($0, $1, $2) }
            // The runtime may have given the thread a stack for what overflows its own.
            action.sa_flags = SA_SIGINFO | SA_ONSTACK
            sigaction(number, &action, earlier + Int(number))
        }
        return true
    }()

    /// For commands that read a log; a second time does nothing.
    static func explain() { _ = isExplained }

    /// Says the sentence, does what would have been done, and ends by the signal.
    ///
    /// The runtime's handler counts on the fault to come again when it returns, which a signal that was sent does not; so the
    /// signal is raised anew. It waits until this handler returns, and a core dump shows the place of the fault.
    private static func end(_ number: Int32, _ information: UnsafeMutablePointer<siginfo_t>?, _ context: UnsafeMutableRawPointer?) {
        tell(number == SIGILL || number == SIGTRAP ? bug : damage)
        let action = earlier[Int(number)]
        if action.sa_flags & SA_SIGINFO != 0 { action.__sigaction_handler.sa_sigaction?(number, information, context) }
        signal(number, SIG_DFL)
        raise(number)
    }

    private static func tell(_ text: StaticString) { _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount) }
}
