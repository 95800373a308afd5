//! A stand-in for Slack's OAuth pages and the methods of its Web API that an installed app's tokens need.
//!
//! | endpoint | documentation |
//! |---|---|
//! | `GET /oauth/v2/authorize` | [Installing with OAuth][installing] |
//! | `POST /api/oauth.v2.access` | [`oauth.v2.access`](https://docs.slack.dev/reference/methods/oauth.v2.access) |
//! | `POST /api/auth.test` | [`auth.test`](https://docs.slack.dev/reference/methods/auth.test) |
//! | `POST /api/auth.revoke` | [`auth.revoke`](https://docs.slack.dev/reference/methods/auth.revoke) |
//!
//! Every method answers HTTP 200, and says in `ok` whether it did what it was asked
//! (<https://docs.slack.dev/apis/web-api#responses>). Users' tokens, token rotation, PKCE and installations for a whole
//! organization are left out.
//!
//! ```
//! use connectors_examples::standin::slack::SlackStandIn;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let slack = SlackStandIn::start("client-id", "client-secret", ["http://127.0.0.1:9/callback"]).await?;
//!
//! let query = "oauth/v2/authorize?client_id=client-id&scope=channels:history,reactions:read&state=xyz";
//! let callback = slack.approve(&slack.base_url().join(query)?).await?;
//!
//! assert_eq!(callback.path(), "/callback");
//! assert!(callback.query_pairs().any(|(name, value)| name == "state" && value == "xyz"));
//! assert!(callback.query_pairs().any(|(name, _)| name == "code"));
//! # Ok(())
//! # }
//! ```
//!
//! [installing]: https://docs.slack.dev/authentication/installing-with-oauth

mod authorize;
mod failure;
mod page;
mod server;
mod store;
mod web_api;

use std::{sync::Arc, time::Duration};

use url::Url;

pub use failure::{Failure, Method};
pub use store::Workspace;

use super::{
    browser::{Browser, BrowserError, Button},
    host::{Host, Port},
};
use server::Server;

/// A running stand-in for Slack, which knows one app; see the [module](self).
#[derive(Debug)]
pub struct SlackStandIn {
    server: Arc<Server>,
    host: Host,
}

impl SlackStandIn {
    /// Starts a server on a free port of 127.0.0.1, for an app with these redirect URLs.
    ///
    /// # Errors
    /// When no port can be bound.
    ///
    /// # Panics
    /// When one of the redirect URLs is not absolute.
    pub async fn start<R: AsRef<str>>(
        client_id: &str,
        client_secret: &str,
        redirect_urls: impl IntoIterator<Item = R>,
    ) -> std::io::Result<Self> {
        let port = Port::bind().await?;
        let redirect_urls = redirect_urls.into_iter();
        let redirect_urls = redirect_urls.map(|url| Url::parse(url.as_ref()).expect("a redirect URL is absolute"));
        let server = Arc::new(Server::new(client_id, client_secret, redirect_urls.collect()));
        let host = port.serve(Server::router(&server));
        Ok(Self { server, host })
    }

    /// Where it listens, such as `http://127.0.0.1:41234/`: the value of `POBLYSH_SLACK_BASE_URL`.
    pub fn base_url(&self) -> &Url {
        self.host.base_url()
    }

    /// Opens an authorize URL as the user's browser would, presses *Allow*, and returns the URL that Slack sends the browser
    /// to. It is not called.
    ///
    /// # Errors
    /// [`BrowserError`] when there was no page to press a button on: Slack shows what is wrong with an authorize URL, and
    /// redirects nobody.
    pub async fn approve(&self, authorize_url: &Url) -> Result<Url, BrowserError> {
        Browser.press(Button::Authorize, authorize_url).await
    }

    /// The same, pressing *Cancel*.
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub async fn deny(&self, authorize_url: &Url) -> Result<Url, BrowserError> {
        Browser.press(Button::Cancel, authorize_url).await
    }

    /// Changes the workspace to which the user at the browser is signed in.
    pub fn sign_in_to(&self, workspace: Workspace) {
        self.server.store().workspace = workspace;
    }

    /// From now on the app has token rotation turned on: its tokens live so long, and are refreshed.
    ///
    /// <https://docs.slack.dev/authentication/using-token-rotation>
    pub fn rotate_tokens(&self, lifetime: std::time::Duration) {
        self.server.store().token_lifetime = Some(lifetime);
    }

    /// Somebody uninstalls the app from a workspace, which ends its bot token.
    pub fn uninstall(&self, workspace_id: &str) {
        self.server.store().uninstall(workspace_id);
    }

    /// Lets time pass for the stand-in, without waiting: a code that was handed out ten minutes ago is refused.
    pub fn advance_clock(&self, by: Duration) {
        self.server.store().advance_clock(by);
    }

    /// Makes the next `n` calls of a method fail, after those that are already set to.
    pub fn fail_next(&self, method: Method, n: usize, failure: Failure) {
        self.server.failures().push(method, n, failure);
    }

    /// The methods that were called so far, oldest first.
    pub fn calls(&self) -> Vec<Method> {
        self.server.calls().clone()
    }
}
