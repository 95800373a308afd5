//! Requests as bytes.

use std::{borrow::Cow, io};

use percent_encoding::percent_decode_str;
use tokio::{io::AsyncReadExt, net::TcpStream};
use url::Url;

/// The header with which the gate tells the mock the path of a request, where `wiremock` would read another out of it.
pub(crate) const PATH: &str = "x-connectors-mock-path";

/// The longest request line that the gate reads; what is longer passes as it is.
const LONGEST: usize = 64 << 10;

/// What begins a request, with the header [`PATH`] where that is needed, and whether it is a request of HTTP/1.
pub(super) async fn with_path(mut begun: Vec<u8>, visitor: &mut TcpStream) -> io::Result<(Vec<u8>, bool)> {
    loop {
        let lead = begun.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let end = begun[lead..].iter().position(|byte| *byte == b'\n').map(|end| lead + end + 1);
        if let Some(end) = end {
            let Some(path) = std::str::from_utf8(&begun[lead..end]).ok().and_then(path) else {
                return Ok((begun, false));
            };
            if let Some(path) = unlike(path) {
                let header = format!("{PATH}: {path}\r\n");
                begun.splice(end..end, header.into_bytes());
            }
            return Ok((begun, true));
        }
        if begun.len() > LONGEST || visitor.read_buf(&mut begun).await? == 0 {
            return Ok((begun, false));
        }
    }
}

/// The path of a request line.
fn path(line: &str) -> Option<&str> {
    let mut parts = line.trim_end().splitn(3, ' ');
    let (_, target, version) = (parts.next()?, parts.next()?, parts.next()?);
    if !version.starts_with("HTTP/1.") {
        return None;
    }
    let origin = target.split_once("://").filter(|_| !target.starts_with('/'));
    let target = origin.map_or(target, |(_, rest)| rest.find('/').map_or("/", |slash| &rest[slash..]));
    target.split(['?', '#']).next()
}

/// The path, if a [`Url`] of it has another: one that resolves `..`, or takes `\` for a slash.
fn unlike(path: &str) -> Option<&str> {
    if path.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_')) {
        return None;
    }
    let url = Url::parse(&format!("http://localhost{path}")).ok()?;
    let decoded = |path| -> Cow<'_, [u8]> { percent_decode_str(path).into() };
    (decoded(url.path()) != decoded(path)).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_where_a_url_has_another() {
        for (line, told) in [
            ("GET /connections/../signals?x=/../ HTTP/1.1\r\n", Some("/connections/../signals")),
            ("GET http://mock/connections/%2E%2e/signals HTTP/1.1\r\n", Some("/connections/%2E%2e/signals")),
            (r"GET /connections\..\signals HTTP/1.1", Some(r"/connections\..\signals")),
            ("GET /signals?next=/a/../b HTTP/1.1\r\n", None),
            ("GET /connections/\"%22{} HTTP/1.0\r\n", None),
            ("GET http://mock?x HTTP/1.1\r\n", None),
        ] {
            assert_eq!(path(line).and_then(unlike), told, "{line}");
        }
        assert_eq!(path("PRI * HTTP/2.0\r\n"), None);
    }
}
