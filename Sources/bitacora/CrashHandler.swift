import Glibc

/// Explains a crash: of LMDB on a damaged file, or of this program because of a bug.
///
/// LMDB trusts every page that it reads; checking all pages at each start would take a second for each gigabyte. So for
/// a crash in LMDB's memory, or a failed assertion of LMDB, a sentence says what to do. A trap of Swift can come from a
/// bug or from a length that LMDB read from a damaged page; its sentence says how to find out which.
///
/// After the sentence come the backtrace of the Swift runtime, the core dump, and the end by the signal, which a service
/// manager sees. The handler does only what is safe in a signal handler: its texts are made beforehand.
enum CrashHandler {
    private static let damage: StaticString =
        "bitacora: this process crashed, most likely on a damaged log; run `bitacora log verify` to check the log, and restore a backup if it is damaged\n"
    private static let bug: StaticString =
        "bitacora: an internal check failed; run `bitacora log verify` to check the log; if the log is sound, this is a bug: please report it with this output\n"

    /// The earlier action of each signal, by its number; written before the handlers can run, which only read it.
    nonisolated(unsafe) private static let earlier = {
        let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
        actions.initialize(repeating: sigaction(), count: 65)
        return actions
    }()

    private static let isInstalled: Bool = {
        for number in [SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL, SIGTRAP] {
            var action = sigaction()
            action.__sigaction_handler.sa_sigaction = { CrashHandler.handle($0, $1, $2) }
            // The runtime may have given the thread an alternative stack, for a fault that overflows its own.
            action.sa_flags = SA_SIGINFO | SA_ONSTACK
            sigaction(number, &action, earlier + Int(number))
        }
        return true
    }()

    /// Installs the signal handlers; a second call does nothing. Called by every command that opens a log.
    static func install() { _ = isInstalled }

    /// Prints the sentence, runs the earlier handler, and ends the process by the signal.
    ///
    /// The runtime's handler relies on the fault to occur again when the handler returns, which does not happen for a signal
    /// that was sent. So the signal is raised again; it stays blocked until this handler returns, and a core dump shows the
    /// place of the fault.
    private static func handle(
        _ number: Int32, _ information: UnsafeMutablePointer<siginfo_t>?, _ context: UnsafeMutableRawPointer?
    ) {
        write(number == SIGILL || number == SIGTRAP ? bug : damage)
        let action = earlier[Int(number)]
        if action.sa_flags & SA_SIGINFO != 0 { action.__sigaction_handler.sa_sigaction?(number, information, context) }
        signal(number, SIG_DFL)
        raise(number)
    }

    private static func write(_ text: StaticString) {
        _ = Glibc.write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
    }
}
