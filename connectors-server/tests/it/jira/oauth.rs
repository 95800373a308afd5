//! Connecting, and tokens that rotate.

use std::time::Duration;

use connectors_examples::standin::jira::{Account, Endpoint, Failure};
use connectors_server::provider::{Api, Grant, ProviderFailure, ProviderHttp, Registry};
use serde_json::json;

use super::{MIA, approved, authorize_url, connect, globex};
use crate::harness::{ACME, CLIENT_SECRET, GLOBEX, Service};

async fn refresh(service: &Service, grant: &Grant) -> Result<Grant, ProviderFailure> {
    let config = service.state.service().config().providers.get("jira");
    let (http, app) = (ProviderHttp::new(Duration::from_secs(10)).unwrap(), config.app.clone().unwrap());
    let token = grant.refresh_token.clone().unwrap();
    let api = Api { http: &http, config: &config, app: &app };
    Registry.get("jira").unwrap().refresh(api, grant, &token).await
}

#[tokio::test]
async fn a_user_is_connected_with_the_sites_and_without_pkce() {
    let service = Service::builder().idle().start().await;
    service.jira.set_sites([connectors_examples::standin::jira::Site::default(), globex()]);
    let url = authorize_url(&service, ACME).await;
    let query: Vec<_> = url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let names: Vec<_> = query.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["audience", "client_id", "scope", "redirect_uri", "state", "response_type", "prompt"]);
    assert_eq!(query[0].1, "api.atlassian.com");
    assert_eq!(query[2].1, "manage:jira-webhook offline_access read:jira-work read:me");
    assert_eq!((query[5].1.as_str(), query[6].1.as_str()), ("code", "consent"));
    let connection = connect(&service, ACME).await;
    assert_eq!(connection["external_account"], json!({"id": MIA, "name": "Mia Krystof"}));
    assert_eq!(connection["scopes"], json!(["manage:jira-webhook", "offline_access", "read:jira-work", "read:me"]));
    assert_eq!(connection["expires_at"], "2026-01-02T04:04:05.000000Z");
    assert_eq!(
        connection["metadata"],
        json!({"sites": [
            {"id": "11223344-a1b2-3b33-c444-def123456789", "name": "acme", "url": "https://acme.atlassian.net/"},
            {"id": "99887766-a1b2-3b33-c444-def123456789", "name": "globex", "url": "https://globex.atlassian.net/"},
        ]})
    );
    assert!(!service.database.holds("refresh-").await, "a token");
}

#[tokio::test]
async fn a_user_without_a_site_is_connected_to_none() {
    let service = Service::builder().idle().start().await;
    service.jira.set_sites([]);
    assert_eq!(connect(&service, ACME).await["metadata"], json!({"sites": []}));
}

#[tokio::test]
async fn what_atlassian_refuses_is_refused_and_its_trouble_is_no_word_on_the_code() {
    let service = Service::builder().idle().start().await;
    let made_up = approved(&service, ACME).await.replace("code=", "code=x");
    let refused = service.get(&made_up).send().await.refused("OAUTH_CODE_REJECTED");
    assert_eq!(refused, json!({"provider_error": "invalid_grant"}));
    let denied = service.jira.deny(&authorize_url(&service, ACME).await).await.unwrap();
    let denied = service.get(&format!("/connect/jira/callback?{}", denied.query().unwrap())).send().await;
    assert_eq!(denied.refused("OAUTH_DENIED"), json!({"provider_error": "access_denied"}));
    let late = approved(&service, ACME).await;
    service.jira.advance_clock(Duration::from_secs(600));
    service.get(&late).send().await.refused("OAUTH_CODE_REJECTED");
    for (endpoint, failure, details) in [
        (Endpoint::Code, Failure::Status(503), json!({"provider_status": 503})),
        (
            Endpoint::Code,
            Failure::Error(401, "access_denied"),
            json!({"provider_status": 401, "provider_error": "access_denied"}),
        ),
        (Endpoint::Code, Failure::TooMany(7), json!({"provider_status": 429})),
        (Endpoint::Me, Failure::Status(200), json!({"provider_status": 200})),
        (Endpoint::Me, Failure::Status(401), json!({"provider_status": 401})),
        (Endpoint::AccessibleResources, Failure::Status(500), json!({"provider_status": 500})),
        (Endpoint::AccessibleResources, Failure::Status(403), json!({"provider_status": 403})),
    ] {
        let path = approved(&service, ACME).await;
        service.jira.fail_next(endpoint, 1, failure);
        let mut told = service.get(&path).send().await.refused("PROVIDER_ERROR");
        assert_eq!(told.as_object_mut().unwrap().remove("provider").unwrap(), "jira");
        assert_eq!(told, details, "{endpoint:?} {failure:?}");
    }
    let with_issuer = format!("{}&iss=https%3A%2F%2Fauth.atlassian.com", approved(&service, ACME).await);
    service.get(&with_issuer).send().await.refused("OAUTH_STATE_INVALID");
}

