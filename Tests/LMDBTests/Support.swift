import Glibc
import LMDB

let plain = Database.Specification("plain")
let integers = Database.Specification("integers", .integerKeys)
let many = Database.Specification("many", [.duplicates, .integerDuplicates])

/// An environment with the three databases above.
func open(
    _ directory: String, _ configure: (inout Environment.Options) -> Void = { _ in }
) throws -> (
    environment: Environment, plain: Database, integers: Database, many: Database
) {
    var options = Environment.Options()
    configure(&options)
    let environment = try Environment(directory: directory, options: options)
    let databases = try environment.createDatabases([plain, integers, many]) { _, _ throws(LMDBError) in }
    return (environment, databases[0], databases[1], databases[2])
}

extension WriteTransaction {
    mutating func put(_ database: Database, _ key: String, _ value: String) throws(LMDBError) {
        let key = Array(key.utf8)
        let value = Array(value.utf8)
        try put(database, key.span.bytes, value.span.bytes)
    }

    mutating func append(_ database: Database, _ key: UInt64, _ value: [UInt8]) throws(LMDBError) {
        try append(database, key, count: value.count) { $0.copyBytes(from: value) }
    }

    mutating func appendDuplicates(_ database: Database, _ key: String, _ values: [UInt64]) throws(LMDBError) {
        let key = Array(key.utf8)
        try appendDuplicates(database, key.span.bytes, values)
    }
}

extension Environment {
    func text(_ database: Database, _ key: String) throws(LMDBError) -> String? {
        let key = Array(key.utf8)
        return try read { transaction throws(LMDBError) in try transaction.get(database, key.span.bytes)?.text }
    }

    func bytes(_ database: Database, _ key: UInt64) throws(LMDBError) -> [UInt8]? {
        try read { transaction throws(LMDBError) in try transaction.get(database, key)?.array }
    }

    func count(_ database: Database) throws(LMDBError) -> Int {
        try read { transaction throws(LMDBError) in try transaction.statistics(database).entries }
    }
}

extension RawSpan {
    var text: String { String(decoding: array, as: UTF8.self) }

    var array: [UInt8] { withUnsafeBytes { Array($0) } }
}
