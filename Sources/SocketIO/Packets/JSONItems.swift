/// Finds the items of an array in JSON that has been checked and has no insignificant whitespace.
///
/// In other text the answers are wrong, but lie inside it.
enum JSONItems {
    /// Where each item of the array begins; it ends one byte before the next one begins, the last
    /// one before the closing bracket.
    static func starts(in array: UnsafeRawBufferPointer) -> [UInt32] {
        guard array.count > 2 else { return [] }
        var starts: [UInt32] = [1]
        var position = end(of: array, from: 1)
        while position < array.count - 2 {
            starts.append(UInt32(clamping: position + 1))
            position = end(of: array, from: position + 1)
        }
        return starts
    }

    /// The place of the comma or closing bracket behind the value that begins at `start`.
    static func end(of text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var depth = 0
        var position = start
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\""):
                position = lastOfString(text, from: position)
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if depth == 0 { return position }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0:
                return position
            default:
                break
            }
            position += 1
        }
        return text.count
    }

    /// The place of the closing quote, at most the last byte.
    private static func lastOfString(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start + 1
        while position < text.count, text[position] != UInt8(ascii: "\"") {
            position += text[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(position, text.count - 1)
    }
}
