//! Each way in which a signature can be wrong, of both kinds.

use std::time::Duration;

use connectors_examples::recorded::{
    jira::{authorization, token},
    signature,
};
use serde_json::json;

use super::{bearer, body, connect, deliver_to_app, signals, signed};
use crate::harness::{ACME, APP_SECRET, CLIENT_SECRET, Call, GLOBEX, SECOND_TOKEN, START, Service, TOKEN};

#[tokio::test]
async fn a_signature_other_than_the_tenants_is_refused() {
    let service = Service::start().await;
    connect(&service, ACME).await;
    let no_root = Service::builder().set("POBLYSH_WEBHOOK_ROOT_KEYS", "").start().await;
    let created = body("issue_created");
    let good = signature(&service.secret_for("jira", ACME), created);
    let mut altered = created.to_vec();
    *altered.iter_mut().find(|byte| **byte == b'B').unwrap() ^= 1;
    let path = format!("/webhooks/jira/{ACME}");
    let of = |secret: &str| signature(secret, created);
    let cases = [
        ("missing", None, created),
        ("empty", Some(String::new()), created),
        ("without its prefix", Some(good[7..].to_owned()), created),
        ("SHA-1's prefix", Some(good.replace("sha256", "sha1")), created),
        ("cut", Some(good[..good.len() - 2].to_owned()), created),
        ("not hex", Some("sha256=zz".into()), created),
        ("of another secret", Some(of("x")), created),
        ("of the app's secret", Some(of(CLIENT_SECRET)), created),
        ("of another provider's app", Some(of(APP_SECRET)), created),
        ("of another tenant", Some(of(&service.secret_for("jira", GLOBEX))), created),
        ("of another provider", Some(of(&service.secret_for("github", ACME))), created),
        ("of a body altered by one byte", Some(good.clone()), &altered),
    ];
    let with = |call: Call, signature: &Option<String>| match signature {
        Some(signature) => call.header("x-hub-signature", signature),
        None => call,
    };
    for (case, signature, body) in &cases {
        let answer = with(service.post(&path).by_a_provider().body(*body), signature).send().await;
        assert_eq!(answer.json()["code"], "INVALID_SIGNATURE", "{case}: {answer:?}");
    }
    let twice = signed(&service, service.post(&path), ACME, created).header("x-hub-signature", &good).send().await;
    twice.refused("INVALID_SIGNATURE");
    // The header is Jira's own, and not GitHub's.
    let call = service.post(&path).by_a_provider().header("x-hub-signature-256", &good).body(created);
    call.send().await.refused("INVALID_SIGNATURE");
    // Nor does a tenant's secret open the app's door, another tenant's or another provider's.
    for path in ["/webhooks/jira".to_owned(), format!("/webhooks/jira/{GLOBEX}"), format!("/webhooks/github/{ACME}")] {
        signed(&service, service.post(&path), ACME, created).send().await.refused("INVALID_SIGNATURE");
    }
    let empty = signature("", created);
    let call = no_root.post(&path).by_a_provider().header("x-hub-signature", &empty).body(created);
    call.send().await.refused("INVALID_SIGNATURE");
    assert_eq!(signals(&service, ACME).await.len(), 0);
    let receipt = signed(&service, service.post(&path), ACME, created).send().await.ok(202);
    assert_eq!(receipt, json!({"status": "accepted", "signals": 1}));
}

