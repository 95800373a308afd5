//! Whose tokens they are, and at which sites they are good.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    events::site_name,
    payload::{account_id, host},
};
use crate::{
    model::{ExternalAccount, display_text, web_url},
    provider::{Answer, Identity, ProviderErrorCode, ProviderFailure},
};

/// As many sites as are kept of an account.
const MAX_SITES: usize = 50;

/// `GET /me`, "User identity API", as far as it is read.
#[derive(Deserialize)]
struct Me {
    account_id: String,
    name: Option<String>,
}

/// An entry of `GET /oauth/token/accessible-resources`. A site that has several products has an entry for each.
#[derive(Deserialize)]
struct Resource {
    id: String,
    name: Option<String>,
    url: Option<String>,
    #[serde(default)]
    scopes: Vec<String>,
}

/// A site, as a connection's `metadata.sites` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Site {
    /// The cloud id, under which the site's API is called.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) url: String,
}

impl Site {
    /// The sites of a connection.
    pub(super) fn all(metadata: &Map<String, Value>) -> Vec<Self> {
        let sites = metadata.get("sites").and_then(Value::as_array);
        sites.into_iter().flatten().filter_map(|site| Self::deserialize(site).ok()).collect()
    }

    pub(super) fn host(&self) -> Option<String> {
        host(&self.url)
    }
}

pub(super) fn of_user(answer: &Answer) -> Result<Identity, ProviderFailure> {
    let me: Me = read(answer)?;
    let id = account_id(&me.account_id).ok_or_else(|| nonsense(answer))?;
    let name = display_text(me.name.as_deref().unwrap_or_default());
    Ok(Identity {
        account: ExternalAccount {
            id: id.to_owned(),
            name: if name.is_empty() { id.to_owned() } else { name },
            url: None,
        },
        metadata: Map::new(),
        names: Vec::new(),
    })
}

pub(super) fn with_sites(mut identity: Identity, answer: &Answer) -> Result<Identity, ProviderFailure> {
    let resources: Vec<Resource> = read(answer)?;
    let of_jira = resources.into_iter().filter(|it| it.scopes.iter().any(|scope| scope.contains("jira")));
    let sites = of_jira.filter_map(|resource| {
        let url = web_url(resource.url.as_deref()?)?;
        let is_id =
            resource.id.len() <= 64 && resource.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let name = display_text(resource.name.as_deref().unwrap_or_default());
        (is_id && !resource.id.is_empty()).then_some(())?;
        let name = if name.is_empty() { host(&url)? } else { name };
        Some((host(&url)?, Site { id: resource.id, name, url }))
    });
    let sites: BTreeMap<String, Site> = sites.take(MAX_SITES).collect();
    identity.names = sites.keys().map(|host| site_name(host)).collect();
    let sites = serde_json::to_value(sites.into_values().collect::<Vec<_>>());
    identity.metadata.insert("sites".into(), sites.unwrap_or_else(|_| unreachable!("strings are JSON")));
    Ok(identity)
}

fn read<T: for<'de> Deserialize<'de>>(answer: &Answer) -> Result<T, ProviderFailure> {
    if !answer.status.is_success() {
        return Err(failure(answer));
    }
    serde_json::from_slice(&answer.body).map_err(|_| nonsense(answer))
}

fn nonsense(answer: &Answer) -> ProviderFailure {
    ProviderFailure::Answered { status: answer.status.as_u16(), error: None }
}

/// What an answer of the API's is that says no. 401 is said of a token that has expired or was withdrawn; and of one that lacks a
/// scope, which is no reason to think that the grant is gone.
pub(super) fn failure(answer: &Answer) -> ProviderFailure {
    #[derive(Default, Deserialize)]
    struct Said {
        message: String,
    }
    let (status, error) = (answer.status.as_u16(), ProviderErrorCode::of_body(&answer.body));
    let said: Said = serde_json::from_slice(&answer.body).unwrap_or_default();
    if status == 401 && !said.message.contains("scope") {
        ProviderFailure::TokenRefused { status, error }
    } else {
        ProviderFailure::Answered { status, error }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &Value) -> Answer {
        let status = status.try_into().unwrap();
        Answer { status, headers: http::HeaderMap::new(), body: body.to_string().into_bytes() }
    }

    fn me() -> Identity {
        of_user(&answer(200, &json!({"account_id": "5b10ac8d82e05b22cc7d4ef5", "name": " Mia\u{0}"}))).unwrap()
    }

    #[test]
    fn only_sites_that_have_jira_count_each_once() {
        let resources = json!([
            {"id": "c-1", "name": "acme", "url": "https://acme.atlassian.net", "scopes": ["read:jira-work"]},
            {"id": "c-1", "name": "acme", "url": "https://acme.atlassian.net", "scopes": ["read:confluence-content.all"]},
            {"id": "c-1", "name": "acme", "url": "https://acme.atlassian.net", "scopes": ["manage:jira-webhook"]},
            {"id": "c-2", "name": "wiki", "url": "https://wiki.atlassian.net", "scopes": ["read:confluence-user"]},
            {"id": "c-3", "url": "https://B.atlassian.net", "scopes": ["read:jira-work"]},
            {"id": "../x", "name": "x", "url": "https://x.atlassian.net", "scopes": ["read:jira-work"]},
            {"id": "c-4", "name": "x", "url": "javascript:alert(1)", "scopes": ["read:jira-work"]},
            {"id": "c-5", "name": null, "url": null, "scopes": ["read:jira-work"]},
        ]);
        let identity = with_sites(me(), &answer(200, &resources)).unwrap();
        assert_eq!((identity.account.id.as_str(), identity.account.name.as_str()), ("5b10ac8d82e05b22cc7d4ef5", "Mia"));
        assert_eq!(identity.names, ["site:acme.atlassian.net", "site:b.atlassian.net"]);
        let sites = Site::all(&identity.metadata);
        let site = |id: &str, name: &str, url: &str| Site { id: id.into(), name: name.into(), url: url.into() };
        let expected = [
            site("c-1", "acme", "https://acme.atlassian.net/"),
            site("c-3", "b.atlassian.net", "https://b.atlassian.net/"),
        ];
        assert_eq!(sites, expected);
    }

    #[test]
    fn what_is_no_account_is_none() {
        for body in [json!({}), json!([]), json!({"account_id": "site:x"}), json!({"account_id": 7})] {
            let told = of_user(&answer(200, &body));
            assert!(matches!(told, Err(ProviderFailure::Answered { status: 200, error: None })), "{body}: {told:?}");
        }
        let refused = of_user(&answer(401, &json!({"code": 401, "message": "Unauthorized"})));
        assert!(matches!(refused, Err(ProviderFailure::TokenRefused { status: 401, .. })), "{refused:?}");
        let without_scope =
            of_user(&answer(401, &json!({"code": 401, "message": "Unauthorized; scope does not match"})));
        assert!(matches!(without_scope, Err(ProviderFailure::Answered { status: 401, .. })), "{without_scope:?}");
        let forbidden = with_sites(me(), &answer(403, &json!({})));
        assert!(matches!(forbidden, Err(ProviderFailure::Answered { status: 403, .. })), "{forbidden:?}");
    }
}
