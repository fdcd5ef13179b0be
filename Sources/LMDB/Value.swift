internal import CLMDB

extension MDB_val {
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: mv_data, count: mv_size) }

    init(_ bytes: UnsafeRawBufferPointer) {
        // LMDB takes mutable pointers even for what it only reads.
        self.init(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }
}

@inline(__always)
func withValue<Result>(
    _ span: RawSpan, _ body: (MDB_val) throws(LMDBError) -> Result
) throws(LMDBError) -> Result {
    try span.withUnsafeBytes { bytes throws(LMDBError) in try body(MDB_val(bytes)) }
}

@inline(__always)
func withValue<Result>(
    _ integer: UInt64, _ body: (MDB_val) throws(LMDBError) -> Result
) throws(LMDBError) -> Result {
    try withUnsafeBytes(of: integer) { bytes throws(LMDBError) in try body(MDB_val(bytes)) }
}
