//! Requests as bytes.

use std::{borrow::Cow, io};

use percent_encoding::percent_decode_str;
use tokio::{io::AsyncReadExt, net::TcpStream};
use url::Url;

/// The header with which the gate tells the mock the path of a request, where `wiremock` would read another out of it.
pub(crate) const PATH: &str = "x-connectors-mock-path";

/// The header with which it tells the place of a request in the [order](super::Order).
pub(crate) const PLACE: &str = "x-connectors-mock-place";

/// The longest request line that the gate reads; what is longer passes as it is.
const LONGEST: usize = 64 << 10;

/// How many header fields hyper takes. One more would make the request another.
const MOST_FIELDS: usize = 100;

/// What begins a request, with the headers [`PLACE`] and, where that is needed, [`PATH`], and whether it is a request of HTTP/1.
pub(super) async fn introduced(
    mut begun: Vec<u8>,
    visitor: &mut TcpStream,
    place: usize,
) -> io::Result<(Vec<u8>, bool)> {
    loop {
        let lead = begun.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let end = begun[lead..].iter().position(|byte| *byte == b'\n').map(|end| lead + end + 1);
        if let Some(end) = end {
            let Some(line) = std::str::from_utf8(&begun[lead..end]).ok().and_then(Line::of) else {
                return Ok((begun, false));
            };
            let place = Some(place).filter(|_| fields(&begun[end..]) < MOST_FIELDS);
            let introduction = line.introduction(place);
            begun.splice(lead..end, introduction.into_bytes());
            return Ok((begun, true));
        }
        if begun.len() > LONGEST || visitor.read_buf(&mut begun).await? == 0 {
            return Ok((begun, false));
        }
    }
}

/// A request line.
#[derive(Debug, PartialEq, Eq)]
struct Line<'a> {
    method: &'a str,
    target: &'a str,
    version: &'a str,
}

impl<'a> Line<'a> {
    /// One of HTTP/1.
    fn of(line: &'a str) -> Option<Self> {
        let mut parts = line.trim_end().splitn(3, ' ');
        let (method, target, version) = (parts.next()?, parts.next()?, parts.next()?);
        version.starts_with("HTTP/1.").then_some(Self { method, target, version })
    }

    /// What the service's router would read out of it: without scheme and host.
    fn own_target(&self) -> &'a str {
        match self.target.split_once("://").filter(|_| !self.target.starts_with('/')) {
            Some((_, rest)) => rest.find(['/', '?', '#']).map_or("/", |end| &rest[end..]),
            None => self.target,
        }
    }

    /// The line as `wiremock` is to get it, which fails at some, and the headers that go with it.
    fn introduction(&self, place: Option<usize>) -> String {
        let own = self.own_target();
        let path = own.split(['?', '#']).next().unwrap_or_default();
        let (target, told) =
            if is_host(own) && self.method != "CONNECT" { ("/", Some(own)) } else { (own, unlike(path)) };
        // A query may follow the host at once.
        let slash = if target.starts_with(['?', '#']) { "/" } else { "" };
        let told = told.map(|path| format!("{PATH}: {path}\r\n")).unwrap_or_default();
        let place = place.map(|place| format!("{PLACE}: {place}\r\n")).unwrap_or_default();
        format!("{} {slash}{target} {}\r\n{place}{told}", self.method, self.version)
    }
}

/// How many header fields there are, as far as they have come.
fn fields(head: &[u8]) -> usize {
    head.split(|byte| *byte == b'\n').take_while(|line| !matches!(line, [] | [b'\r'])).count()
}

/// Whether a target is a host without a path, which is none that the service has.
fn is_host(target: &str) -> bool {
    let is_of_one = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@[]".contains(&byte);
    target != "*" && target.bytes().all(is_of_one)
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

    fn introduction(line: &str) -> String {
        let introduction = Line::of(line).unwrap().introduction(Some(7));
        introduction.replace("\r\nx-connectors-mock-place: 7\r\n", "|").replace("x-connectors-mock-path: ", "")
    }

    #[test]
    fn a_path_is_told_where_a_url_has_another() {
        for (line, introduced) in [
            ("GET /signals?limit=2 HTTP/1.1\r\n", "GET /signals?limit=2 HTTP/1.1|"),
            (
                "GET /connections/../signals?x=/../ HTTP/1.1\r\n",
                "GET /connections/../signals?x=/../ HTTP/1.1|/connections/../signals\r\n",
            ),
            (
                "GET http://mock/connections/%2E%2e/signals HTTP/1.1\r\n",
                "GET /connections/%2E%2e/signals HTTP/1.1|/connections/%2E%2e/signals\r\n",
            ),
            (
                r"GET /connections\..\signals HTTP/1.1",
                "GET /connections\\..\\signals HTTP/1.1|/connections\\..\\signals\r\n",
            ),
            ("GET /signals?next=/a/../b HTTP/1.1\r\n", "GET /signals?next=/a/../b HTTP/1.1|"),
            ("GET /connections/\"%22{} HTTP/1.0\r\n", "GET /connections/\"%22{} HTTP/1.0|"),
        ] {
            assert_eq!(introduction(line), introduced, "{line}");
        }
        assert_eq!(Line::of("PRI * HTTP/2.0\r\n"), None);
    }

    #[test]
    fn a_target_at_which_wiremock_fails_is_mended() {
        for (line, introduced) in [
            ("GET http://host:99999/signals HTTP/1.1\r\n", "GET /signals HTTP/1.1|"),
            ("GET http://1.2.3.256?limit=/2 HTTP/1.1\r\n", "GET /?limit=/2 HTTP/1.1|"),
            ("GET signals HTTP/1.1\r\n", "GET / HTTP/1.1|signals\r\n"),
            ("GET foo_bar@[::1] HTTP/1.1\r\n", "GET / HTTP/1.1|foo_bar@[::1]\r\n"),
            ("OPTIONS * HTTP/1.1\r\n", "OPTIONS * HTTP/1.1|*\r\n"),
        ] {
            assert_eq!(introduction(line), introduced, "{line}");
        }
    }
}
