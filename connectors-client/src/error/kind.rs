//! What can go wrong, in general.

/// What happened to a call. [`Error::code`](crate::Error::code) says more where the service answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The service answered with a problem: see [`code`](crate::Error::code).
    Service,
    /// Something else answered, or the service did in a way that the contract does not know: a proxy's page, a redirect, a
    /// body of the wrong type or beyond the limit.
    ///
    /// Troubleshooting: the message has the status, the media type and the beginning of what came. Look at what stands between.
    Unexpected,
    /// A successful answer could not be read. The message says where in the document, not what stood there.
    ///
    /// Troubleshooting: client and service are of versions that don't fit.
    Decode,
    /// No request reached the service: the name did not resolve, the connection was refused, TLS failed.
    NotSent,
    /// The connection broke before the whole answer was there. The call may have had its effect.
    Interrupted,
    /// There was no answer in time. The call may have had its effect, unless [`attempts`](crate::Error::attempts) is 0.
    Deadline,
    /// The token source gave no token, or none that a header can hold.
    TokenSource,
    /// The call can't be made a request of, or the client can't be built as asked.
    Request,
    /// What came to Core's callback is no answer of a provider: `state` is missing, or there are `code` and `error` both, neither,
    /// or one of them twice. Nothing was sent.
    ///
    /// Troubleshooting: not Core's mistake, but that of whoever made the URL; answer them with 400.
    MalformedCallback,
    /// The `state` that came back is not the one that the user's session holds: it is somebody else's authorization. Nothing
    /// was sent.
    ///
    /// Troubleshooting: the session is over or of another browser, or somebody tries it; answer with 400, and let the user
    /// begin again.
    StateMismatch,
}
