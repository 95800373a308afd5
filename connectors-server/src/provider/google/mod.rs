//! Google: Drive, Calendar and Gmail, which share OAuth, accounts and grants.
//!
//! None of them delivers what has changed: a delivery rings, and the change is read from the API. What is Google's own stands
//! here and in [`oauth`], [`api`] and [`channels`]; what is a product's own, in its module.
//!
//! Sources, all of Google's documentation: "Using OAuth 2.0 for Web Server Applications", "OpenID Connect", "Handle errors" of the
//! Drive API, and those that the products' modules name.

mod api;
mod calendar;
mod channels;
mod drive;
mod gmail;
mod id_token;
mod oauth;

use std::fmt;

use async_trait::async_trait;
use url::Url;

use super::{
    Answer, Api, AuthorizeRequest, CodeExchange, Delivery, Descriptor, Event, Fetcher, Grant, Identity, Interpretation,
    Malformed, Provider, ProviderFailure, ProviderHttp, Refusals, Subscriber, Voucher,
};
use crate::{
    config::{OAuthApp, ProviderConfig},
    model::{Secret, Timestamp},
};

/// Google Drive.
pub(super) static DRIVE: Google = Google { descriptor: &drive::DESCRIPTOR, product: &drive::Drive };

/// Google Calendar.
pub(super) static CALENDAR: Google = Google { descriptor: &calendar::DESCRIPTOR, product: &calendar::Calendar };

/// Gmail.
pub(super) static GMAIL: Google = Google { descriptor: &gmail::DESCRIPTOR, product: &gmail::Gmail };

/// A product of Google's.
pub(super) struct Google {
    descriptor: &'static Descriptor,
    product: &'static dyn Product,
}

impl fmt::Debug for Google {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Google({})", self.descriptor.name)
    }
}

/// What the products don't share.
#[async_trait]
trait Product: Subscriber + Fetcher {
    /// Asks whose tokens these are.
    async fn identify(&self, api: Api<'_>, grant: &Grant) -> Result<Identity, ProviderFailure>;

    /// Reads whose tokens they are out of Google's answer.
    fn identity(&self, answer: &Answer) -> Result<Identity, ProviderFailure>;

    /// Reads a delivery, which says no more than that something has changed.
    fn parse(&self, delivery: &Delivery<'_>) -> Result<Event, Malformed>;

    /// What a delivery means.
    fn interpret(&self, event: &Event) -> Interpretation;

    /// Whether a delivery was signed by Google, where that takes asking for its keys.
    async fn vouches(&self, _: &ProviderHttp, _: &ProviderConfig, _: &Delivery<'_>, _: Timestamp) -> bool {
        false
    }

    /// As a fetcher.
    fn fetcher(&self) -> &dyn Fetcher;

    /// As a subscriber.
    fn subscriber(&self) -> &dyn Subscriber;
}

/// How Google refuses a code: "Exchange authorization code for refresh and access tokens".
const REFUSALS: Refusals =
    Refusals { code: "invalid_grant", redirect_uri: "redirect_uri_mismatch", others: &[oauth::INSUFFICIENT_SCOPE] };

/// The products' variables fall back to those of `POBLYSH_GOOGLE_…`.
const FAMILY: Option<&str> = Some("google");

/// Where Google's endpoints live: on hosts of their own, or all at the configured base URL.
#[derive(Debug)]
struct Endpoints<'a>(Option<&'a Url>);

impl<'a> Endpoints<'a> {
    fn of(config: &'a ProviderConfig) -> Self {
        Self(config.base_url.as_ref())
    }

    fn at(&self, host: &str, path: &str) -> Url {
        let own = || Url::parse(host).unwrap_or_else(|_| unreachable!("{host} is a URL"));
        let base = self.0.cloned().unwrap_or_else(own);
        base.join(path).unwrap_or_else(|_| unreachable!("{path} is a relative path"))
    }

    fn accounts(&self, path: &str) -> Url {
        self.at("https://accounts.google.com/", path)
    }

    fn oauth(&self, path: &str) -> Url {
        self.at("https://oauth2.googleapis.com/", path)
    }

    fn openid(&self, path: &str) -> Url {
        self.at("https://openidconnect.googleapis.com/", path)
    }

    fn gmail(&self, path: &str) -> Url {
        self.at("https://gmail.googleapis.com/", path)
    }

    /// Drive, Calendar, and the keys of Google's tokens.
    fn apis(&self, path: &str) -> Url {
        self.at("https://www.googleapis.com/", path)
    }
}

#[async_trait]
impl Provider for Google {
    fn descriptor(&self) -> &'static Descriptor {
        self.descriptor
    }

    fn issuers(&self, _: &ProviderConfig) -> Vec<String> {
        vec![oauth::ISSUER.to_owned()]
    }

    fn authorize_url(&self, config: &ProviderConfig, app: &OAuthApp, request: &AuthorizeRequest<'_>) -> Url {
        oauth::authorize_url(config, app, request)
    }

    async fn exchange_code(&self, api: Api<'_>, exchange: &CodeExchange<'_>) -> Result<Grant, ProviderFailure> {
        oauth::exchange_code(api, exchange, self.descriptor).await
    }

    async fn refresh(&self, api: Api<'_>, _: &Grant, refresh_token: &Secret) -> Result<Grant, ProviderFailure> {
        oauth::refresh(api, refresh_token).await
    }

    fn subscriber(&self) -> Option<&dyn Subscriber> {
        Some(self.product.subscriber())
    }

    fn fetcher(&self) -> Option<&dyn Fetcher> {
        Some(self.product.fetcher())
    }

    async fn identify(&self, api: Api<'_>, grant: &Grant) -> Result<Identity, ProviderFailure> {
        self.product.identify(api, grant).await
    }

    fn identity(&self, answer: &Answer) -> Result<Identity, ProviderFailure> {
        self.product.identity(answer)
    }

    /// By the refresh token, if there is one: an access token that has expired can't be used to revoke.
    async fn revoke_token(&self, api: Api<'_>, grant: &Grant) -> Result<(), ProviderFailure> {
        oauth::revoke(api, grant.refresh_token.as_ref().unwrap_or(&grant.access_token)).await
    }

    async fn vouches(
        &self,
        http: &ProviderHttp,
        config: &ProviderConfig,
        delivery: &Delivery<'_>,
        now: Timestamp,
    ) -> bool {
        self.product.vouches(http, config, delivery, now).await
    }

    fn parse(&self, delivery: &Delivery<'_>, _: Voucher) -> Result<Event, Malformed> {
        self.product.parse(delivery)
    }

    fn interpret(&self, event: &Event) -> Interpretation {
        self.product.interpret(event)
    }
}
