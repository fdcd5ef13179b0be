extension String {
    /// The text of what was rendered.
    ///
    /// It is UTF-8 for certain, since everything that is printed is: the text of templates (`Source` sees to it),
    /// which is cut at white space and ASCII marks only, and strings. Looking through a long page again would take
    /// a tenth of the time that rendering it took.
    init(rendered bytes: [UInt8]) {
        self.init(certain: bytes.span)
    }

    /// The text of bytes that are UTF-8 for certain.
    init(certain bytes: Span<UInt8>) {
        assert((try? UTF8Span(validating: bytes)) != nil, "these bytes are not UTF-8")
        self.init(copying: UTF8Span(unchecked: bytes))
    }
}
