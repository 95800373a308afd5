//! A test that asks for what can't be is told so, at the line where it asks.

use std::time::Duration;

use connectors_mock::{ConnectorsMock, Fault, NewSignal, Operation};
use connectors_server::config::Redirects;
use serde_json::{Value, json};

use crate::panics::{place_of, text_of};

/// Fails unless the expression panics, and names the line of the macro's call.
macro_rules! panics_here {
    ($misuse:expr) => {
        assert_eq!(
            place_of(|| {
                let _ = $misuse;
            }),
            (file!().to_owned(), line!()),
            "{}",
            stringify!($misuse)
        );
    };
}

const STRANGE: &str = "https://github.com/login/oauth/authorize?state=x";

#[tokio::test]
async fn a_seed_that_can_not_be_is_refused_where_it_stands() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    panics_here!(acme.has_connection("gitub"));
    panics_here!(acme.has_connection(json!({"stauts": "revoked"})));
    panics_here!(acme.has_signal(json!({"kind": "pr_merged", "titel": "Add the engine"})));
    panics_here!(acme.receives("gitub", "pr_merged"));
    panics_here!(acme.receives("github", "issue_creatd"));
    panics_here!(acme.receives("github", "ping"));
    panics_here!(acme.webhook_secret("gitub"));
    panics_here!(mock.app_webhook_secret("gitub"));
    acme.has_connection("github");
    panics_here!(acme.has_connection("github"));
    let taken = acme.has_signal("pr_merged").id;
    panics_here!(acme.has_signal(json!({"kind": "pr_merged", "id": taken})));
    panics_here!(mock.tenant("globex").has_connection(json!({"id": taken})));
}

#[tokio::test]
async fn a_signal_is_of_a_connection_that_its_tenant_has_or_had() {
    let mock = ConnectorsMock::start().await;
    let (acme, globex) = (mock.tenant("acme"), mock.tenant("globex"));
    let (own, others) = (acme.has_connection("github").id, globex.has_connection("github").id);
    let signal = |id| NewSignal::of("pr_merged").connection(id);
    panics_here!(acme.has_signal(signal(others)));
    panics_here!(acme.has_signal(signal("123e4567-e89b-12d3-a456-426614174000".parse().unwrap())));
    acme.client().delete_connection(own).await.unwrap();
    assert_eq!(acme.has_signal(signal(own)).connection_id, Some(own));
}

#[tokio::test]
async fn a_user_who_is_sent_to_nowhere_is_told_where_the_test_sends_them() {
    let mock = ConnectorsMock::start().await;
    let (acme, user) = (mock.tenant("acme"), mock.user());
    let started = acme.client().start_oauth("github").send().await.unwrap();
    panics_here!(user.approves(STRANGE));
    panics_here!(user.approves("no URL"));
    panics_here!(user.approves_as(&acme, STRANGE));
    panics_here!(user.denies(STRANGE));
    panics_here!(user.comes_too_late(STRANGE));
    panics_here!(user.tampers_state(STRANGE));
    panics_here!(user.replays(STRANGE));
    panics_here!(user.replays(&started.authorize_url));
    panics_here!(mock.user().with_page("https://github.com/octocat"));
}

#[tokio::test]
async fn plans_and_questions_fail_where_they_stand() {
    let mock = ConnectorsMock::start().await;
    panics_here!(ConnectorsMock::builder().without_credentials("gitub"));
    panics_here!(ConnectorsMock::builder().rate_limit(0, 1));
    panics_here!(mock.on(Operation::ListSignals).fail_next(1, Fault::provider_timeout("github")));
    panics_here!(mock.on(Operation::GetHealth).reply(200, json!({})));
    for status in [0, 42, 100, 199, 600, 1000] {
        panics_here!(mock.on(Operation::GetHealth).reply_unchecked(status, json!({})));
    }
    panics_here!(mock.on(Operation::ListProviders).tenant(&mock.tenant("acme")));
    panics_here!(mock.assert_journey([Operation::GetHealth]));
    mock.on(Operation::GetServiceInfo).fail_next(1, Fault::rate_limited(Duration::from_secs(1)));
    for _ in 0..2 {
        reqwest::get(mock.url()).await.unwrap();
    }
    panics_here!(mock.assert_backoff_honoured());
    reqwest::get(format!("{}/nope", mock.url())).await.unwrap();
    panics_here!(mock.verify());
}

