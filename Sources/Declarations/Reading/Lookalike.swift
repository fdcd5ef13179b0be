import JSON

/// Names and paths that look the same and are different bytes, such as `é` as one scalar and as two.
///
/// Two of them in one object or folder are refused: nobody sees which one an event, a page or a command means.
package enum Lookalike {
    /// The message about the second of two names.
    package static func message(_ name: String) -> String {
        "\"\(name.shortened)\" looks like an earlier name and has other bytes (another Unicode form, such as é written as one character or as two); rename or remove one of them"
    }
}
