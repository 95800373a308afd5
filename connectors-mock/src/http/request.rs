//! Requests as they come in.

use http_body_util::BodyExt;
use hyper::{
    HeaderMap, Method,
    body::{Bytes, Incoming},
};

/// A request, read to its end.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// As it came over the wire, which is what the service's router sees. Of a target that is a mere host, which no path of the
    /// service's is, that host.
    pub(crate) path: String,
    /// As it came over the wire, without the `?`.
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Where it stands in the gate's [order](crate::gate::Order).
    pub(crate) place: usize,
}

impl Request {
    /// Reads the body, too.
    pub(crate) async fn read(request: hyper::Request<Incoming>, place: usize) -> hyper::Result<Self> {
        let (head, body) = request.into_parts();
        let path = match (head.uri.path(), head.uri.authority()) {
            ("", Some(host)) => host.as_str(),
            (path, _) => path,
        };
        Ok(Self {
            method: head.method,
            path: path.to_owned(),
            query: head.uri.query().map(str::to_owned),
            headers: head.headers,
            body: body.collect().await?.to_bytes(),
            place,
        })
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