#[tokio::test]
async fn a_token_other_than_the_apps_is_refused() {
    let service = Service::start().await;
    connect(&service, ACME).await;
    let no_app = Service::builder()
        .set("POBLYSH_JIRA_CLIENT_ID", "")
        .set("POBLYSH_JIRA_CLIENT_SECRET", "")
        .set("POBLYSH_JIRA_WEBHOOK_SECRET", CLIENT_SECRET)
        .start()
        .await;
    let (created, good) = (body("issue_created.dynamic"), bearer(&service));
    let header = json!({"typ": "JWT", "alg": "HS256"});
    let claims = json!({"iat": START, "exp": START + 180});
    let of = |header, claims, secret: &str| format!("Bearer {}", token(&header, &claims, secret));
    let unsigned = good.rsplit_once('.').unwrap().0;
    let cases = [
        ("empty", String::new()),
        ("without a token", "Bearer ".into()),
        ("of another scheme", good.replace("Bearer", "JWT")),
        ("not a JWT", "Bearer x.y".into()),
        ("without a signature", unsigned.into()),
        ("with an empty signature", format!("{unsigned}.")),
        ("cut", good[..good.len() - 2].into()),
        ("of another secret", of(header.clone(), claims.clone(), "x")),
        ("of an empty secret", of(header.clone(), claims.clone(), "")),
        ("of the tenant", of(header.clone(), claims.clone(), &service.secret_for("jira", ACME))),
        ("of another provider", of(header.clone(), claims.clone(), APP_SECRET)),
        ("expired", of(header.clone(), json!({"exp": START - 60}), CLIENT_SECRET)),
        ("without an end", of(header.clone(), json!({"iat": START}), CLIENT_SECRET)),
        ("with an end that is none", of(header.clone(), json!({"exp": "never"}), CLIENT_SECRET)),
        ("alg none", of(json!({"alg": "none"}), claims.clone(), CLIENT_SECRET)),
        (
            "alg none, unsigned",
            format!("Bearer {}.", token(&json!({"alg": "none"}), &claims, "").rsplit_once('.').unwrap().0),
        ),
        // The classic confusion: what is known to all would be the key.
        ("alg RS256", of(json!({"alg": "RS256"}), claims.clone(), CLIENT_SECRET)),
        ("alg HS512", of(json!({"alg": "HS512"}), claims.clone(), CLIENT_SECRET)),
        ("without alg", of(json!({}), claims.clone(), CLIENT_SECRET)),
    ];
    for path in ["/webhooks/jira".to_owned(), format!("/webhooks/jira/{ACME}")] {
        let call = |authorization: &str| {
            service.post(&path).without_tenant().authorization(authorization).body(created).send()
        };
        for (case, authorization) in &cases {
            let answer = call(authorization).await;
            assert_eq!(answer.json()["code"], "INVALID_SIGNATURE", "{case} at {path}: {answer:?}");
            assert!(!answer.headers.contains_key("www-authenticate"), "{case}");
        }
        service.post(&path).by_a_provider().body(created).send().await.refused("INVALID_SIGNATURE");
        let twice = service.post(&path).without_tenant().authorization(&good).header("authorization", &good);
        twice.body(created).send().await.refused("INVALID_SIGNATURE");
        // `_WEBHOOK_SECRET` is no secret of Jira's.
        let unconfigured = no_app.post(&path).without_tenant().authorization(&good).body(created).send().await;
        unconfigured.refused("INVALID_SIGNATURE");
        assert_eq!(call(&good).await.ok(202)["status"], "ignored", "the webhook is nobody's");
    }
    // A minute apart, clocks agree.
    service.clock.advance(Duration::from_secs(180 + 59));
    let call = |good: &str| service.post("/webhooks/jira").without_tenant().authorization(good).body(created).send();
    call(&good).await.ok(202);
    service.clock.advance(Duration::from_secs(1));
    call(&good).await.refused("INVALID_SIGNATURE");
    assert_eq!(deliver_to_app(&service, "1", created).await["status"], "ignored");
}

#[tokio::test]
async fn a_token_in_authorization_is_jiras_unless_it_is_an_operators_or_a_tenant_is_named() {
    let service = Service::start().await;
    let created = body("issue_created");
    let post = || service.post("/webhooks/jira").body(created);
    for token in [TOKEN, SECOND_TOKEN] {
        let token = format!("Bearer {token}");
        post().authorization(&token).without_tenant().send().await.refused("TENANT_HEADER_REQUIRED");
        post().authorization(&token).send().await.ok(202);
    }
    // Whoever names a tenant is Core, and its failure is Core's.
    let good = bearer(&service);
    post().authorization(&good).send().await.refused("UNAUTHORIZED");
    post().without_token().send().await.refused("UNAUTHORIZED");
    post().authorization("Bearer x").without_tenant().send().await.refused("INVALID_SIGNATURE");
    // Providers that don't sign there leave `Authorization` to Core.
    let other = service.post("/webhooks/slack").authorization("Bearer x").without_tenant().body("{}");
    other.send().await.refused("UNAUTHORIZED");
    let nowhere = service.post("/webhooks/nowhere").authorization("Bearer x").without_tenant().body("{}");
    nowhere.send().await.refused("UNAUTHORIZED");
    // A token is good for the app's own provider.
    let token = authorization(APP_SECRET, "2026-01-02T03:04:05Z".parse().unwrap());
    post().authorization(&token).without_tenant().send().await.refused("INVALID_SIGNATURE");
}
