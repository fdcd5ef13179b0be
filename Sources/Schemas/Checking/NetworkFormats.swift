/// Mailboxes (RFC 5321, section 4.1.2).
enum EmailAddress {
    /// The limits of RFC 5321, section 4.5.3.1.
    private static let maximumLocalBytes = 64
    private static let maximumDomainBytes = 255

    static func isValid(_ bytes: [UInt8]) -> Bool {
        guard let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { return false }
        let local = bytes[..<at]
        let domain = bytes[(at + 1)...]
        guard (1...maximumLocalBytes).contains(local.count), (1...maximumDomainBytes).contains(domain.count) else {
            return false
        }
        return (isDotString(local) || isQuotedString(local)) && isDomain(domain)
    }

    private static func isDotString(_ local: ArraySlice<UInt8>) -> Bool {
        local.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty && atom.allSatisfy { $0.isLetter || $0.isDigit || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
        }
    }

    private static func isQuotedString(_ local: ArraySlice<UInt8>) -> Bool {
        guard local.count >= 2, local.first == UInt8(ascii: "\""), local.last == UInt8(ascii: "\"") else {
            return false
        }
        var isEscaped = false
        for byte in local.dropFirst().dropLast() {
            guard (0x20...0x7E).contains(byte), isEscaped || byte != UInt8(ascii: "\"") else { return false }
            isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
        }
        return !isEscaped
    }

    private static func isDomain(_ domain: ArraySlice<UInt8>) -> Bool {
        if domain.first == UInt8(ascii: "["), domain.last == UInt8(ascii: "]") {
            let address = Array(domain.dropFirst().dropLast())
            let tag = Array("ipv6:".utf8)
            if address.prefix(tag.count).map({ $0 | 0x20 }) == tag.map({ $0 | 0x20 }) {
                return IPAddress.isVersion6(address[tag.count...])
            }
            return IPAddress.isVersion4(address[...])
        }
        return domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                && label.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "-") }
        }
    }
}

/// URIs (RFC 3986, appendix A), with a scheme.
enum URIReference {
    static func isURI(_ bytes: [UInt8]) -> Bool {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), isScheme(bytes[..<colon]) else { return false }
        var rest = bytes[(colon + 1)...]
        if let hash = rest.firstIndex(of: UInt8(ascii: "#")) {
            guard consists(rest[(hash + 1)...], alsoOf: "/?:@") else { return false }
            rest = rest[..<hash]
        }
        if let mark = rest.firstIndex(of: UInt8(ascii: "?")) {
            guard consists(rest[(mark + 1)...], alsoOf: "/?:@") else { return false }
            rest = rest[..<mark]
        }
        guard rest.starts(with: "//".utf8) else { return consists(rest, alsoOf: "/:@") }
        let authority = rest.dropFirst(2).prefix { $0 != UInt8(ascii: "/") }
        return isAuthority(authority) && consists(rest.dropFirst(2 + authority.count), alsoOf: "/:@")
    }

    private static func isScheme(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, first.isLetter else { return false }
        return bytes.allSatisfy { $0.isLetter || $0.isDigit || "+-.".utf8.contains($0) }
    }

    private static func isAuthority(_ bytes: ArraySlice<UInt8>) -> Bool {
        var host = bytes
        if let at = bytes.lastIndex(of: UInt8(ascii: "@")) {
            guard consists(bytes[..<at], alsoOf: ":") else { return false }
            host = bytes[(at + 1)...]
        }
        if host.first == UInt8(ascii: "[") {
            guard let end = host.firstIndex(of: UInt8(ascii: "]")), isLiteral(host[host.startIndex + 1..<end]) else {
                return false
            }
            let port = host[(end + 1)...]
            return port.isEmpty || (port.first == UInt8(ascii: ":") && port.dropFirst().allSatisfy(\.isDigit))
        }
        let name = host.prefix { $0 != UInt8(ascii: ":") }
        return consists(name, alsoOf: "") && host.dropFirst(name.count + 1).allSatisfy(\.isDigit)
    }

    /// An address in brackets: of version 6, or of a later version (`v7.x`).
    private static func isLiteral(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, first | 0x20 == UInt8(ascii: "v") else { return IPAddress.isVersion6(bytes) }
        let version = bytes.dropFirst().prefix { $0 != UInt8(ascii: ".") }
        let address = bytes.dropFirst(2 + version.count)
        return !version.isEmpty && version.allSatisfy(\.isHexadecimalDigit) && !address.isEmpty
            && !address.contains(UInt8(ascii: "%")) && consists(address, alsoOf: ":")
    }

    /// Whether the bytes are unreserved characters, sub-delims, percent encodings, and some other characters.
    private static func consists(_ bytes: ArraySlice<UInt8>, alsoOf others: String) -> Bool {
        var rest = bytes
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard rest.count >= 2, rest.prefix(2).allSatisfy(\.isHexadecimalDigit) else { return false }
                rest = rest.dropFirst(2)
            } else if !(byte.isLetter || byte.isDigit || "-._~!$&'()*+,;=".utf8.contains(byte)
                || others.utf8.contains(byte))
            {
                return false
            }
        }
        return true
    }
}

/// Addresses as text (RFC 3986, section 3.2.2).
enum IPAddress {
    static func isVersion4(_ bytes: ArraySlice<UInt8>) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.count) && part.allSatisfy(\.isDigit)
                    && (part.count == 1 || part.first != UInt8(ascii: "0"))
                    && part.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } <= 255
            }
    }

    static func isVersion6(_ bytes: ArraySlice<UInt8>) -> Bool {
        // `::` stands for one group of zeros or more, at most once.
        let colon = UInt8(ascii: ":")
        var halves: [ArraySlice<UInt8>] = [bytes]
        if let gap = bytes.indices.dropLast().first(where: { bytes[$0] == colon && bytes[$0 + 1] == colon }) {
            halves = [bytes[..<gap], bytes[(gap + 2)...]]
        }
        var groups = 0
        for (index, half) in halves.enumerated() where !half.isEmpty || halves.count == 1 {
            let parts = half.split(separator: colon, omittingEmptySubsequences: false)
            for (position, part) in parts.enumerated() {
                let isLast = index == halves.count - 1 && position == parts.count - 1
                if isLast, isVersion4(part) {
                    groups += 2
                } else if (1...4).contains(part.count), part.allSatisfy(\.isHexadecimalDigit) {
                    groups += 1
                } else {
                    return false
                }
            }
        }
        return halves.count == 1 ? groups == 8 : groups <= 7
    }
}
