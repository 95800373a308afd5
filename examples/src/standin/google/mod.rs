//! A stand-in for Google: its OAuth pages, and the APIs of Drive, Calendar and Gmail as far as they tell what has changed.
//!
//! | endpoint | documentation |
//! |---|---|
//! | `GET /o/oauth2/v2/auth`, `POST /token`, `POST /revoke` | [Using OAuth 2.0 for Web Server Applications][oauth] |
//! | `GET /v1/userinfo` | [OpenID Connect][openid] |
//! | `/drive/v3/changes…`, `/drive/v3/files` | [Retrieve changes][changes] |
//! | `/calendar/v3/calendars/primary/events` | [Synchronize resources efficiently][events] |
//! | `…/watch`, `…/channels/stop` | [Notifications for resource changes][push] |
//! | `/gmail/v1/users/me/…` | [Synchronize clients with Gmail][history], [Configure push notifications][watch] |
//! | `/oauth2/v3/certs` | [Authenticate push subscriptions][signed] |
//!
//! Google spreads these over several hosts; here they are on one. ID tokens, service accounts and domain-wide delegation are left
//! out.
//!
//! ```
//! use connectors_examples::standin::google::GoogleStandIn;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let google = GoogleStandIn::start("client-id", "client-secret", ["http://127.0.0.1:9/callback"]).await?;
//!
//! let mut url = google.base_url().join("o/oauth2/v2/auth?client_id=client-id&response_type=code&scope=openid&state=xyz")?;
//! url.query_pairs_mut().append_pair("redirect_uri", "http://127.0.0.1:9/callback");
//! let callback = google.approve(&url).await?;
//!
//! assert!(callback.query_pairs().any(|(name, value)| name == "state" && value == "xyz"));
//! assert!(callback.query_pairs().any(|(name, _)| name == "code"));
//! # Ok(())
//! # }
//! ```
//!
//! [oauth]: https://developers.google.com/identity/protocols/oauth2/web-server
//! [openid]: https://developers.google.com/identity/openid-connect/openid-connect
//! [changes]: https://developers.google.com/workspace/drive/api/guides/manage-changes
//! [push]: https://developers.google.com/workspace/drive/api/guides/push
//! [events]: https://developers.google.com/workspace/calendar/api/guides/sync
//! [history]: https://developers.google.com/workspace/gmail/api/guides/sync
//! [watch]: https://developers.google.com/workspace/gmail/api/guides/push
//! [signed]: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions

mod authorize;
mod calendar;
mod channels;
mod drive;
mod failure;
mod fields;
mod gmail;
mod page;
mod push;
mod server;
mod store;
mod token;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;
use serde_json::{Value, json};
use url::Url;

pub use calendar::CalendarUser;
pub use channels::{Channel, Watched};
pub use drive::DriveUser;
pub use failure::{Failure, Method};
pub use gmail::GmailUser;
pub use store::Account;

use super::{
    browser::{Browser, BrowserError, Button},
    host::{Host, Port},
};
use server::Server;

/// A running stand-in for Google, which knows one app; see the [module](self).
#[derive(Debug)]
pub struct GoogleStandIn {
    server: Arc<Server>,
    host: Host,
}

impl GoogleStandIn {
    /// Starts a server on a free port of 127.0.0.1, for an app with these redirect URIs.
    ///
    /// # Errors
    /// When no port can be bound.
    ///
    /// # Panics
    /// When one of the redirect URIs is not absolute.
    pub async fn start<R: AsRef<str>>(
        client_id: &str,
        client_secret: &str,
        redirect_uris: impl IntoIterator<Item = R>,
    ) -> std::io::Result<Self> {
        let port = Port::bind().await?;
        let redirect_uris = redirect_uris.into_iter();
        let redirect_uris = redirect_uris.map(|uri| Url::parse(uri.as_ref()).expect("a redirect URI is absolute"));
        let server = Arc::new(Server::new(client_id, client_secret, redirect_uris.collect()));
        let host = port.serve(Server::router(&server));
        Ok(Self { server, host })
    }

    /// Where it listens, such as `http://127.0.0.1:41234/`: the value of `POBLYSH_GOOGLE_BASE_URL`.
    pub fn base_url(&self) -> &Url {
        self.host.base_url()
    }

    /// Opens an authorize URL as the user's browser would, presses *Continue*, and returns the URL that Google sends the browser
    /// to. It is not called.
    ///
    /// # Errors
    /// [`BrowserError`] when there was no page to press a button on: Google shows what is wrong with an authorize URL, and
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

    /// Changes the account that is signed in at the browser, and whose files are changed.
    pub fn sign_in_as(&self, account: Account) {
        self.server.store().account = account;
    }

