//! Zoho Accounts: OAuth 2 in the data center that has the user's data.

use url::Url;

use super::{DATA_CENTERS, REFUSALS};
use crate::{
    config::{OAuthApp, ProviderConfig},
    model::Secret,
    provider::{
        Answer, Api, AuthorizeRequest, CodeExchange, DataCenter, Grant, ProviderErrorCode, ProviderFailure,
        ProviderHttp,
        oauth::{Credentials, OAuthClient},
    },
};

/// Under which name a grant has the location of its data center. The hosts that its tokens go to are looked up by it, so
/// that none is ever taken from an answer (`api_domain`) or a callback.
const LOCATION: &str = "data_center";

/// The hosts of a data center.
pub(super) struct Hosts<'a> {
    config: &'a ProviderConfig,
    center: &'static DataCenter,
}

impl<'a> Hosts<'a> {
    /// The data center in which the tokens are good.
    pub(super) fn of(config: &'a ProviderConfig, grant: &Grant) -> Self {
        let location = grant.extra.get(LOCATION).map(String::as_str);
        let center = DATA_CENTERS.iter().find(|center| Some(center.location) == location);
        Self { config, center: center.unwrap_or(&DATA_CENTERS[0]) }
    }

    pub(super) fn accounts(&self, path: &str) -> Url {
        self.at(self.center.server, path)
    }

    /// "Multiple Data Centers" of Zoho Mail's API: its hosts are called as those of the accounts.
    pub(super) fn mail(&self, path: &str) -> Url {
        self.at(&self.center.server.replace("//accounts.", "//mail."), path)
    }

    fn at(&self, origin: &str, path: &str) -> Url {
        let host = DataCenter::place(origin, self.config.base_url.as_ref());
        host.join(path).unwrap_or_else(|_| unreachable!("{path} is a relative path"))
    }

    fn client<'b>(&self, app: &'b OAuthApp) -> OAuthClient<'b> {
        OAuthClient {
            app,
            authorize_url: self.accounts("oauth/v2/auth"),
            token_url: self.accounts("oauth/v2/token"),
            credentials: Credentials::InBody,
            pkce: false,
        }
    }
}

/// Where to send the user: to the first data center, which sends them on to their own. With `prompt=consent`, since Zoho gives
/// no second refresh token without asking. Zoho documents no PKCE for server-based apps.
pub(super) fn authorize_url(config: &ProviderConfig, app: &OAuthApp, request: &AuthorizeRequest<'_>) -> Url {
    let mut url = Hosts { config, center: &DATA_CENTERS[0] }.accounts("oauth/v2/auth");
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &app.client_id)
        .append_pair("scope", &request.scopes.join(","))
        .append_pair("redirect_uri", request.redirect_uri)
        .append_pair("state", request.state)
        .append_pair("access_type", "offline")
        .append_pair("prompt", "consent");
    url
}

pub(super) async fn exchange_code(api: Api<'_>, exchange: &CodeExchange<'_>) -> Result<Grant, ProviderFailure> {
    let hosts = Hosts { config: api.config, center: exchange.data_center.unwrap_or(&DATA_CENTERS[0]) };
    let mut grant = hosts.client(api.app).exchange_code(api.http, exchange, &REFUSALS).await?;
    grant.extra.insert(LOCATION.to_owned(), hosts.center.location.to_owned());
    Ok(grant)
}

/// The answer has no refresh token: the old one stays good. One that was revoked gets `invalid_code` as a code does.
pub(super) async fn refresh(api: Api<'_>, grant: &Grant, refresh_token: &Secret) -> Result<Grant, ProviderFailure> {
    let hosts = Hosts::of(api.config, grant);
    let mut fresh = hosts.client(api.app).refresh(api.http, refresh_token, &["invalid_code"]).await?;
    fresh.extra.insert(LOCATION.to_owned(), hosts.center.location.to_owned());
    Ok(fresh)
}

/// Ends the refresh token, and with it the access tokens that were made of it.
pub(super) async fn revoke(api: Api<'_>, grant: &Grant) -> Result<(), ProviderFailure> {
    let token = grant.refresh_token.as_ref().unwrap_or(&grant.access_token);
    let mut url = Hosts::of(api.config, grant).accounts("oauth/v2/token/revoke");
    url.query_pairs_mut().append_pair("token", token.expose());
    let answer = api.http.send(api.http.client().post(url).build().map_err(ProviderFailure::Unreachable)?).await?;
    match ProviderErrorCode::of_body(&answer.body) {
        None if answer.status.is_success() => Ok(()),
        // It is unknown by now, which is what was wanted.
        Some(error) if matches!(error.as_str(), "invalid_code" | "invalid_token") => Ok(()),
        _ => Err(answer.failure()),
    }
}

/// Asks an API with an access token, in the scheme of Zoho's own.
pub(super) async fn get(http: &ProviderHttp, url: Url, grant: &Grant) -> Result<Answer, ProviderFailure> {
    http.send(request(http, url, grant)?).await
}

/// The same, for an answer that may be longer.
pub(super) async fn get_long(http: &ProviderHttp, url: Url, grant: &Grant) -> Result<Answer, ProviderFailure> {
    http.send_long(request(http, url, grant)?).await
}

fn request(http: &ProviderHttp, url: Url, grant: &Grant) -> Result<reqwest::Request, ProviderFailure> {
    let token = format!("Zoho-oauthtoken {}", grant.access_token.expose());
    let request = http.client().get(url).header("accept", "application/json").header("authorization", token);
    request.build().map_err(ProviderFailure::Unreachable)
}

/// What an answer is that is not what was asked for. Mail says that a token is not good in `data.errorCode`, with the status 400,
/// 401 or 404.
pub(super) fn failure(answer: &Answer) -> ProviderFailure {
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Said {
        data: Option<Data>,
    }
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Data {
        #[serde(rename = "errorCode")]
        error_code: Option<String>,
    }

    let status = answer.status.as_u16();
    let said: Said = serde_json::from_slice(&answer.body).unwrap_or_default();
    let code = said.data.and_then(|data| data.error_code).and_then(|code| ProviderErrorCode::parse(&code));
    let error = code.or_else(|| ProviderErrorCode::of_body(&answer.body));
    if status == 401 || error.as_ref().is_some_and(|error| error.as_str() == "INVALID_OAUTHTOKEN") {
        return ProviderFailure::TokenRefused { status, error };
    }
    ProviderFailure::Answered { status, error }
}
