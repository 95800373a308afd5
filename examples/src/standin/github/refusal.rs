//! The errors that GitHub's OAuth endpoints answer with.

/// A documented error: its code, its text, and the page that explains it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal {
    pub(super) error: &'static str,
    pub(super) description: &'static str,
    pub(super) uri: &'static str,
}

/// <https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-authorization-request-errors#access-denied>
pub(super) const ACCESS_DENIED: Refusal = Refusal {
    error: "access_denied",
    description: "The user has denied your application access.",
    uri: "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-authorization-request-errors/#access-denied",
};

/// <https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-authorization-request-errors#redirect-uri-mismatch>
/// and, with the same text, for the exchange:
/// <https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors#redirect-uri-mismatch>
pub(super) const REDIRECT_URI_MISMATCH: Refusal = Refusal {
    error: "redirect_uri_mismatch",
    description: "The redirect_uri MUST match the registered callback URL for this application.",
    uri: "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-authorization-request-errors/#redirect-uri-mismatch",
};

/// <https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors#incorrect-client-credentials>
pub(super) const INCORRECT_CLIENT_CREDENTIALS: Refusal = Refusal {
    error: "incorrect_client_credentials",
    description: "The client_id and/or client_secret passed are incorrect.",
    uri: "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/#incorrect-client-credentials",
};

/// <https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors#bad-verification-code>
pub(super) const BAD_VERIFICATION_CODE: Refusal = Refusal {
    error: "bad_verification_code",
    description: "The code passed is incorrect or expired.",
    uri: "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/#bad-verification-code",
};

impl Refusal {
    /// A PKCE challenge that GitHub does not support. GitHub documents what it must be, not how it refuses another;
    /// this is the error of RFC 7636, section 4.4.1.
    pub(super) const fn invalid_request(description: &'static str) -> Self {
        Self {
            error: "invalid_request",
            description,
            uri: "https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps",
        }
    }

    pub(super) fn params(self) -> Vec<(&'static str, String)> {
        vec![
            ("error", self.error.to_owned()),
            ("error_description", self.description.to_owned()),
            ("error_uri", self.uri.to_owned()),
        ]
    }
}

/// <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens>
pub(super) const BAD_REFRESH_TOKEN: Refusal = Refusal {
    error: "bad_refresh_token",
    description: "The refresh token passed is incorrect or expired.",
    uri: "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/",
};
