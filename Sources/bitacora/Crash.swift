import Glibc

/// What is said when LMDB, or what takes its word, falls over a damaged file, or this program over a mistake of its own.
///
/// LMDB believes every page it reads; checking all of them at each start would
/// cost a second a gigabyte. So a crash in its memory, or an assertion of its, is
/// turned into the sentence that helps, and the exit status of an unusable log.
/// A trap of Swift may be either, since lengths that LMDB read from a damaged page
/// end in one, too: then the sentence tells how to know which. Only what is safe in a signal
/// handler is done: the texts are made beforehand.
enum Crash {
    private static let damage: StaticString =
        "bitacora: this process crashed, most likely on a damaged log; `bitacora log verify` says whether it is, and then a backup must be restored\n"
    private static let bug: StaticString =
        "bitacora: this process ended over a check of its own; `bitacora log verify` says whether the log is damaged, and if it is sound this is a bug: please report it with what is written here\n"

    /// For commands that read a log.
    static func explain() {
        for number in [SIGSEGV, SIGBUS, SIGFPE, SIGABRT] {
            signal(number) { _ in
                Crash.tell(Crash.damage)
                _exit(ExitStatus.unusable)
            }
        }
        for number in [SIGILL, SIGTRAP] {
            signal(number) { _ in
                Crash.tell(Crash.bug)
                _exit(ExitStatus.unusable)
            }
        }
    }

    private static func tell(_ text: StaticString) { _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount) }
}
