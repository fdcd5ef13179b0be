extension String {
    /// The text of what was rendered.
    ///
    /// It is UTF-8 for certain, since everything that is printed is: the text of templates (`Source` sees to it),
    /// which is cut at white space and ASCII marks only, and strings. Looking through a long page again would take
    /// a tenth of the time that rendering it took.
    init(rendered bytes: [UInt8]) {
        assert(String(validating: bytes, as: UTF8.self) != nil, "what was rendered is not UTF-8")
        self.init(copying: UTF8Span(unchecked: bytes.span))
    }
}
