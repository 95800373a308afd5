//! Slack's Web API: every answer is HTTP 200, and `ok` says whether it is one.

use serde::Deserialize;
use serde_json::{Map, json};
use url::Url;

use crate::{
    model::{ExternalAccount, Secret, display_text, web_url},
    provider::{
        Answer, Identity, ProviderErrorCode, ProviderFailure, ProviderHttp,
        slack::payload::{Id, id},
    },
};

/// What Slack says of a bot token that does not work any more: the page of `auth.test`.
const GONE: &[&str] = &["account_inactive", "invalid_auth", "token_revoked"];

#[derive(Default, Deserialize)]
#[serde(default)]
struct AuthTest {
    ok: bool,
    url: Option<String>,
    team: Option<String>,
    team_id: Option<Id>,
    user_id: Option<Id>,
    bot_id: Option<Id>,
    enterprise_id: Option<Id>,
    is_enterprise_install: bool,
}

#[derive(Deserialize)]
struct Said {
    ok: bool,
}

/// Calls a method that takes a token and nothing else.
pub(super) async fn call(http: &ProviderHttp, url: Url, token: &Secret) -> Result<Answer, ProviderFailure> {
    let request = http.client().post(url).bearer_auth(token.expose()).build();
    http.send(request.map_err(ProviderFailure::Unreachable)?).await
}

/// Whose bot token it is, as `auth.test` tells: the workspace's, or the organization's that installed the app for all.
pub(super) fn identity(answer: &Answer) -> Result<Identity, ProviderFailure> {
    let test: AuthTest = match serde_json::from_slice(&answer.body) {
        Ok(AuthTest { ok: true, .. }) if !answer.status.is_success() => return Err(failure(answer)),
        Ok(test @ AuthTest { ok: true, .. }) => test,
        _ => return Err(failure(answer)),
    };
    let account = if test.is_enterprise_install { &test.enterprise_id } else { &test.team_id };
    // A user's token has no bot; events would then come in that user's name.
    let (Some(account), Some(_)) = (id(account.as_ref()), id(test.bot_id.as_ref())) else {
        return Err(failure(answer));
    };
    let mut metadata = Map::new();
    for (name, value) in [("bot_user_id", &test.user_id), ("enterprise_id", &test.enterprise_id)] {
        metadata.extend(id(value.as_ref()).map(|value| (name.to_owned(), json!(value))));
    }
    metadata.insert("is_enterprise_install".into(), test.is_enterprise_install.into());
    let name = display_text(test.team.as_deref().unwrap_or_default());
    Ok(Identity {
        account: ExternalAccount {
            id: account.to_owned(),
            name: if name.is_empty() { account.to_owned() } else { name },
            url: test.url.as_deref().and_then(web_url),
        },
        metadata,
        names: Vec::new(),
    })
}

/// Whether `auth.revoke` has made the token useless, or it was already.
pub(super) fn revoked(answer: &Answer) -> Result<(), ProviderFailure> {
    match serde_json::from_slice(&answer.body) {
        Ok(Said { ok: true }) if answer.status.is_success() => Ok(()),
        _ => match failure(answer) {
            ProviderFailure::TokenRefused { .. } => Ok(()),
            failure => Err(failure),
        },
    }
}

fn failure(answer: &Answer) -> ProviderFailure {
    let (status, error) = (answer.status.as_u16(), ProviderErrorCode::of_body(&answer.body));
    match error {
        Some(error) if GONE.contains(&error.as_str()) => ProviderFailure::TokenRefused { status, error: Some(error) },
        error => ProviderFailure::Answered { status, error },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn answered(status: u16, body: &Value) -> Result<Identity, ProviderFailure> {
        let status = status.try_into().unwrap();
        identity(&Answer { status, headers: http::HeaderMap::new(), body: body.to_string().into_bytes() })
    }

    #[test]
    fn an_app_that_is_installed_for_an_organization_is_the_organizations() {
        let test = json!({
            "ok": true, "url": "javascript:alert(1)", "team": " ", "team_id": "T1", "user_id": "U1", "bot_id": "B1",
            "enterprise_id": "E1", "is_enterprise_install": true,
        });
        let Identity { account, metadata, names: _ } = answered(200, &test).unwrap();
        assert_eq!((account.id.as_str(), account.name.as_str(), account.url), ("E1", "E1", None));
        let expected = json!({"bot_user_id": "U1", "enterprise_id": "E1", "is_enterprise_install": true});
        assert_eq!(Value::Object(metadata), expected);
    }

    #[test]
    fn a_token_that_is_no_bots_or_whose_workspace_is_not_told_is_none() {
        for test in [
            json!({"ok": true, "team_id": "T1", "user_id": "U1"}),
            json!({"ok": true, "team_id": "T\u{0}1", "user_id": "U1", "bot_id": "B1"}),
            json!({"ok": true, "bot_id": "B1"}),
            json!({"ok": "yes"}),
            json!([]),
        ] {
            let told = answered(200, &test);
            assert!(matches!(told, Err(ProviderFailure::Answered { status: 200, error: None })), "{test}: {told:?}");
        }
        let failed = answered(404, &json!({"ok": true, "team_id": "T1", "bot_id": "B1"}));
        assert!(matches!(failed, Err(ProviderFailure::Answered { status: 404, .. })), "{failed:?}");
        let gone = answered(200, &json!({"ok": false, "error": "account_inactive"}));
        assert!(matches!(gone, Err(ProviderFailure::TokenRefused { status: 200, .. })), "{gone:?}");
    }
}
