//! Requests as they come in.

use hyper::{HeaderMap, Method, Uri, http::request::Parts};

use super::Body;

/// A request that has been read.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// As it came over the wire, which is what the service's router sees. Of a target that is a mere host, which no path of the
    /// service's is, that host.
    pub(crate) path: String,
    /// As it came over the wire, without the `?`.
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// Where it stands in the gate's [order](crate::gate::Order).
    pub(crate) place: usize,
}

impl Request {
    /// A request with this head.
    pub(crate) fn new(head: Parts, body: Body, place: usize) -> Self {
        Self {
            method: head.method,
            path: path_of(&head.uri).to_owned(),
            query: head.uri.query().map(str::to_owned),
            headers: head.headers,
            body,
            place,
        }
    }

    /// The query; that there is none is as good as an empty one.
    pub(crate) fn query(&self) -> &str {
        self.query.as_deref().unwrap_or_default()
    }

    /// Path and query.
    pub(crate) fn target(&self) -> String {
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{query}", self.path)
    }
}

/// The path of a target; of one that is a mere host, that host.
pub(crate) fn path_of(target: &Uri) -> &str {
    match (target.path(), target.authority()) {
        ("", Some(host)) => host.as_str(),
        (path, _) => path,
    }
}