    /// From now on the user grants all that is asked for but these scopes.
    pub fn unticks<S: Into<String>>(&self, scopes: impl IntoIterator<Item = S>) {
        self.server.store().unticked = scopes.into_iter().map(Into::into).collect();
    }

    /// The user withdraws all that was granted the app, at their account's page.
    pub fn withdraw(&self, sub: &str) {
        self.server.store().withdraw(sub);
    }

    /// Whether the account has granted the app anything.
    pub fn has_grant(&self, sub: &str) -> bool {
        self.server.store().has_grant(sub)
    }

    /// Sets the stand-in's clock.
    pub fn set_clock(&self, now: DateTime<Utc>) {
        self.server.store().set_clock(now);
    }

    /// Lets time pass for the stand-in, without waiting: an access token that was handed out an hour ago is refused.
    pub fn advance_clock(&self, by: Duration) {
        self.server.store().advance_clock(TimeDelta::from_std(by).unwrap_or_default());
    }

    /// Puts no more than this on a page, whatever is asked for.
    pub fn set_page_size(&self, size: usize) {
        self.server.set_page_size(size);
    }

    /// The Drive of the account that is signed in.
    pub fn drive(&self) -> DriveUser<'_> {
        DriveUser(&self.server)
    }

    /// The primary calendar of the account that is signed in.
    pub fn calendar(&self) -> CalendarUser<'_> {
        CalendarUser(&self.server)
    }

    /// The mailbox of the account that is signed in.
    pub fn gmail(&self) -> GmailUser<'_> {
        GmailUser(&self.server)
    }

    /// The body of the push message that announces a change in the mailbox of the account that is signed in, if it is watched.
    pub fn push_message(&self) -> Option<Vec<u8>> {
        let mut store = self.server.store();
        let (now, account) = (store.now(), store.account.clone());
        let mailbox = store.mailboxes.get(&account.sub).filter(|mailbox| mailbox.is_watched(now))?;
        let notice = mailbox.notice(&account.email);
        store.pushed += 1;
        Some(push::body(&notice, 136_969_346_944 + store.pushed).to_string().into_bytes())
    }

    /// The claims of the token with which Pub/Sub signs in as this service account.
    pub fn claims(&self, audience: &str, service_account: &str) -> Value {
        let now = self.server.store().now().timestamp();
        json!({
            "iss": "https://accounts.google.com", "aud": audience, "email": service_account, "email_verified": true,
            "azp": "113774264463038321964", "sub": "113774264463038321964", "iat": now, "exp": now + 3_600,
        })
    }

    /// A token of Google's with these claims, and these changes of its header.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        self.server.keys.sign(header, claims)
    }

    /// From now on another key signs; it and the one before are published.
    pub fn rotate_keys(&self) {
        self.server.keys.rotate();
    }

    /// The public key of the one that signs, which somebody might take for a secret.
    pub fn public_key(&self) -> Vec<u8> {
        self.server.keys.public()
    }

    /// The channels that there are.
    pub fn channels(&self) -> Vec<Channel> {
        self.server.store().channels.0.clone()
    }

    /// What each channel that has not run out is to deliver, and where to: its `sync` message first, then that something has
    /// changed. Bodies are empty.
    pub fn announcements(&self, watched: Watched) -> Vec<(Url, HeaderMap)> {
        let mut store = self.server.store();
        let now = store.now();
        let live = store.channels.0.iter_mut();
        let live = live.filter(|channel| channel.watched == watched && channel.expires_at > now);
        live.map(|channel| (channel.address.clone(), channel.next())).collect()
    }

    /// Sends the [announcements](Self::announcements). The statuses and bodies of the answers.
    ///
    /// # Errors
    /// When an address can't be reached.
    pub async fn ring(&self, watched: Watched) -> Result<Vec<(u16, String)>, reqwest::Error> {
        let mut answers = Vec::new();
        for (address, headers) in self.announcements(watched) {
            let request = reqwest::Client::new().post(address).header("user-agent", "APIs-Google").headers(headers);
            let answer = request.send().await?;
            answers.push((answer.status().as_u16(), answer.text().await?));
        }
        Ok(answers)
    }

    /// Makes the next `n` calls of a method fail, after those that are already set to.
    pub fn fail_next(&self, method: Method, n: usize, failure: Failure) {
        self.server.failures().push(method, n, failure);
    }

    /// Holds the answer to the next call back for so long. It tells what there was when it was asked for.
    pub fn delay_next(&self, delay: Duration) {
        self.server.delay_next(delay);
    }

    /// The methods that were called so far, oldest first.
    pub fn calls(&self) -> Vec<Method> {
        self.server.calls().clone()
    }
}
