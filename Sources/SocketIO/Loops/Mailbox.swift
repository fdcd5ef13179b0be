import DequeModule

/// What waits for a shard. Guarded by the switchboard's lock.
///
/// Emitting does not wait, so a loop that is far behind could make this grow without end. Beyond the
/// bounds packets are dropped, and as no client may miss one in silence, the shard closes all its
/// connections when it comes to that place, and again behind what was posted meanwhile. What carries no
/// packet, a join or a move, is small and always kept.
struct Mailbox {
    static let maximumBytes = 64 << 20
    static let maximumPosts = 1 << 18

    let shard: Shard
    private var posts: Deque<Post> = []
    private var bytes = 0
    private var hasOverflowed = false
    /// Whether the shard has been woken for what waits.
    private var isScheduled = false

    init(of shard: Shard) { self.shard = shard }

    /// - Returns: whether the shard has to be woken.
    mutating func append(_ post: Post) -> Bool {
        if post.isPacket {
            guard !hasOverflowed else { return false }
            bytes += post.bytes
            if bytes > Self.maximumBytes || posts.count >= Self.maximumPosts {
                hasOverflowed = true
                posts.append(.overflow)
            } else {
                posts.append(post)
            }
        } else {
            posts.append(post)
        }
        defer { isScheduled = true }
        return !isScheduled
    }

    /// Everything that waits; from now on the shard has to be woken again.
    mutating func take() -> Deque<Post> {
        if hasOverflowed { posts.append(.overflow) }
        defer {
            posts = []
            bytes = 0
            hasOverflowed = false
            isScheduled = false
        }
        return posts
    }
}
