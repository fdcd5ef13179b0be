extension CollectionProjection {
    /// Whether a projection with this name is a collection: a name, `@` and 12 hexadecimal digits.
    ///
    /// A log may have snapshots of collections that its application no longer has, or defines in another way. This form
    /// distinguishes them from the snapshots of an application in Swift.
    package static func isName(_ name: String) -> Bool {
        guard let mark = name.utf8.lastIndex(of: UInt8(ascii: "@")), mark > name.startIndex else { return false }
        let digits = name.utf8[name.utf8.index(after: mark)...]
        return digits.count == 12
            && digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
