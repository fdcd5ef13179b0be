/// The error that a request's body throws when the client has closed the connection, or has sent what is not HTTP, before
/// the end of the body.
public struct UnfinishedBody: Error {}
