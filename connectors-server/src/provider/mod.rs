//! Providers: what the service knows of each third-party service.
//!
//! A provider knows neither HTTP surface nor store. It builds authorize URLs, exchanges codes, identifies and revokes, says
//! how its deliveries are signed, and reads signals out of its events. Adding one is adding a module and a line in `registry.rs`.

mod data_center;
mod delivery;
mod github;
mod google;
mod http;
mod jira;
mod jwt;
mod keys;
mod oauth;
mod registry;
mod rsa;
mod signature;
mod slack;
mod upkeep;
mod zoho;

use std::time::Duration;

use async_trait::async_trait;
use url::Url;

pub use data_center::{DataCenter, UnknownDataCenter};
use delivery::json_object;
pub use delivery::{Account, Delivery, Event, Interpretation, Malformed, Voucher};
pub use http::{Answer, ProviderErrorCode, ProviderFailure, ProviderHttp};
pub use oauth::{Grant, Identity};
pub use registry::{Registry, descriptors};
pub use rsa::is_public_key;
use signature::bearer;
pub use signature::{DeliveryId, Encoding, Handshake, SecretSource, Signature, Signed, SignedTime, WebhookScheme};
pub use upkeep::{Change, Fetched, Fetcher, Session, SubscribeRequest, Subscriber, Subscription, Versions};

use crate::{
    config::{OAuthApp, ProviderConfig, ProviderSetting},
    model::{Secret, SignalKind, Timestamp},
};

/// How the names of an [`Identity`] begin that call what the user granted. Connections of a family's providers that have such a
/// name in common share the grant.
pub const SHARED_GRANT: &str = "grant:";

/// What never changes about a provider.
#[derive(Debug)]
pub struct Descriptor {
    /// The slug.
    pub name: &'static str,
    /// The name to show to people.
    pub display_name: &'static str,
    /// The company whose variables stand in for its own where those are not set: `google` for `POBLYSH_GOOGLE_…`. A grant is
    /// shared by the providers of a family.
    pub family: Option<&'static str>,
    /// Its variables beside those that all providers have.
    pub settings: &'static [ProviderSetting],
    /// The scopes that may be asked for; all of them unless a request names fewer.
    pub scopes: &'static [&'static str],
    /// How its deliveries look.
    pub webhook: WebhookScheme,
    /// The kinds of signal that its events become.
    pub signal_kinds: &'static [SignalKind],
    /// With which error codes it refuses a code.
    pub refusals: Refusals,
    /// How long a code can be exchanged, for whoever plays the provider.
    pub code_lifetime: Duration,
    /// How long its access tokens live, if they end, for whoever plays the provider; what counts is what it says.
    pub token_lifetime: Option<Duration>,
    /// When a token that a connection does not need any more is revoked.
    pub revocation: Revocation,
    /// Its data centers, if users' data are in one of several: the first is the one that they are sent to.
    pub data_centers: &'static [DataCenter],
}

/// The longest that RFC 6749, section 4.1.2, has for the life of a code; what a provider that does not say is taken to mean.
pub(crate) const LONGEST_CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// The error codes with which a provider refuses a code for good.
#[derive(Debug)]
pub struct Refusals {
    /// It is unknown, spent or too old.
    pub code: &'static str,
    /// It was made for another redirect URL (RFC 6749, section 5.2).
    pub redirect_uri: &'static str,
    /// All others.
    pub others: &'static [&'static str],
}

impl Refusals {
    fn contains(&self, error: &ProviderErrorCode) -> bool {
        let error = error.as_str();
        error == self.code || error == self.redirect_uri || self.others.contains(&error)
    }
}

/// When a token is revoked that a connection does not need any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// Once no connection has that very token.
    WithLastUse,
    /// Once no tenant has connected its account: the provider takes back more than the token, or all have the same.
    WithLastConnection,
}

