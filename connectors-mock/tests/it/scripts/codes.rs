//! Each code that the contract knows is met by a script.

use std::{collections::BTreeSet, num::NonZeroU32};

use serde_json::Value;

use super::{after, connected, delivered, script};
use crate::twin::{
    MockSide, Outage, Secret, ServiceSide, Setup, Step, advance, approve, delete, deny, differences, get, held, outage,
    post, run,
};

const NOBODYS: &str = "123e4567-e89b-12d3-a456-426614174000";

/// Scripts whose last answer has this code.
fn scripts() -> Vec<(&'static str, Setup, Vec<Step>)> {
    let usual = Setup::default;
    let one = NonZeroU32::MIN;
    let json = || post("/connect/github").header("content-type", "application/json");
    vec![
        ("VALIDATION_FAILED", usual(), script![get("/signals?limit=0")].into()),
        ("TENANT_HEADER_REQUIRED", usual(), script![get("/signals").without_tenant()].into()),
        (
            "OAUTH_STATE_INVALID",
            usual(),
            script![
                post("/connect/github").keep("url", "/authorize_url"),
                approve("url", "back"),
                advance(600),
                get("/connect/github/callback?{back}"),
            ]
            .into(),
        ),
        (
            "OAUTH_DENIED",
            usual(),
            script![
                post("/connect/github").keep("url", "/authorize_url"),
                deny("url", "back"),
                get("/connect/github/callback?{back}"),
            ]
            .into(),
        ),
        (
            "OAUTH_CODE_REJECTED",
            usual(),
            script![
                post("/connect/github").keep("state", "/state"),
                get("/connect/github/callback?state={state}&code=made-up"),
            ]
            .into(),
        ),
        ("UNAUTHORIZED", usual(), script![get("/signals").without_token()].into()),
        ("INVALID_SIGNATURE", usual(), script![post("/webhooks/github").anonymous().body("{}")].into()),
        ("PROVIDER_NOT_SUPPORTED", usual(), script![post("/connect/gitub")].into()),
        ("CONNECTION_NOT_FOUND", usual(), script![get(&format!("/connections/{NOBODYS}"))].into()),
        ("SIGNAL_NOT_FOUND", usual(), script![get(&format!("/signals/{NOBODYS}"))].into()),
        ("NOT_FOUND", usual(), script![get("/nope")].into()),
        ("METHOD_NOT_ALLOWED", usual(), script![post("/signals")].into()),
        ("PAYLOAD_TOO_LARGE", usual(), script![json().body(vec![b' '; (1 << 20) + 1])].into()),
        ("UNSUPPORTED_MEDIA_TYPE", usual(), script![post("/connect/github").body("{}")].into()),
        ("PROVIDER_NOT_CONFIGURED", Setup { not_configured: true, ..usual() }, script![post("/connect/github")].into()),
        (
            "RATE_LIMITED",
            Setup { rate_limit: Some((one, one)), ..usual() },
            script![get("/signals"), get("/signals")].into(),
        ),
        (
            "PROVIDER_ERROR",
            usual(),
            script![
                post("/connect/github").keep("url", "/authorize_url"),
                approve("url", "back"),
                outage(Outage::ProviderFails(503)),
                get("/connect/github/callback?{back}"),
            ]
            .into(),
        ),
        ("PROVIDER_TIMEOUT", usual(), a_provider_that_hangs()),
        ("OAUTH_IN_PROGRESS", usual(), a_held_state()),
        ("SERVICE_UNAVAILABLE", usual(), after(vec![outage(Outage::DatabaseGone)], [get("/signals").into()])),
        ("INTERNAL_ERROR", usual(), after(vec![outage(Outage::DatabaseBroken)], [get("/signals").into()])),
    ]
}

fn a_provider_that_hangs() -> Vec<Step> {
    script![
        post("/connect/github").keep("url", "/authorize_url"),
        approve("url", "back"),
        outage(Outage::ProviderHangs),
        get("/connect/github/callback?{back}"),
    ]
    .into()
}

fn a_held_state() -> Vec<Step> {
    script![
        post("/connect/github").keep("url", "/authorize_url"),
        approve("url", "back"),
        held("back"),
        get("/connect/github/callback?{back}"),
    ]
    .into()
}

