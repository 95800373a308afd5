//! Where a link may lead.

/// A page on the web. The service promises nothing else; but a `javascript:` in its place would run as ours.
pub(crate) fn is_web(url: &str) -> bool {
    ["https://", "http://"]
        .iter()
        .any(|scheme| url.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme)))
}

#[cfg(test)]
mod tests {
    use super::is_web;

    #[test]
    fn only_the_web_is_linked_to() {
        assert!(is_web("https://github.com/Codertocat") && is_web("HTTP://127.0.0.1:8080/"));
        for other in
            ["javascript:alert(1)", " https://github.com", "//github.com", "/accounts", "data:text/html,hi", "é", ""]
        {
            assert!(!is_web(other), "{other}");
        }
    }
}
