import Base64

/// A place in the rows of a query: the row after which a page begins. Opaque text for clients.
///
/// It has the key and the sorted values of that row, so that the next page begins at the same place when the row was
/// changed or deleted meanwhile. The text is base64url of these bytes:
/// ```
/// check                UInt32, big-endian, of the collection and the sort
/// key                  UInt16 length, UTF-8
/// values               one for each field, see CursorValue
/// ```
package struct RowCursor: Sendable, Hashable, CustomStringConvertible {
    /// The longest text of a cursor.
    package static let maximumCharacters = Base64.encodedCount(
        4 + 2 + RowKey.maximumBytes + RowSort.maximumFields * CursorValue.maximumBytes, .url)

    private let check: UInt32
    private let key: RowKey
    private let values: [CursorValue]

    /// The place of a row of a collection.
    init(_ row: OrderedRow, for sort: RowSort, of collection: String) {
        (check, key, values) = (Self.check(sort, collection), row.key, row.values.map(CursorValue.init))
    }

    /// - Returns: nil for other text, and for the cursor of another collection or of a query with another sort.
    package init?(_ text: String, for sort: RowSort, of collection: String) {
        guard text.utf8.count <= Self.maximumCharacters, let bytes = Base64.decoded(text, .url) else { return nil }
        var reader = CursorReader(bytes)
        guard let check = reader.integer(UInt32.self), check == Self.check(sort, collection),
            let key = reader.text(maximumBytes: RowKey.maximumBytes).flatMap(RowKey.init)
        else { return nil }
        var values: [CursorValue] = []
        for _ in sort.fields {
            guard let value = CursorValue(&reader) else { return nil }
            values.append(value)
        }
        guard reader.isAtEnd else { return nil }
        (self.check, self.key, self.values) = (check, key, values)
    }

    package var description: String {
        var bytes: [UInt8] = []
        bytes.appendInteger(check)
        bytes.appendText(key.text)
        for value in values { value.write(into: &bytes) }
        return Base64.encoded(bytes, .url)
    }

    /// The place in the order of the sort.
    ///
    /// When a value was too long for the cursor, and the row has other values now or was deleted, the place is before
    /// that of the row as it was: rows can be repeated, but are not left out.
    func place(in order: RowOrder, of state: CollectionState) -> OrderedRow {
        if values.contains(where: \.isApproximate), let row = state.row(key) {
            let place = order.entry(row)
            if place.values.map(CursorValue.init) == values { return place }
        }
        let values = zip(values, order.fields).map { value, field in value.value(roundedUp: field.descends) }
        return order.entry(values, key)
    }

    /// FNV-1a of the name of the collection, a zero byte and the text of the sort: the cursor of other rows leads nowhere.
    private static func check(_ sort: RowSort, _ collection: String) -> UInt32 {
        "\(collection)\u{0}\(sort)".utf8.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    }
}
