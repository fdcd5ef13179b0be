/// What the process tells its caller; part of the interface.
enum ExitStatus {
    /// All went well. A reader that closed our output early is well, too.
    static let fine: Int32 = 0
    /// The answer is no: problems found, no such event or position, an append refused, an error in a template.
    static let refused: Int32 = 1
    /// The log, the server that holds it, a file or the output cannot be used.
    static let unusable: Int32 = 2
    /// The command line is wrong; the parser's own number (EX_USAGE in sysexits.h).
    static let usage: Int32 = 64

    /// For help texts.
    static let explanation = """
        Exit status:
          0   fine
          1   no: problems or errors found, no such event, an append was refused
          2   the log or a file cannot be read, or the server does not answer
          64  wrong usage
        """
}