/// A provider as the deployment reaches it.
#[derive(Debug, Clone, Copy)]
pub struct Api<'a> {
    /// The client for providers.
    pub http: &'a ProviderHttp,
    /// What the deployment knows of the provider.
    pub config: &'a ProviderConfig,
    /// The OAuth app.
    pub app: &'a OAuthApp,
}

/// A request to authorize, as the service asks for it. Without `Debug`: it holds the state.
#[expect(missing_debug_implementations, reason = "it holds the state")]
pub struct AuthorizeRequest<'a> {
    /// Where the provider sends the user back to.
    pub redirect_uri: &'a str,
    /// The scopes asked for.
    pub scopes: &'a [String],
    /// The state, which comes back with the user.
    pub state: &'a str,
    /// The S256 challenge of RFC 7636.
    pub code_challenge: &'a str,
}

/// A code to exchange.
#[derive(Debug)]
pub struct CodeExchange<'a> {
    /// The code that the provider gave the user.
    pub code: &'a Secret,
    /// The redirect URI of the authorize request.
    pub redirect_uri: &'a str,
    /// The verifier whose challenge the authorize request carried.
    pub code_verifier: &'a Secret,
    /// Where the callback says that the user's data are, if the provider has several such places.
    pub data_center: Option<&'static DataCenter>,
}

/// A third-party service.
#[async_trait]
pub trait Provider: Send + Sync + std::fmt::Debug {
    /// What never changes about it.
    fn descriptor(&self) -> &'static Descriptor;

    /// The issuers that may stand in `iss` of its callback (RFC 9207).
    fn issuers(&self, config: &ProviderConfig) -> Vec<String>;

    /// Where to send the user.
    fn authorize_url(&self, config: &ProviderConfig, app: &OAuthApp, request: &AuthorizeRequest<'_>) -> Url;

    /// Exchanges a code for tokens.
    async fn exchange_code(&self, api: Api<'_>, exchange: &CodeExchange<'_>) -> Result<Grant, ProviderFailure>;

    /// Exchanges a refresh token for new tokens. Without a refresh token in the answer, the old one stays good.
    async fn refresh(&self, api: Api<'_>, grant: &Grant, refresh_token: &Secret) -> Result<Grant, ProviderFailure>;

    /// How its webhooks are subscribed, if that is done through its API.
    fn subscriber(&self) -> Option<&dyn Subscriber> {
        None
    }

    /// How what has changed is read from it, if its deliveries don't tell it all.
    fn fetcher(&self) -> Option<&dyn Fetcher> {
        None
    }

    /// Asks whose tokens these are.
    async fn identify(&self, api: Api<'_>, grant: &Grant) -> Result<Identity, ProviderFailure>;

    /// Reads whose tokens they are out of the provider's answer.
    fn identity(&self, answer: &Answer) -> Result<Identity, ProviderFailure>;

    /// Adds what the provider's answer to another question tells of them, where [`identify`](Self::identify) asks two.
    fn identity_beside(&self, identity: Identity, _: &Answer) -> Result<Identity, ProviderFailure> {
        Ok(identity)
    }

    /// Makes the tokens useless.
    async fn revoke_token(&self, api: Api<'_>, grant: &Grant) -> Result<(), ProviderFailure>;

    /// Whether the provider signed a delivery whose signature is an [ID token](Signature::IdToken): that takes asking for keys.
    async fn vouches(&self, _: &ProviderHttp, _: &ProviderConfig, _: &Delivery<'_>, _: Timestamp) -> bool {
        false
    }

    /// Parses the delivery's body. What it says of the account counts as far as the voucher reaches.
    fn parse(&self, delivery: &Delivery<'_>, voucher: Voucher) -> Result<Event, Malformed>;

    /// Reads what happened out of an event.
    fn interpret(&self, event: &Event) -> Interpretation;

    /// How its [`fetcher`](Self::fetcher) would call what the event tells of, if it reads the same.
    fn versions(&self, _: &Event) -> Versions {
        Versions::default()
    }
}
