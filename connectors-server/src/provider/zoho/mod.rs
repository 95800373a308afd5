//! Zoho: its accounts, which live in data centers all over the world, and the services that are connected with them.
//!
//! Sources, all of Zoho's documentation: "Multi DC support", "Using Multi DC in server and client-based apps", "Access token from
//! refresh token" and "Revoke refresh token" of Zoho Accounts; what is a service's own stands at its module.

mod cliq;
mod mail;
mod oauth;
mod text;

use std::{fmt, time::Duration};

use async_trait::async_trait;
use url::Url;

use super::{
    Answer, Api, AuthorizeRequest, CodeExchange, DataCenter, Delivery, Descriptor, Event, Fetcher, Grant, Identity,
    Interpretation, Malformed, Provider, ProviderFailure, Refusals, Versions, Voucher,
};
use crate::{
    config::{OAuthApp, ProviderConfig},
    model::Secret,
};

/// Zoho Cliq.
pub(super) static CLIQ: Zoho = Zoho { descriptor: &cliq::DESCRIPTOR, product: &cliq::Cliq };

/// Zoho Mail.
pub(super) static MAIL: Zoho = Zoho { descriptor: &mail::DESCRIPTOR, product: &mail::Mail };

/// A service of Zoho's.
pub(super) struct Zoho {
    descriptor: &'static Descriptor,
    product: &'static dyn Product,
}

impl fmt::Debug for Zoho {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zoho({})", self.descriptor.name)
    }
}

/// What the services don't share.
#[async_trait]
trait Product: Send + Sync {
    /// Asks whose tokens these are.
    async fn identify(&self, api: Api<'_>, grant: &Grant) -> Result<Identity, ProviderFailure>;

    /// Reads whose tokens they are out of Zoho's answer.
    fn identity(&self, answer: &Answer) -> Result<Identity, ProviderFailure>;

    /// Parses a delivery's body.
    fn parse(&self, delivery: &Delivery<'_>) -> Result<Event, Malformed>;

    /// What a delivery means.
    fn interpret(&self, event: &Event) -> Interpretation;

    /// How the fetcher would call what a delivery tells of.
    fn versions(&self, _: &Event) -> Versions {
        Versions::default()
    }

    /// How what no delivery tells is read.
    fn fetcher(&self) -> Option<&dyn Fetcher> {
        None
    }
}

/// "Multi DC support"; the names are those of `GET https://accounts.zoho.com/oauth/serverinfo`, and China's, which is run apart.
/// Users are sent to the first.
static DATA_CENTERS: [DataCenter; 9] = [
    DataCenter { location: "us", server: "https://accounts.zoho.com" },
    DataCenter { location: "eu", server: "https://accounts.zoho.eu" },
    DataCenter { location: "in", server: "https://accounts.zoho.in" },
    DataCenter { location: "au", server: "https://accounts.zoho.com.au" },
    DataCenter { location: "jp", server: "https://accounts.zoho.jp" },
    DataCenter { location: "ca", server: "https://accounts.zohocloud.ca" },
    DataCenter { location: "sa", server: "https://accounts.zoho.sa" },
    DataCenter { location: "uk", server: "https://accounts.zoho.uk" },
    DataCenter { location: "cn", server: "https://accounts.zoho.com.cn" },
];

/// Zoho sends them with HTTP 200; the code of another data center is unknown too.
const REFUSALS: Refusals = Refusals { code: "invalid_code", redirect_uri: "invalid_redirect_uri", others: &[] };

/// "Authorization code": it is good for two minutes.
/// <https://www.zoho.com/accounts/protocol/oauth/web-apps/authorization.html>
const CODE_LIFETIME: Duration = Duration::from_secs(2 * 60);

/// "Access token": it is good for an hour.
const TOKEN_LIFETIME: Duration = Duration::from_secs(60 * 60);

#[async_trait]
impl Provider for Zoho {
    fn descriptor(&self) -> &'static Descriptor {
        self.descriptor
    }

    /// Zoho sends no `iss`.
    fn issuers(&self, _: &ProviderConfig) -> Vec<String> {
        Vec::new()
    }

    fn authorize_url(&self, config: &ProviderConfig, app: &OAuthApp, request: &AuthorizeRequest<'_>) -> Url {
        oauth::authorize_url(config, app, request)
    }

    async fn exchange_code(&self, api: Api<'_>, exchange: &CodeExchange<'_>) -> Result<Grant, ProviderFailure> {
        oauth::exchange_code(api, exchange).await
    }

    async fn refresh(&self, api: Api<'_>, grant: &Grant, refresh_token: &Secret) -> Result<Grant, ProviderFailure> {
        oauth::refresh(api, grant, refresh_token).await
    }

    async fn identify(&self, api: Api<'_>, grant: &Grant) -> Result<Identity, ProviderFailure> {
        self.product.identify(api, grant).await
    }

    fn identity(&self, answer: &Answer) -> Result<Identity, ProviderFailure> {
        self.product.identity(answer)
    }

    async fn revoke_token(&self, api: Api<'_>, grant: &Grant) -> Result<(), ProviderFailure> {
        oauth::revoke(api, grant).await
    }

    fn parse(&self, delivery: &Delivery<'_>, _: Voucher) -> Result<Event, Malformed> {
        self.product.parse(delivery)
    }

    fn interpret(&self, event: &Event) -> Interpretation {
        self.product.interpret(event)
    }

    fn versions(&self, event: &Event) -> Versions {
        self.product.versions(event)
    }

    fn fetcher(&self) -> Option<&dyn Fetcher> {
        self.product.fetcher()
    }
}
