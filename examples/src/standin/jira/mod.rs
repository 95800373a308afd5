//! A stand-in for Atlassian's sign-in and the parts of its APIs that a Jira app needs, all on one host.
//!
//! | endpoint | documentation |
//! |---|---|
//! | `GET /authorize`, `POST /oauth/token`, `GET /oauth/token/accessible-resources` | [OAuth 2.0 (3LO) apps][3lo] |
//! | `GET /me` | [User identity API][me] |
//! | `…/ex/jira/{cloud_id}/rest/api/3/webhook` | [Webhooks][webhooks] |
//! | `GET …/ex/jira/{cloud_id}/rest/api/3/search/jql` | [Issue search][search] |
//!
//! What the documentation does not say is left out: there is no endpoint that takes a token back, and callbacks carry no `iss`.
//!
//! ```
//! use connectors_examples::standin::jira::JiraStandIn;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let jira = JiraStandIn::start("client-id", "client-secret", ["http://127.0.0.1:9/callback"]).await?;
//!
//! let query = "authorize?audience=api.atlassian.com&client_id=client-id&scope=read:me%20offline_access&state=xyz\
//!              &redirect_uri=http://127.0.0.1:9/callback&response_type=code&prompt=consent";
//! let callback = jira.approve(&jira.base_url().join(query)?).await?;
//!
//! assert_eq!(callback.path(), "/callback");
//! assert!(callback.query_pairs().any(|(name, value)| name == "state" && value == "xyz"));
//! assert!(callback.query_pairs().any(|(name, _)| name == "code"));
//! # Ok(())
//! # }
//! ```
//!
//! [3lo]: https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/
//! [me]: https://developer.atlassian.com/cloud/jira/platform/user-identity-api/
//! [webhooks]: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-webhooks/
//! [search]: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/

mod authorize;
mod failure;
mod page;
mod search;
mod server;
mod store;
mod token;
mod user;
mod webhooks;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use http::HeaderMap;
use serde_json::Value;
use url::Url;

pub use failure::{Endpoint, Failure};
pub use store::{Account, Site, Webhook};

use super::{
    browser::{Browser, BrowserError, Button},
    host::{Host, Port},
};
use crate::recorded::jira::JiraDelivery;
use server::Server;

/// A running stand-in for Atlassian, which knows one app; see the [module](self).
#[derive(Debug)]
pub struct JiraStandIn {
    server: Arc<Server>,
    host: Host,
}

impl JiraStandIn {
    /// Starts a server on a free port of 127.0.0.1, for an app with these callback URLs.
    ///
    /// # Errors
    /// When no port can be bound.
    ///
    /// # Panics
    /// When one of the callback URLs is not absolute.
    pub async fn start<R: AsRef<str>>(
        client_id: &str,
        client_secret: &str,
        redirect_urls: impl IntoIterator<Item = R>,
    ) -> std::io::Result<Self> {
        let port = Port::bind().await?;
        let redirect_urls = redirect_urls.into_iter();
        let redirect_urls = redirect_urls.map(|url| Url::parse(url.as_ref()).expect("a callback URL is absolute"));
        let server = Arc::new(Server::new(client_id, client_secret, redirect_urls.collect()));
        let host = port.serve(Server::router(&server));
        Ok(Self { server, host })
    }

    /// Where it listens, such as `http://127.0.0.1:41234/`: the value of `POBLYSH_JIRA_BASE_URL`.
    pub fn base_url(&self) -> &Url {
        self.host.base_url()
    }

    /// Opens an authorize URL as the user's browser would, presses *Accept*, and returns the URL that Atlassian sends the browser
    /// to. It is not called.
    ///
    /// # Errors
    /// [`BrowserError`] when there was no page to press a button on: Atlassian shows what is wrong with an authorize URL, and
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

    /// Changes who is at the browser.
    pub fn sign_in_as(&self, account: Account) {
        self.server.store().account = account;
    }

    /// Changes the sites that there are, all of which users have.
    pub fn set_sites(&self, sites: impl IntoIterator<Item = Site>) {
        self.server.store().sites = sites.into_iter().collect();
    }

    /// A user withdraws the app's grant, which ends all of its tokens.
    pub fn withdraw(&self, account_id: &str) {
        self.server.store().withdraw(account_id);
    }

    /// All access tokens end before their time; what they were refreshed with stays good.
    pub fn end_access_tokens(&self) {
        self.server.store().end_access_tokens();
    }

    /// Puts an issue at the site with this cloud id, in the place of the one that has its `id`. A search finds it by the
    /// `updated` of its `fields`.
    pub fn has_issue(&self, cloud_id: &str, issue: Value) {
        self.server.store().put_issue(cloud_id, issue);
    }

    /// Changes how many issues a page of a search shows at most, whatever is asked for.
    pub fn set_page_size(&self, size: usize) {
        self.server.store().page_size = size.max(1);
    }

    /// Changes how long a refresh token that was exchanged can be exchanged again, which is ten minutes. None at all is what an
    /// identity provider does that has no leeway.
    pub fn set_leeway(&self, leeway: Duration) {
        self.server.store().leeway = leeway;
    }

    /// Sets the clock, which stands still from then on.
    pub fn set_clock(&self, now: DateTime<Utc>) {
        self.server.store().set_clock(now);
    }

    /// Lets time pass for the stand-in, without waiting: an access token ends after an hour, a webhook after 30 days.
    pub fn advance_clock(&self, by: Duration) {
        self.server.store().advance_clock(by);
    }

    /// The dynamic webhooks that there are.
    pub fn webhooks(&self) -> Vec<Webhook> {
        self.server.store().webhooks().clone()
    }

    /// Loses a webhook, as a site does that is restored from a backup.
    pub fn lose_webhook(&self, id: u64) {
        self.server.store().webhooks().retain(|webhook| webhook.id != id);
    }

    /// The headers with which Jira delivers an event to a dynamic webhook now.
    pub fn signed(&self, delivery: &JiraDelivery, delivery_id: &str) -> HeaderMap {
        delivery.signed_for_the_app(self.server.secret(), delivery_id, self.server.store().now())
    }

    /// Makes the next `n` calls of an endpoint fail, after those that are already set to.
    pub fn fail_next(&self, endpoint: Endpoint, n: usize, failure: Failure) {
        self.server.failures().push(endpoint, n, failure);
    }

    /// The endpoints that were called so far, oldest first.
    pub fn calls(&self) -> Vec<Endpoint> {
        self.server.calls().clone()
    }
}
