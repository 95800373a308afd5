//! The OAuth app that is registered with the stand-in.

use std::fmt;

use url::Url;

/// An OAuth app's registration: its credentials and where its users may be sent.
#[derive(Clone)]
pub struct OAuthApp {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) name: String,
    callbacks: Vec<Url>,
}

impl OAuthApp {
    /// An app with its callback URLs: one for an OAuth app of GitHub's, up to ten for a GitHub App.
    ///
    /// # Panics
    ///
    /// When there is no callback URL, or one of them is not an absolute URL.
    pub fn new<C: AsRef<str>>(
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
        callbacks: impl IntoIterator<Item = C>,
    ) -> Self {
        let callbacks: Vec<Url> = callbacks
            .into_iter()
            .map(|callback| Url::parse(callback.as_ref()).expect("a callback URL is absolute"))
            .collect();
        assert!(!callbacks.is_empty(), "an app has a callback URL");
        Self {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            name: "Poblysh Connectors".to_owned(),
            callbacks,
        }
    }

    /// The name that the consent page shows.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Where users are sent who come without a `redirect_uri`, or with one that is refused.
    pub(super) fn default_callback(&self) -> &Url {
        &self.callbacks[0]
    }

    pub(super) fn has_credentials(&self, client_id: Option<&str>, client_secret: Option<&str>) -> bool {
        client_id == Some(&self.client_id) && client_secret == Some(&self.client_secret)
    }

    /// The redirect URI, if it is one that the app may use.
    ///
    /// <https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#redirect-urls>
    pub(super) fn permits(&self, redirect_uri: &str) -> Option<Url> {
        let redirect_uri = Url::parse(redirect_uri).ok()?;
        // RFC 6749, section 3.1.2: a redirect URI has no fragment.
        let permitted =
            redirect_uri.fragment().is_none() && self.callbacks.iter().any(|callback| matches(callback, &redirect_uri));
        permitted.then_some(redirect_uri)
    }
}

/// "The redirect URL's host (excluding sub-domains) and port must exactly match the callback URL. The redirect URL's
/// path must reference a subdirectory of the callback URL." On a loopback host any port goes.
fn matches(callback: &Url, redirect_uri: &Url) -> bool {
    let (Some(registered), Some(host)) = (callback.host_str(), redirect_uri.host_str()) else {
        return false;
    };
    let loopback = host == registered && is_loopback(host);
    let same_host = host == registered || host.ends_with(&format!(".{registered}"));
    let same_port = loopback || callback.port_or_known_default() == redirect_uri.port_or_known_default();
    let below = redirect_uri
        .path()
        .strip_prefix(callback.path().trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));

    callback.scheme() == redirect_uri.scheme() && same_host && same_port && below
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "[::1]" | "localhost")
}

impl fmt::Debug for OAuthApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthApp").field("client_id", &self.client_id).field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::OAuthApp;

    #[test]
    fn redirect_uris_are_judged_as_in_githubs_own_examples() {
        let app = OAuthApp::new("id", "secret", ["http://example.com/path"]);
        for good in [
            "http://example.com/path",
            "http://example.com/path/subdir/other",
            "http://oauth.example.com/path",
            "http://oauth.example.com/path/subdir/other",
        ] {
            assert!(app.permits(good).is_some(), "{good}");
        }
        for bad in [
            "http://example.com/bar",
            "http://example.com/",
            "http://example.com:8080/path",
            "http://oauth.example.com:8080/path",
            "http://example.org",
            "http://evil-example.com/path",
            "http://example.com/pathetic",
            "http://example.com/path/../bar",
            "http://example.com/path#fragment",
            "https://example.com/path",
            "/path",
        ] {
            assert!(app.permits(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_loopback_redirect_uri_may_have_any_port() {
        let app = OAuthApp::new("id", "secret", ["http://127.0.0.1/path"]);
        assert!(app.permits("http://127.0.0.1:1234/path").is_some());
        assert!(app.permits("http://localhost:1234/path").is_none());
        assert!(app.permits("http://127.0.0.1:1234/bar").is_none());
    }
}
