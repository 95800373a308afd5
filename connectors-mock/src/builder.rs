//! A mock that is set up otherwise.

use std::{collections::BTreeSet, num::NonZeroU32, panic::Location};

use crate::{ConnectorsMock, http::RateLimit, settings::Settings, tenant::known_provider};

/// The operator token of a mock that is not told otherwise.
const OPERATOR_TOKEN: &str = "operator-token-of-connectors-mock";

/// Where the mock sends users back to unless it is told otherwise.
const REDIRECT_URI: &str = "https://core.example/api/connectors/{provider}/callback";

/// What a [`ConnectorsMock`] is told at its start, as the service is by its environment.
///
/// ```
/// # use connectors_mock::ConnectorsMock;
/// # #[tokio::main]
/// # async fn main() {
/// let mock = ConnectorsMock::builder()
///     .operator_tokens(["new-token", "old-token"])
///     .redirect_uri("http://127.0.0.1:3000/connect/{provider}/done")
///     .start()
///     .await;
/// assert_eq!(mock.operator_token(), "new-token");
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ConnectorsMockBuilder {
    settings: Settings,
}

impl ConnectorsMockBuilder {
    pub(crate) fn new(location: &'static Location<'static>) -> Self {
        let settings = Settings {
            operator_tokens: vec![OPERATOR_TOKEN.into()],
            redirect_uris: vec![REDIRECT_URI.into()],
            not_configured: BTreeSet::new(),
            rate_limit: None,
            tolerates_unknown_requests: false,
            location,
        };
        Self { settings }
    }

    /// The accepted operator tokens, as `POBLYSH_OPERATOR_TOKENS`. The first is the one that handed-out clients show.
    ///
    /// # Panics
    /// If the service would not start with them: there is none, or one that a header can't carry.
    #[track_caller]
    pub fn operator_tokens<T: Into<String>>(mut self, tokens: impl IntoIterator<Item = T>) -> Self {
        self.settings.operator_tokens = tokens.into_iter().map(Into::into).collect();
        if let Err(problem) = self.settings.check_operator_tokens() {
            panic!("the service would not start with these operator tokens: {problem}");
        }
        self
    }

    /// Where providers send users back to, with `{provider}` in it, as `POBLYSH_OAUTH_REDIRECT_URL`.
    ///
    /// # Panics
    /// If the service would not start with it.
    #[track_caller]
    pub fn redirect_uri(mut self, template: impl Into<String>) -> Self {
        self.settings.redirect_uris[0] = checked(template.into());
        self
    }

    /// One more URL that `start_oauth` may name, with `{provider}` in it, as in `POBLYSH_OAUTH_REDIRECT_ALLOWLIST`.
    ///
    /// # Panics
    /// If the service would not start with it.
    #[track_caller]
    pub fn allow_redirect_uri(mut self, template: impl Into<String>) -> Self {
        self.settings.redirect_uris.push(checked(template.into()));
        self
    }

    /// A deployment without OAuth credentials for this provider: it is listed, but can't be connected.
    ///
    /// # Panics
    /// If there is no such provider.
    #[track_caller]
    pub fn without_credentials(mut self, provider: &str) -> Self {
        self.settings.not_configured.insert(known_provider(provider).info.name.clone());
        self
    }

    /// How many requests each operator token may make by the mock's clock: `per_second` in the long run, and `burst` at once after
    /// a pause. Who shows no valid token is counted with all others who don't. As `POBLYSH_RATE_LIMIT`; unlimited unless set.
    ///
    /// # Panics
    /// If one of them is 0.
    #[track_caller]
    pub fn rate_limit(mut self, per_second: u32, burst: u32) -> Self {
        let Some((per_second, burst)) = NonZeroU32::new(per_second).zip(NonZeroU32::new(burst)) else {
            panic!("a rate limit lets something through: {per_second}/{burst} does not");
        };
        self.settings.rate_limit = Some(RateLimit { per_second, burst });
        self
    }

    /// A request that no operation matches is answered to the letter as the service answers it, and is no violation.
    pub fn tolerate_unknown_requests(mut self) -> Self {
        self.settings.tolerates_unknown_requests = true;
        self
    }

    /// Starts it on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// If no port can be bound.
    pub async fn start(self) -> ConnectorsMock {
        ConnectorsMock::with(self.settings).await
    }
}

#[track_caller]
fn checked(template: String) -> String {
    if let Err(problem) = Settings::check_redirect_uri(&template) {
        panic!("the service would not start with the redirect URL `{template}`: it {problem}");
    }
    template
}