#[tokio::test]
async fn a_wrong_client_secret_is_no_fault_of_the_code() {
    let service = Service::builder().set("POBLYSH_JIRA_CLIENT_SECRET", "another").start().await;
    let told = service.get(&approved(&service, ACME).await).send().await.refused("PROVIDER_ERROR");
    assert_eq!(told["provider_error"], "access_denied");
    assert_ne!("another", CLIENT_SECRET);
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_for_the_leeway_and_then_ends_its_family() {
    let service = Service::builder().idle().start().await;
    let connection = connect(&service, ACME).await;
    let first = service.grant(ACME, connection["id"].as_str().unwrap().parse().unwrap()).await;
    let second = refresh(&service, &first).await.unwrap();
    assert_ne!(second.access_token, first.access_token);
    assert_ne!(second.refresh_token, first.refresh_token);
    assert_eq!(second.expires_in, Some(Duration::from_secs(3_600)));
    // An answer that was lost: within ten minutes the same token is taken again.
    service.advance(Duration::from_secs(599));
    let third = refresh(&service, &first).await.unwrap();
    service.advance(Duration::from_secs(1));
    let refused = |answer: Result<Grant, ProviderFailure>| match answer {
        Err(ProviderFailure::Refused { error }) => error.as_str().to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(refresh(&service, &first).await), "unauthorized_client");
    // That was a token too old, so all that came from the same consent is gone.
    assert_eq!(refused(refresh(&service, &third).await), "unauthorized_client");
    assert_eq!(refused(refresh(&service, &second).await), "unauthorized_client");
    // `invalid_grant` says the same; a busy server does not.
    let again = connect(&service, ACME).await;
    let grant = service.grant(ACME, again["id"].as_str().unwrap().parse().unwrap()).await;
    service.jira.fail_next(Endpoint::Refresh, 1, Failure::Error(400, "invalid_grant"));
    assert_eq!(refused(refresh(&service, &grant).await), "invalid_grant");
    service.jira.fail_next(Endpoint::Refresh, 1, Failure::TooMany(7));
    let busy = refresh(&service, &grant).await;
    let seven = Some(Duration::from_secs(7));
    assert!(
        matches!(busy, Err(ProviderFailure::Busy { status: 429, retry_after, .. }) if retry_after == seven),
        "{busy:?}"
    );
    service.jira.fail_next(Endpoint::Refresh, 1, Failure::Error(401, "access_denied"));
    let misconfigured = refresh(&service, &grant).await;
    assert!(matches!(misconfigured, Err(ProviderFailure::Answered { status: 401, .. })), "{misconfigured:?}");
    refresh(&service, &grant).await.unwrap();
}

#[tokio::test]
async fn a_token_without_use_for_90_days_or_of_a_year_ago_or_of_a_grant_withdrawn_is_refused() {
    let service = Service::builder().idle().start().await;
    service.jira.set_leeway(Duration::ZERO);
    let connected = async || {
        let connection = connect(&service, ACME).await;
        service.grant(ACME, connection["id"].as_str().unwrap().parse().unwrap()).await
    };
    let days = |days: u64| service.advance(Duration::from_secs(days * 24 * 60 * 60));
    let grant = connected().await;
    days(90);
    assert!(refresh(&service, &grant).await.is_err());
    let mut grant = connected().await;
    for _ in 0..4 {
        days(89);
        grant = refresh(&service, &grant).await.unwrap();
    }
    days(9);
    assert!(refresh(&service, &grant).await.is_err());
    let grant = connected().await;
    service.jira.withdraw(MIA);
    assert!(refresh(&service, &grant).await.is_err());
    // Without leeway a token that was lost is lost.
    let grant = connected().await;
    refresh(&service, &grant).await.unwrap();
    assert!(refresh(&service, &grant).await.is_err());
}

#[tokio::test]
async fn disconnecting_asks_nothing_of_atlassian_which_has_no_way_to_take_tokens_back() {
    let service = Service::builder().idle().start().await;
    let connection = connect(&service, ACME).await;
    service.jira.sign_in_as(Account { id: super::EMMA.into(), name: "Emma Richards".into() });
    connect(&service, GLOBEX).await;
    let calls = service.jira.calls().len();
    let path = format!("/connections/{}", connection["id"].as_str().unwrap());
    assert_eq!(service.delete(&path).send().await.status, 204);
    assert_eq!(service.jira.calls().len(), calls);
    let left = service.get("/connections").tenant(GLOBEX).send().await.ok(200);
    assert_eq!(left["connections"][0]["external_account"]["id"], super::EMMA);
}
