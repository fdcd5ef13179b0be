extension String {
    /// The limit of `shortened`, in Unicode scalars.
    private static let maximumQuoted = 64

    /// The first 64 characters of the string and an ellipsis, for messages; a shorter string is returned unchanged.
    ///
    /// Characters are counted as Unicode scalars.
    public var shortened: String {
        let scalars = unicodeScalars
        guard
            let end = scalars.index(
                scalars.startIndex, offsetBy: Self.maximumQuoted, limitedBy: scalars.endIndex),
            end != scalars.endIndex
        else { return self }
        return String(scalars[..<end]) + "…"
    }
}
