import Glibc

/// What is said when LMDB, or what takes its word, falls over a damaged file.
///
/// LMDB believes every page it reads; checking all of them at each start would
/// cost a second a gigabyte. So a crash is turned into the sentence that helps,
/// and the exit status of an unusable log. Only what is safe in a signal
/// handler is done: the text is one, made beforehand.
enum Crash {
    private static let message: StaticString =
        "bitacora: this process crashed, most likely on a damaged log; `bitacora log verify` says whether it is, and then a backup must be restored\n"

    /// For commands that read a log.
    static func explain() {
        for number in [SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL, SIGTRAP] {
            signal(number) { _ in
                _ = write(STDERR_FILENO, Crash.message.utf8Start, Crash.message.utf8CodeUnitCount)
                _exit(ExitStatus.unusable)
            }
        }
    }
}
