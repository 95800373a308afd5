//! The caller's trace, handed on to the service.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, header::Entry};

/// The headers of a request that is about to be sent, for what continues the caller's trace: `traceparent`, `tracestate`,
/// `baggage`.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mock = connectors_mock::ConnectorsMock::start().await;
/// # let (url, token) = (mock.url(), mock.operator_token());
/// # fn traceparent() -> String { "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned() }
/// use connectors_client::{Connectors, OperatorToken};
///
/// let connectors = Connectors::builder(url)
///     .operator_token(OperatorToken::new(token))
///     .trace_headers(|headers| headers.set("traceparent", &traceparent()))
///     .build()?;
///
/// connectors.health().await?;
/// // The service's log has the call under the caller's trace id.
/// # assert_eq!(mock.requests()[0].header("traceparent"), Some(traceparent().as_str()));
/// # Ok(())
/// # }
/// ```
///
/// With OpenTelemetry, `set` is the one method of an `Injector`. The hook runs inside the span of the attempt, so that the
/// current context is the attempt's.
pub struct TraceHeaders<'a>(&'a mut HeaderMap);

/// What [`ConnectorsBuilder::trace_headers`](crate::ConnectorsBuilder::trace_headers) was given.
pub(crate) type TraceHook = dyn Fn(&mut TraceHeaders<'_>) + Send + Sync;

impl<'a> TraceHeaders<'a> {
    pub(crate) fn of(headers: &'a mut HeaderMap) -> Self {
        Self(headers)
    }

    /// Adds a header. One that the request has already is left as it is, and one that HTTP can't carry is left out: no call
    /// fails for its trace.
    pub fn set(&mut self, name: &str, value: &str) {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else { return };
        if let Entry::Vacant(vacant) = self.0.entry(name) {
            vacant.insert(value);
        }
    }
}

impl fmt::Debug for TraceHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}