#[test]
fn what_the_service_does_not_start_with_the_mock_does_not_start_with() {
    let start = ConnectorsMock::builder;
    panics_here!(start().operator_tokens::<String>([]));
    panics_here!(start().operator_tokens([""]));
    panics_here!(start().operator_tokens(["with a space"]));
    panics_here!(start().redirect_uri("https://core.example/callback"));
    panics_here!(start().allow_redirect_uri("https://core.example/callback"));
    for template in [
        "https://core.example/callback",
        "/{provider}",
        "http://core.example/{provider}",
        "https://core.example/{provider}#x",
        "javascript:{provider}",
        "http://10.0.0.1/{provider}",
    ] {
        let problem = Redirects::new(Some(template), &[]).unwrap_err();
        let text = text_of(|| drop(start().redirect_uri(template)));
        assert!(text.ends_with(&format!("`{template}`: it {problem}")), "{text}");
    }
    for template in ["https://core.example/{provider}", "http://[::1]:9/{provider}", "http://localhost/x?y={provider}"]
    {
        Redirects::new(Some(template), &[]).unwrap();
        drop(start().redirect_uri(template));
    }
}

#[tokio::test]
async fn a_seed_of_json_is_judged_field_by_field() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    let signal = |seed: Value| text_of(|| drop(acme.has_signal(seed)));
    let connection = |seed: Value| text_of(|| drop(acme.has_connection(seed)));
    for (text, wrong) in [
        (signal(json!({"kind": "pr_merged", "titel": "x"})), "`titel` is not a field of Signal; did you mean `title`?"),
        (signal(json!({"knd": "pr_merged"})), "`knd` is not a field of Signal; did you mean `kind`?"),
        (
            signal(json!({"kind": "pr_merged", "actor": {"id": "1", "name": "x", "ulr": "https://x.example"}})),
            "`actor`: `ulr` is not a field of Reference; did you mean `url`?",
        ),
        (signal(json!({"kind": 7})), "`kind`: want string, but got number"),
        (signal(json!({"kind": "pr_merged", "url": null})), "`url`: want string, but got null"),
        (connection(json!({"providr": "github"})), "`providr` is not a field of Connection; did you mean `provider`?"),
        (connection(json!({"provider": 7})), "`provider`: want string, but got number"),
        (connection(json!({"external_account": {"id": "1"}})), "`external_account`: missing properties 'name'"),
        (
            signal(json!({"kind": "pr_merged", "url": "javascript:alert(1)"})),
            "`url`: 'javascript:alert(1)' does not match",
        ),
        (
            signal(json!({"kind": "pr_merged", "source": {"id": "1", "name": "x", "url": "ftp://x.example"}})),
            "`source.url`: 'ftp://x.example' does not match",
        ),
        (
            connection(json!({"external_account": {"id": "1", "name": "x", "url": "data:,x"}})),
            "`external_account.url`: 'data:,x' does not match",
        ),
        (connection(json!({"access_token": "x"})), "`access_token` is not a field of Connection"),
    ] {
        assert!(text.starts_with("the contract allows no such ") && text.contains(wrong), "{text}");
    }
    let both = connection(json!({"stauts": "revoked", "created_at": "yesterday"}));
    assert!(both.contains("`stauts`") && both.contains("`created_at`"), "{both}");
    // What was refused has left nothing behind.
    assert!(acme.client().connections().page().await.unwrap().items.is_empty());
    assert!(acme.client().signals().page().await.unwrap().items.is_empty());
}
