//! A stand-in for GitHub's OAuth and API endpoints.
//!
//! The paths are those of GitHub Enterprise Server, so that one base URL serves all of them:
//!
//! | endpoint | documentation |
//! |---|---|
//! | `GET /login/oauth/authorize` | [Authorizing OAuth apps][authorizing] |
//! | `POST /login/oauth/access_token` | the same page, step 2 |
//! | `GET /api/v3/user` | [Get the authenticated user][user] |
//! | `GET /api/v3/issues` | [List issues assigned to the authenticated user][issues] |
//! | `DELETE /api/v3/applications/{client_id}/token` | [Delete an app token][oauth-applications] |
//! | `DELETE /api/v3/applications/{client_id}/grant` | [Delete an app authorization][oauth-applications] |
//!
//! It differs from GitHub in asking for consent each time; GitHub asks once per set of scopes. Device flow and the XML
//! answers are left out.
//!
//! ```
//! use connectors_examples::standin::github::{GitHubStandIn, OAuthApp};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app = OAuthApp::new("client-id", "client-secret", ["http://127.0.0.1:9/callback"]);
//! let github = GitHubStandIn::start(app).await?;
//!
//! let authorize_url = github.base_url().join("login/oauth/authorize?client_id=client-id&state=xyz")?;
//! let callback = github.approve(&authorize_url).await?;
//!
//! assert_eq!(callback.path(), "/callback");
//! assert!(callback.query_pairs().any(|(name, value)| name == "state" && value == "xyz"));
//! assert!(callback.query_pairs().any(|(name, _)| name == "code"));
//! # Ok(())
//! # }
//! ```
//!
//! [authorizing]: https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
//! [user]: https://docs.github.com/en/rest/users/users#get-the-authenticated-user
//! [issues]: https://docs.github.com/en/rest/issues/issues#list-issues-assigned-to-the-authenticated-user
//! [oauth-applications]: https://docs.github.com/en/rest/apps/oauth-applications

mod account;
mod api;
mod app;
mod authorize;
mod call;
mod exchange;
mod failure;
mod issues;
mod page;
mod pkce;
mod refusal;
mod revoke;
mod server;
mod store;
mod user;

use std::sync::Arc;
use std::time::Duration;

use url::Url;

pub use account::Account;
pub use app::OAuthApp;
pub use call::Call;
pub use failure::{Endpoint, Failure};
pub use store::Expiry;

pub use super::browser::BrowserError;
use super::{
    browser::{Browser, Button},
    host::{Host, Port},
};
use server::Server;

/// A running stand-in for GitHub; see the [module](self).
#[derive(Debug)]
pub struct GitHubStandIn {
    server: Arc<Server>,
    // A call that hangs hangs until this is dropped.
    host: Host,
}

impl GitHubStandIn {
    /// Starts a server that knows one app, on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// When no port can be bound.
    pub async fn start(app: OAuthApp) -> std::io::Result<Self> {
        let port = Port::bind().await?;
        let server = Arc::new(Server::new(app, port.stopped()));
        let host = port.serve(Server::router(&server));
        Ok(Self { server, host })
    }

    /// Where it listens, such as `http://127.0.0.1:41234/`: the value of `POBLYSH_GITHUB_BASE_URL`.
    pub fn base_url(&self) -> &Url {
        self.host.base_url()
    }

    /// Opens an authorize URL as the user's browser would, presses *Authorize*, and returns the callback URL that
    /// GitHub sends the browser to. The callback is not called.
    ///
    /// # Errors
    ///
    /// [`BrowserError`] when there was no consent page to press a button on. An authorize URL that GitHub refuses by
    /// redirecting is no error: its callback URL carries `error`.
    pub async fn approve(&self, authorize_url: &Url) -> Result<Url, BrowserError> {
        Browser.press(Button::Authorize, authorize_url).await
    }

    /// The same, pressing *Cancel*.
    ///
    /// # Errors
    ///
    /// As [`approve`](Self::approve).
    pub async fn deny(&self, authorize_url: &Url) -> Result<Url, BrowserError> {
        Browser.press(Button::Cancel, authorize_url).await
    }

    /// Changes who sits at the browser. Tokens that were handed out before stay with their account.
    pub fn sign_in_as(&self, account: Account) {
        self.server.store().account = account;
    }

    /// Lets time pass for the stand-in, without waiting: a code that was handed out ten minutes ago is refused.
    pub fn advance_clock(&self, by: Duration) {
        self.server.store().advance_clock(by);
    }

    /// From now on the app is one whose user tokens expire, and are refreshed with tokens that are good once.
    ///
    /// <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens>
    pub fn let_tokens_expire(&self, expiry: Expiry) {
        self.server.store().expiry = Some(expiry);
    }

    /// From now on there is this issue or pull request, in GitHub's words; it takes the place of the one with its `id`.
    pub fn has_issue(&self, issue: serde_json::Value) {
        let issues = &mut self.server.store().issues;
        issues.retain(|known| known["id"] != issue["id"]);
        issues.push(issue);
    }

    /// Makes the next `n` calls to an endpoint misbehave, after those that are already set to.
    pub fn fail_next(&self, endpoint: Endpoint, n: usize, failure: Failure) {
        self.server.failures().push(endpoint, n, failure);
    }

    /// What came in so far, oldest first, the browser's requests included.
    pub fn calls(&self) -> Vec<Call> {
        self.server.calls().clone()
    }
}
