//! The path of a request.

use wiremock::Request;

use crate::gate::PATH;

/// The path as it came over the wire, which is what the service's router sees. `wiremock`'s has `..` resolved.
pub(crate) fn path_of(request: &Request) -> &str {
    let told = request.headers.get(PATH).and_then(|path| std::str::from_utf8(path.as_bytes()).ok());
    told.unwrap_or_else(|| request.url.path())
}
