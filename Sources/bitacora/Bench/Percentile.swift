extension [Double] {
    /// The value that `share` of a hundred do not exceed.
    func percentile(_ share: Int) -> Double { sorted()[Swift.min(count - 1, count * share / 100)] }
}
