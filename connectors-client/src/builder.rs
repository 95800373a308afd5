//! Making a [`Connectors`].

use std::{sync::Arc, time::Duration};

use url::{Host, Url};

use crate::{
    Clock, Connectors, Error, OperatorToken, Retry, TokenSource, TraceHeaders,
    clock::SystemClock,
    error::ErrorKind,
    service::{Limits, Service},
    trace_headers::TraceHook,
};

/// Makes a [`Connectors`]; begun by [`Connectors::builder`].
///
/// ```
/// use std::time::Duration;
/// use connectors_client::{Connectors, OperatorToken, Retry};
///
/// let connectors = Connectors::builder("https://connectors.internal.example")
///     .operator_token(OperatorToken::new("s3cret"))
///     .timeout(Duration::from_secs(20))
///     .retry(Retry::default().attempts(4))
///     .build()?;
/// # Ok::<(), connectors_client::Error>(())
/// ```
///
/// Without credentials there is no `build`:
///
/// ```compile_fail,E0599
/// use connectors_client::Connectors;
///
/// let connectors = Connectors::builder("https://connectors.internal.example").build();
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct ConnectorsBuilder<C = NoCredentials> {
    url: String,
    credentials: C,
    clock: Box<dyn Clock>,
    limits: Limits,
    retry: Retry,
    insecure_http: bool,
    trace: Option<Box<TraceHook>>,
}

/// A builder that has no credentials yet.
#[derive(Debug)]
pub struct NoCredentials(());

/// A builder that has them.
pub struct Credentials(Box<dyn TokenSource>);

impl ConnectorsBuilder {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            credentials: NoCredentials(()),
            clock: Box::new(SystemClock),
            limits: Limits::default(),
            retry: Retry::default(),
            insecure_http: false,
            trace: None,
        }
    }
}

impl<C> ConnectorsBuilder<C> {
    /// The token that goes with every call for a tenant.
    pub fn operator_token(self, token: OperatorToken) -> ConnectorsBuilder<Credentials> {
        self.token_source(token)
    }

    /// What gives the token that goes with every call for a tenant.
    pub fn token_source(self, source: impl TokenSource) -> ConnectorsBuilder<Credentials> {
        let Self { url, credentials: _, clock, limits, retry, insecure_http, trace } = self;
        let credentials = Credentials(Box::new(source));
        ConnectorsBuilder { url, credentials, clock, limits, retry, insecure_http, trace }
    }

    /// How long a call may take with all its attempts: 30 s unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.call = timeout;
        self
    }

    /// How long one attempt may take: 10 s unless set. One of `complete_oauth` may take three times that, since the service asks
    /// the provider in the meantime.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.limits.attempt = timeout;
        self
    }

    /// How long a connection may take to be made: 5 s unless set.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.limits.connect = timeout;
        self
    }

    /// How long an answer's body may be, in bytes: 64 MiB unless set.
    pub fn longest_body(mut self, bytes: usize) -> Self {
        self.limits.body = bytes;
        self
    }

    /// When a request is made again.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The clock for time-outs and waits, in place of the system's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// What adds the headers that continue the caller's trace, such as `traceparent`: asked before each request.
    pub fn trace_headers(mut self, hook: impl Fn(&mut TraceHeaders<'_>) + Send + Sync + 'static) -> Self {
        self.trace = Some(Box::new(hook));
        self
    }

    /// Lets the operator token travel unencrypted to a host other than this one: whoever is on the way can read it. For a mesh
    /// that encrypts by itself. A proxy that the environment names (`HTTP_PROXY`) is passed by.
    pub fn allow_insecure_http(mut self) -> Self {
        self.insecure_http = true;
        self
    }
}

impl ConnectorsBuilder<Credentials> {
    /// The client. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Request`] if the URL is none, has credentials, a query or a fragment, or is plain `http` to another host
    /// without [`allow_insecure_http`](ConnectorsBuilder::allow_insecure_http), and if TLS can't be set up:
    /// for `https` the system must have CA certificates, which slim images lack (Debian's package `ca-certificates`).
    pub fn build(self) -> Result<Connectors, Error> {
        let (base, goes_straight) = self.base()?;
        let mut http = reqwest::Client::builder()
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.limits.connect)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false);
        if goes_straight {
            // A proxy that the environment names would carry the token away from this host, or read it.
            http = http.no_proxy();
        }
        #[cfg(any(feature = "rustls", feature = "native-tls"))]
        if base.starts_with("http:") {
            // Redirects are not followed, so it never meets a certificate; to read the system's takes milliseconds.
            http = http.tls_certs_only([]);
        }
        let http = http.build().map_err(|error| refused("the HTTP client can't be built").because(error))?;
        let Self { credentials: Credentials(tokens), clock, limits, retry, trace, .. } = self;
        let (budget, renewals) = Default::default();
        Ok(Connectors::new(Arc::new(Service { base, http, tokens, clock, limits, retry, budget, renewals, trace })))
    }

    /// The URL without a slash at its end, and whether no proxy may stand in between: it would be this host's or see the token.
    fn base(&self) -> Result<(String, bool), Error> {
        let url = Url::parse(&self.url).map_err(|error| refused("the service's URL can't be read").because(error))?;
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(refused("the service's URL has no host")),
        };
        match url.scheme() {
            "https" => {}
            "http" if is_loopback || self.insecure_http => {}
            "http" => {
                return Err(refused("plain http would show the operator token to whoever is on the way; use https"));
            }
            _ => return Err(refused("the service's URL is https, or http to this host")),
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(refused("the service's URL has scheme, host, port and path, nothing else"));
        }
        let goes_straight = is_loopback || url.scheme() == "http";
        Ok((url.as_str().trim_end_matches('/').to_owned(), goes_straight))
    }
}

fn refused(why: &str) -> Error {
    Error::local(ErrorKind::Request, "build", why)
}

impl<C> std::fmt::Debug for ConnectorsBuilder<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectorsBuilder")
            .field("limits", &self.limits)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(url: &str) -> Result<Connectors, Error> {
        Connectors::builder(url).operator_token(OperatorToken::new("canary")).build()
    }

    #[test]
    fn the_token_travels_encrypted_or_stays_on_this_host() {
        for url in
            ["https://c.example", "https://c.example/base/", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost"]
        {
            build(url).unwrap();
        }
        for url in ["http://c.example", "http://127.0.0.1.example", "http://10.0.0.1", "http://localhost.example"] {
            let error = build(url).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Request);
            assert!(error.to_string().contains("use https"), "{error}");
        }
        let builder = Connectors::builder("http://c.example").allow_insecure_http();
        builder.operator_token(OperatorToken::new("canary")).build().unwrap();
    }

    #[test]
    fn a_url_with_more_than_scheme_host_port_and_path_is_refused() {
        for url in
            ["", "c.example", "ftp://c.example", "https://u:p@c.example", "https://c.example?a", "https://c.example#a"]
        {
            let error = build(url).unwrap_err();
            assert_eq!((error.kind(), error.operation(), error.attempts()), (ErrorKind::Request, "build", 0), "{url}");
            assert!(!error.to_string().contains("u:p"));
        }
    }
}
