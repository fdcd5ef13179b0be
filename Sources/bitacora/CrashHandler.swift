import Glibc

/// The explanation of a crash: of LMDB over a damaged file, or of this program over a bug.
///
/// LMDB trusts every page that it reads; checking all pages at each start would cost a second for each gigabyte. So a
/// crash in LMDB's memory, or a failed assertion of LMDB, begins with a sentence that says what to do. A trap of Swift can
/// come from a bug or from a length that LMDB read from a damaged page; its sentence says how to find out which.
///
/// After the sentence come the backtrace of the Swift runtime, the core dump, and the end by the signal, which a service
/// manager sees. The handler does only what is safe in a signal handler: its texts are made beforehand.
enum CrashHandler {
    private static let damage: StaticString =
        "bitacora: this process crashed, most likely on a damaged log; run `bitacora log verify` to check the log, and restore a backup if it is damaged\n"
    private static let bug: StaticString =
        "bitacora: this process failed a check of its own; run `bitacora log verify` to check the log; if the log is sound, this is a bug: please report it with this output\n"

    /// The earlier action of each signal, by its number; written before the handlers can run, which only read it.
    nonisolated(unsafe) private static let earlier = {
        let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
        actions.initialize(repeating: sigaction(), count: 65)
        return actions
    }()

    private static let isExplained: Bool = {
        for number in [SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL, SIGTRAP] {
            var action = sigaction()
            action.__sigaction_handler.sa_sigaction = { CrashHandler.handle($0, $1, $2) }
            // The runtime may have given the thread an alternative stack, for a fault that overflows its own.
            action.sa_flags = SA_SIGINFO | SA_ONSTACK
            sigaction(number, &action, earlier + Int(number))
        }
        return true
    }()

    /// For commands that read a log; a second time does nothing.
    static func install() { _ = isExplained }

    /// Prints the sentence, runs the earlier handler, and ends the process by the signal.
    ///
    /// The runtime's handler relies on the fault to occur again when the handler returns, which does not happen for a signal
    /// that was sent. So the signal is raised again; it stays blocked until this handler returns, and a core dump shows the
    /// place of the fault.
    private static func handle(
        _ number: Int32, _ information: UnsafeMutablePointer<siginfo_t>?, _ context: UnsafeMutableRawPointer?
    ) {
        tell(number == SIGILL || number == SIGTRAP ? bug : damage)
        let action = earlier[Int(number)]
        if action.sa_flags & SA_SIGINFO != 0 { action.__sigaction_handler.sa_sigaction?(number, information, context) }
        signal(number, SIG_DFL)
        raise(number)
    }

    private static func tell(_ text: StaticString) { _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount) }
}