/// A request to each operation, which the service would answer if its database did, and some that it would refuse.
fn each_operation() -> Vec<Step> {
    let script = script![
        get("/"),
        get("/healthz"),
        get("/readyz"),
        get("/providers"),
        post("/connect/github"),
        get("/connect/github/callback?state=x&code=y"),
        get("/connect/github/callback?state=x&error=access_denied").anonymous(),
        get("/connections"),
        get("/connections/{connection}"),
        delete("/connections/{connection}"),
        get("/signals"),
        get(&format!("/signals/{NOBODYS}")),
        post("/webhooks/github").delivery("push", "1"),
        post("/webhooks/github").anonymous().delivery("push", "1").signed(Secret::App),
        delivered("push", "1"),
        // What can be answered without the database is.
        get("/connect/github/callback?state=x&code=y&iss=https%3A%2F%2Fevil.example"),
        get("/connect/zoho-mail/callback?state=x&code=y&location=mars"),
        post("/webhooks/github/{acme}").anonymous().delivery("ping", "2").signed(Secret::Own("acme")),
        post("/webhooks/github").delivery("ping", "3"),
        post("/webhooks/github/{acme}").anonymous().body("{}").signed(Secret::Own("acme")),
        post("/webhooks/slack").body(r#"{"type": "url_verification", "challenge": "x"}"#),
        // And what can't is not: these have secrets that are asked for.
        post("/webhooks/zoho-mail/{acme}").anonymous().body("{}"),
        post("/webhooks/google-drive").anonymous().header("x-goog-channel-id", "x").header("x-goog-channel-token", "x"),
        post("/webhooks/google-drive"),
        post("/webhooks/github").delivery("push", "4").header("x-connection-id", "{connection}"),
    ];
    let refused = script![
        get("/signals").without_token(),
        get("/signals").without_tenant(),
        post("/signals"),
        get("/signals?limit=0"),
        get("/signals/7"),
        get("/connections?cursor=x"),
        delete("/connections/7"),
        post("/connect/gitub"),
        post("/connect/github").body("{}"),
        get("/connect/github/callback?code=x"),
        post("/webhooks/gitub"),
        post("/webhooks/github").anonymous().delivery("push", "1"),
        post("/webhooks/github").delivery("push", "1").header("x-connection-id", "7"),
        post("/webhooks/github").body("x"),
    ];
    after(script.into(), refused)
}

#[tokio::test]
async fn a_database_that_is_out_of_reach_or_broken_is_told_alike_by_each_operation() {
    for broken in [Outage::DatabaseGone, Outage::DatabaseBroken] {
        crate::twin::same(&after(after(connected(), [outage(broken)]), each_operation())).await;
    }
}

#[tokio::test]
async fn a_code_can_be_tried_again_after_a_hang_and_after_a_claim_has_run_out() {
    let again = script![get("/connect/github/callback?{back}"), get("/connections")];
    crate::twin::same(&after(a_provider_that_hangs(), again.clone())).await;
    crate::twin::same(&after(after(a_held_state(), [advance(60)]), again)).await;
}

#[tokio::test]
async fn a_database_that_fails_leaves_nothing_to_ask_a_provider_that_fails() {
    for database in [Outage::DatabaseGone, Outage::DatabaseBroken] {
        let script = script![
            post("/connect/github").keep("url", "/authorize_url"),
            approve("url", "back"),
            outage(Outage::ProviderFails(503)),
            outage(database),
            get("/connect/github/callback?{back}"),
        ];
        crate::twin::same(&script).await;
    }
}

#[tokio::test]
async fn only_what_can_be_completed_is_in_progress() {
    let script = script![
        post("/connect/github").keep("url", "/authorize_url"),
        approve("url", "back"),
        post("/connect/github").keep("denied url", "/authorize_url"),
        deny("denied url", "denied"),
        held("back"),
        get("/connect/github/callback?state=made-up&code=x"),
        get("/connect/github/callback?{back}").tenant("{globex}"),
        get("/connect/slack/callback?{back}"),
        get("/connect/github/callback?state={back.state}&code={back.code}&iss=https%3A%2F%2Fevil.example"),
        get("/connect/github/callback?{denied}"),
        get("/connect/github/callback?{back}"),
    ];
    crate::twin::same(&script).await;
}

#[tokio::test]
async fn each_code_is_met_alike_by_a_script() {
    let known = connectors_server_document();
    let responses = known["components"]["responses"].as_object().unwrap().values();
    let examples = |response: &Value| response["content"]["application/problem+json"]["examples"].clone();
    let codes =
        responses.flat_map(|response| examples(response).as_object().unwrap().keys().cloned().collect::<Vec<_>>());
    let codes: BTreeSet<String> = codes.collect();
    let met = scripts().into_iter().map(|(code, ..)| code.to_owned());
    assert_eq!(met.collect::<BTreeSet<_>>(), codes, "a code without a script, or a script without a code");
    for (code, setup, script) in scripts() {
        let service = run(&mut ServiceSide::start(&setup).await, &script).await;
        let mock = run(&mut MockSide::start(&setup).await, &script).await;
        assert_eq!(differences(&service, &mock), Vec::<String>::new(), "{code}");
        assert_eq!(service.last().1, code);
    }
}

#[tokio::test]
async fn a_code_can_be_tried_again_after_the_provider_has_failed() {
    let script = script![
        post("/connect/github").keep("url", "/authorize_url"),
        approve("url", "back"),
        outage(Outage::ProviderFails(500)),
        get("/connect/github/callback?{back}"),
        get("/connect/github/callback?{back}").tenant("{globex}"),
        get("/connect/github/callback?{back}"),
        get("/connections"),
    ];
    crate::twin::same(&script).await;
}

#[tokio::test]
async fn a_provider_fails_only_who_is_sent_to_it() {
    for broken in [Outage::ProviderFails(502), Outage::ProviderFails(500)] {
        let script = script![
            outage(broken),
            // Replayed, refused or declined: nobody asks the provider.
            get("/connect/github/callback?{back}"),
            get("/connect/github/callback?state=made-up&code=x"),
            get("/connect/github/callback?code=x"),
            post("/connect/github").keep("url", "/authorize_url"),
            deny("url", "denied"),
            get("/connect/github/callback?{denied}"),
            post("/connect/github").keep("url", "/authorize_url"),
            approve("url", "new"),
            get("/connect/github/callback?{new}").tenant("{globex}"),
            get("/connect/github/callback?{new}"),
            // It has seen this state's code.
            get("/connect/github/callback?state={new.state}&code=another"),
            get("/connect/github/callback?state={new.state}&error=access_denied"),
            get("/connect/github/callback?{new}"),
            post("/connect/github").keep("state", "/state"),
            outage(broken),
            get("/connect/github/callback?state={state}&code=made-up"),
            get("/connect/github/callback?state={state}&code=made-up"),
            get("/connections"),
        ];
        crate::twin::same(&after(connected(), script)).await;
    }
}

fn connectors_server_document() -> Value {
    serde_json::from_str(include_str!("../../../src/generated/openapi.json")).unwrap()
}
