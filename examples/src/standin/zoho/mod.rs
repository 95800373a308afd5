//! A stand-in for Zoho: the accounts in two of its data centers, and what Zoho Cliq and Zoho Mail need of them.
//!
//! | endpoint | documentation |
//! |---|---|
//! | `GET /{accounts}/oauth/v2/auth`, `POST /{accounts}/oauth/v2/token` | [Using Multi DC][multi-dc], [Access token][token] |
//! | `POST /{accounts}/oauth/v2/token/revoke` | [Revoke refresh token][revoke] |
//! | `GET /{accounts}/oauth/user/info` | the user info of Zoho Accounts, for the scope `AaaServer.profile.READ` |
//! | `GET /{mail}/api/accounts` and what is below | [Zoho Mail's API][mail] |
//!
//! Zoho's hosts are folders here: `accounts.zoho.com`, `accounts.zoho.eu`, `mail.zoho.com` and `mail.zoho.eu`. Tokens of one data
//! center are unknown in the other.
//!
//! ```
//! use connectors_examples::standin::zoho::{DataCenter, User, ZohoStandIn};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let zoho = ZohoStandIn::start("client-id", "client-secret", ["http://127.0.0.1:9/callback"]).await?;
//! zoho.sign_in_as(User { center: DataCenter::Europe, ..User::default() });
//!
//! let query = "response_type=code&client_id=client-id&scope=AaaServer.profile.READ&redirect_uri=http://127.0.0.1:9/callback";
//! let page = zoho.base_url().join(&format!("accounts.zoho.com/oauth/v2/auth?{query}&state=xyz"))?;
//! let callback = zoho.approve(&page).await?;
//!
//! let server = zoho.base_url().join("accounts.zoho.eu")?;
//! assert!(callback.query_pairs().any(|(name, value)| name == "location" && value == "eu"));
//! assert!(callback.query_pairs().any(|(name, value)| name == "accounts-server" && value == server.as_str()));
//! # Ok(())
//! # }
//! ```
//!
//! [multi-dc]: https://www.zoho.com/accounts/protocol/oauth/multi-dc/client-authorization.html
//! [token]: https://www.zoho.com/accounts/protocol/oauth/web-apps/access-token.html
//! [revoke]: https://www.zoho.com/accounts/protocol/oauth/web-apps/revoke-token.html
//! [mail]: https://www.zoho.com/mail/help/api/

mod accounts;
mod authorize;
mod failure;
mod mail;
mod page;
mod server;
mod store;

use std::{sync::Arc, time::Duration};

use url::Url;

pub use failure::{Endpoint, Failure};
pub use store::{DataCenter, Email, User};

use super::{
    browser::{Browser, BrowserError, Button},
    host::{Host, Port},
};
use server::Server;
use store::Folder;

/// A running stand-in for Zoho, which knows one app; see the [module](self).
#[derive(Debug)]
pub struct ZohoStandIn {
    server: Arc<Server>,
    host: Host,
}

impl ZohoStandIn {
    /// Starts a server on a free port of 127.0.0.1, for an app with these redirect URLs.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start<R: Into<String>>(
        client_id: &str,
        client_secret: &str,
        redirect_urls: impl IntoIterator<Item = R>,
    ) -> std::io::Result<Self> {
        let port = Port::bind().await?;
        let redirect_urls = redirect_urls.into_iter().map(Into::into).collect();
        let server = Arc::new(Server::new(port.base_url().clone(), client_id, client_secret, redirect_urls));
        let host = port.serve(Server::router(&server));
        Ok(Self { server, host })
    }

    /// Where it listens, such as `http://127.0.0.1:41234/`: the value of `POBLYSH_ZOHO_MAIL_BASE_URL`.
    pub fn base_url(&self) -> &Url {
        self.host.base_url()
    }

    /// Opens an authorize URL as the user's browser would, presses *Accept*, and returns the URL that Zoho sends the browser to.
    /// It is not called.
    ///
    /// # Errors
    /// [`BrowserError`] when there was no page to press a button on.
    pub async fn approve(&self, authorize_url: &Url) -> Result<Url, BrowserError> {
        Browser.press(Button::Authorize, authorize_url).await
    }

    /// The same, pressing *Reject*.
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub async fn deny(&self, authorize_url: &Url) -> Result<Url, BrowserError> {
        Browser.press(Button::Cancel, authorize_url).await
    }

    /// Changes who is signed in at the browser.
    pub fn sign_in_as(&self, user: User) {
        self.server.store().user = user;
    }

    /// The user who is signed in sends an email.
    pub fn send(&self, email: Email) {
        self.server.store().put(Folder::Sent, email);
    }

    /// An email comes to the user who is signed in.
    pub fn receive(&self, email: Email) {
        self.server.store().put(Folder::Inbox, email);
    }

    /// An email is deleted from its folder.
    pub fn delete(&self, id: u64) {
        self.server.store().delete(id);
    }

    /// Lets time pass for the stand-in, without waiting: codes and access tokens get old.
    pub fn advance_clock(&self, by: Duration) {
        self.server.store().advance_clock(by);
    }

    /// Makes the next `n` calls of an endpoint fail, after those that are already set to.
    pub fn fail_next(&self, endpoint: Endpoint, n: usize, failure: Failure) {
        self.server.failures().push(endpoint, n, failure);
    }

    /// The endpoints that were called so far, each with the host that was meant, oldest first. The pages that users see are not
    /// among them.
    pub fn calls(&self) -> Vec<(String, Endpoint)> {
        self.server.calls().clone()
    }
}
