//! Slack: what GitHub has not.

use std::fmt::Write;

use connectors_examples::{
    recorded::slack::{deliveries, signature},
    standin::slack::{Failure, Method, Workspace},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{ACME, Answer, Call, GLOBEX, SIGNING_SECRET, START, Service};

fn body(name: &str) -> &'static [u8] {
    deliveries().into_iter().find(|delivery| delivery.name == name).unwrap().body
}

/// The call with this body, signed now.
pub fn signed(call: Call, body: &[u8]) -> Call {
    signed_at(call, body, START)
}

fn signed_at(call: Call, body: &[u8], seconds: i64) -> Call {
    let time = seconds.to_string();
    let call = call.by_a_provider().header("x-slack-request-timestamp", &time);
    call.header("x-slack-signature", &signature(SIGNING_SECRET, &time, body)).body(body)
}

async fn deliver(service: &Service, body: &[u8]) -> Value {
    signed(service.post("/webhooks/slack"), body).send().await.ok(202)
}

async fn authorize_url(service: &Service, tenant: Uuid) -> reqwest::Url {
    let started = service.post("/connect/slack").tenant(tenant).send().await.ok(200);
    started["authorize_url"].as_str().unwrap().parse().unwrap()
}

/// Approves; the callback's path and query.
async fn approved(service: &Service, tenant: Uuid) -> String {
    let callback = service.slack.approve(&authorize_url(service, tenant).await).await.unwrap();
    format!("/connect/slack/callback?{}", callback.query().unwrap())
}

async fn connect(service: &Service, tenant: Uuid) -> Value {
    let path = approved(service, tenant).await;
    service.get(&path).tenant(tenant).send().await.ok(200)["connection"].clone()
}

async fn disconnect(service: &Service, tenant: Uuid, connection: &Value) {
    let path = format!("/connections/{}", connection["id"].as_str().unwrap());
    assert_eq!(service.delete(&path).tenant(tenant).send().await.status, 204);
}

fn revocations(service: &Service) -> usize {
    service.slack.calls().iter().filter(|method| **method == Method::Revoke).count()
}

async fn signals(service: &Service, tenant: Uuid) -> Vec<Value> {
    let page = service.get("/signals?limit=100").tenant(tenant).send().await.ok(200);
    page["signals"].as_array().unwrap().clone()
}

async fn status(service: &Service, tenant: Uuid) -> String {
    let page = service.get("/connections").tenant(tenant).send().await.ok(200);
    page["connections"][0]["status"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_workspace_is_connected_with_scopes_separated_by_commas_and_without_pkce() {
    let service = Service::start().await;
    let url = authorize_url(&service, ACME).await;
    let names: Vec<_> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["client_id", "scope", "redirect_uri", "state"]);
    let scope = url.query_pairs().find(|(name, _)| name == "scope").unwrap().1.into_owned();
    assert_eq!(scope, "channels:history,groups:history,reactions:read");
    let connection = connect(&service, ACME).await;
    assert_eq!(
        connection["external_account"],
        json!({"id": "T123ABC456", "name": "Subarachnoid Workspace", "url": "https://subarachnoid.slack.com/"})
    );
    assert_eq!(connection["scopes"], json!(["channels:history", "groups:history", "reactions:read"]));
    assert_eq!(connection["metadata"], json!({"bot_user_id": "U0BOTUSER1", "is_enterprise_install": false}));
    let id = connection["id"].as_str().unwrap().parse().unwrap();
    assert!(service.access_token(ACME, id).await.starts_with("xoxb-"));
    assert!(!service.database.holds("xoxb-").await, "a token");
}

#[tokio::test]
async fn what_slack_refuses_with_200_is_refused() {
    let service = Service::start().await;
    let made_up = approved(&service, ACME).await.replace("code=", "code=x");
    let refused = service.get(&made_up).send().await.refused("OAUTH_CODE_REJECTED");
    assert_eq!(refused, json!({"provider_error": "invalid_code"}));
    let denied = service.slack.deny(&authorize_url(&service, ACME).await).await.unwrap();
    let denied = service.get(&format!("/connect/slack/callback?{}", denied.query().unwrap())).send().await;
    assert_eq!(denied.refused("OAUTH_DENIED"), json!({"provider_error": "access_denied"}));
    // Its own trouble is no word on the code, which can still be exchanged.
    for (method, failure, details) in [
        (
            Method::Access,
            Failure::Error("internal_error"),
            json!({"provider_status": 200, "provider_error": "internal_error"}),
        ),
        (Method::Access, Failure::Status(503), json!({"provider_status": 503})),
        (Method::Test, Failure::Error("fatal_error"), json!({"provider_status": 200, "provider_error": "fatal_error"})),
        (
            Method::Test,
            Failure::Error("account_inactive"),
            json!({"provider_status": 200, "provider_error": "account_inactive"}),
        ),
    ] {
        let path = approved(&service, ACME).await;
        service.slack.fail_next(method, 1, failure);
        let mut told = service.get(&path).send().await.refused("PROVIDER_ERROR");
        assert_eq!(told.as_object_mut().unwrap().remove("provider").unwrap(), "slack");
        assert_eq!(told, details);
        service.get(&path).send().await.ok(200);
    }
    let with_issuer = format!("{}&iss=https%3A%2F%2Fslack.com", approved(&service, ACME).await);
    service.get(&with_issuer).send().await.refused("OAUTH_STATE_INVALID");
}

#[tokio::test]
async fn each_delivery_becomes_the_signal_expected_and_every_kind_is_met() {
    let mut table = String::new();
    let mut kinds = std::collections::BTreeSet::new();
    for delivery in deliveries() {
        let service = Service::start().await;
        let connection = connect(&service, ACME).await;
        let answer = signed(service.post("/webhooks/slack"), delivery.body).send().await;
        let answer = if delivery.name == "url_verification" { answer.ok(200) } else { answer.ok(202) };
        writeln!(table, "{}: {}", delivery.name, answer["status"].as_str().unwrap_or("answered")).unwrap();
        for signal in signals(&service, ACME).await {
            assert_eq!(signal["connection_id"], connection["id"]);
            kinds.insert(signal["kind"].as_str().unwrap().to_owned());
            let part = |name: &str| signal.pointer(name).and_then(Value::as_str).unwrap_or("-").to_owned();
            writeln!(table, "    {} at {}: {}", part("/kind"), part("/occurred_at"), part("/title")).unwrap();
            let actor = format!("{} ({})", part("/actor/name"), part("/actor/id"));
            writeln!(table, "    {} by {actor} in {}", part("/url"), part("/source/id")).unwrap();
        }
    }
    insta::assert_snapshot!(table);
    let service = Service::start().await;
    let providers = service.get("/providers").send().await.ok(200);
    let listed =
        providers["providers"].as_array().unwrap().iter().find(|provider| provider["name"] == "slack").unwrap();
    let listed = listed["signal_kinds"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap().to_owned());
    assert_eq!(kinds, listed.collect());
}

#[tokio::test]
async fn the_check_of_the_url_is_answered_with_its_text_once_it_is_verified() {
    let service = Service::start().await;
    let check = body("url_verification");
    let challenge = json!({"challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"});
    for path in ["/webhooks/slack".to_owned(), format!("/webhooks/slack/{ACME}")] {
        assert_eq!(signed(service.post(&path), check).send().await.ok(200), challenge);
        service.post(&path).by_a_provider().body(check).send().await.refused("INVALID_SIGNATURE");
    }
    assert_eq!(service.post("/webhooks/slack").body(check).send().await.ok(200), challenge);
}

/// What is wrong, the signature, its time, and the body.
type Case<'a> = (&'a str, Option<&'a str>, Option<&'a str>, &'a [u8]);

#[tokio::test]
async fn a_signature_other_than_the_right_one_is_refused() {
    let service = Service::start().await;
    connect(&service, ACME).await;
    let no_secret = Service::builder().set("POBLYSH_SLACK_WEBHOOK_SECRET", "").start().await;
    let message = body("message");
    let (now, text) = (START, START.to_string());
    let good = signature(SIGNING_SECRET, &text, message);
    let mut altered = message.to_vec();
    *altered.iter_mut().find(|byte| **byte == b'H').unwrap() ^= 1;
    let own = service.secret_for("slack", ACME);
    let cases: &[Case<'_>] = &[
        ("missing", None, Some(&text), message),
        ("empty", Some(""), Some(&text), message),
        ("without its version", Some(&good[3..]), Some(&text), message),
        ("of another version", Some(&good.replace("v0=", "v1=")), Some(&text), message),
        ("cut", Some(&good[..good.len() - 2]), Some(&text), message),
        ("not hex", Some("v0=zz"), Some(&text), message),
        ("of another secret", Some(&signature("x", &text, message)), Some(&text), message),
        ("of the tenant", Some(&signature(&own, &text, message)), Some(&text), message),
        ("of another provider", Some(&signature(crate::harness::APP_SECRET, &text, message)), Some(&text), message),
        ("of a body altered by one byte", Some(&good), Some(&text), &altered),
        ("without a time", Some(&good), None, message),
        ("with an empty time", Some(&good), Some(""), message),
        ("with a time altered", Some(&good), Some(&(now + 1).to_string()), message),
        ("with a time that is none", Some(&signature(SIGNING_SECRET, "x", message)), Some("x"), message),
        (
            "too old",
            Some(&signature(SIGNING_SECRET, &(now - 301).to_string(), message)),
            Some(&(now - 301).to_string()),
            message,
        ),
        (
            "too new",
            Some(&signature(SIGNING_SECRET, &(now + 301).to_string(), message)),
            Some(&(now + 301).to_string()),
            message,
        ),
    ];
    for path in ["/webhooks/slack".to_owned(), format!("/webhooks/slack/{ACME}")] {
        for (case, signature, time, body) in cases {
            let mut call = service.post(&path).by_a_provider().body(*body);
            for (name, value) in [("x-slack-signature", signature), ("x-slack-request-timestamp", time)] {
                if let Some(value) = value {
                    call = call.header(name, value);
                }
            }
            let answer: Answer = call.send().await;
            assert_eq!(answer.json()["code"], "INVALID_SIGNATURE", "{case} at {path}: {answer:?}");
        }
        let twice = signed(service.post(&path), message).header("x-slack-signature", &good).send().await;
        twice.refused("INVALID_SIGNATURE");
        let time = no_secret.post(&path).by_a_provider().header("x-slack-request-timestamp", &text).body(message);
        time.header("x-slack-signature", &signature("", &text, message)).send().await.refused("INVALID_SIGNATURE");
    }
    assert_eq!(signals(&service, ACME).await.len(), 0);
    // Nor does Slack's signature open another provider's door.
    signed(service.post("/webhooks/github"), message).send().await.refused("INVALID_SIGNATURE");
    for seconds in [now - 300, now + 300] {
        let receipt = signed_at(service.post("/webhooks/slack"), message, seconds).send().await.ok(202);
        assert_ne!(receipt["status"], "ignored");
    }
}

#[tokio::test]
async fn a_repeat_is_known_by_its_event_id() {
    let service = Service::start().await;
    connect(&service, ACME).await;
    assert_eq!(deliver(&service, body("message")).await["status"], "accepted");
    let mut again: Value = serde_json::from_slice(body("message")).unwrap();
    again["event_time"] = json!(1);
    assert_eq!(deliver(&service, again.to_string().as_bytes()).await["status"], "duplicate");
    again["event_id"] = json!("Ev0ANOTHER");
    assert_eq!(deliver(&service, again.to_string().as_bytes()).await["status"], "accepted");
}

#[tokio::test]
async fn an_event_is_of_the_installation_that_it_is_delivered_for_and_an_actor_counts_for_nothing() {
    let service = Service::start().await;
    connect(&service, ACME).await;
    service.slack.sign_in_to(Workspace { id: "T987XYZ654".into(), name: "Other".into(), domain: "other".into() });
    connect(&service, GLOBEX).await;
    // `team_id` is the other tenant's workspace, and so is who wrote it.
    assert_eq!(deliver(&service, body("message.shared_channel")).await["signals"], 1);
    assert_eq!((signals(&service, ACME).await.len(), signals(&service, GLOBEX).await.len()), (1, 0));
    let event = |id: &str, change: &dyn Fn(&mut Value)| {
        let mut event: Value = serde_json::from_slice(body("message")).unwrap();
        event["event_id"] = json!(id);
        event["event"]["user_team"] = json!("T123ABC456");
        event["event"]["team"] = json!("T123ABC456");
        change(&mut event);
        event.to_string().into_bytes()
    };
    let without = event("Ev1", &|event| {
        event.as_object_mut().unwrap().remove("authorizations");
        event["team_id"] = json!("T987XYZ654");
    });
    assert_eq!(deliver(&service, &without).await["signals"], 1);
    assert_eq!((signals(&service, ACME).await.len(), signals(&service, GLOBEX).await.len()), (1, 1));
    let of_an_organization = event("Ev2", &|event| {
        event["authorizations"][0] =
            json!({"enterprise_id": "E1", "team_id": "T123ABC456", "is_enterprise_install": true});
    });
    assert_eq!(deliver(&service, &of_an_organization).await["status"], "ignored", "nobody has connected it");
    for (id, team) in [("Ev3", json!("T\u{0}1")), ("Ev4", json!(null)), ("Ev5", json!("x".repeat(5_000)))] {
        let strange = event(id, &|event| {
            event["authorizations"] = json!([]);
            event["team_id"] = team.clone();
        });
        assert_eq!(deliver(&service, &strange).await["status"], "ignored");
    }
    assert_eq!((signals(&service, ACME).await.len(), signals(&service, GLOBEX).await.len()), (1, 1));
}

#[tokio::test]
async fn an_app_that_is_uninstalled_is_revoked_and_a_replay_or_a_users_token_changes_nothing() {
    let service = Service::start().await;
    for event in ["tokens_revoked", "app_uninstalled"] {
        connect(&service, ACME).await;
        connect(&service, GLOBEX).await;
        assert_eq!(deliver(&service, body(event)).await["status"], "ignored");
        assert_eq!(status(&service, ACME).await, "active", "the token still works: an old message again");
        service.slack.uninstall("T123ABC456");
        assert_eq!(deliver(&service, body("tokens_revoked.of_a_user")).await["status"], "ignored");
        service.slack.fail_next(Method::Test, 2, Failure::Error("fatal_error"));
        assert_eq!(deliver(&service, body(event)).await["status"], "ignored");
        assert_eq!(status(&service, ACME).await, "active", "whether it works can't be told");
        let receipt = deliver(&service, body(event)).await;
        assert_eq!(receipt, json!({"status": "ignored", "signals": 0}));
        assert_eq!(
            (status(&service, ACME).await, status(&service, GLOBEX).await),
            ("revoked".into(), "revoked".into())
        );
        assert_eq!(connect(&service, ACME).await["status"], "active", "a new connect heals it");
    }
}

#[tokio::test]
async fn the_bot_token_is_revoked_with_the_last_connection_of_the_workspace_in_any_tenant() {
    let service = Service::start().await;
    let (first, second) = (connect(&service, ACME).await, connect(&service, GLOBEX).await);
    connect(&service, ACME).await;
    disconnect(&service, ACME, &first).await;
    assert_eq!(revocations(&service), 0, "another tenant still has the workspace, and the same token");
    assert_eq!(deliver(&service, body("message")).await["signals"], 1);
    disconnect(&service, GLOBEX, &second).await;
    assert_eq!(revocations(&service), 1);
    // After a new installation the tenants' tokens differ, and the rule is the same.
    let (third, _) = (connect(&service, ACME).await, service.slack.uninstall("T123ABC456"));
    let fourth = connect(&service, GLOBEX).await;
    disconnect(&service, ACME, &third).await;
    assert_eq!(revocations(&service), 1);
    // A token that Slack does not take any more is no failure of the user's.
    service.slack.uninstall("T123ABC456");
    disconnect(&service, GLOBEX, &fourth).await;
    assert_eq!(revocations(&service), 2);
}

#[tokio::test]
async fn tokens_of_an_app_that_rotates_them_are_refreshed_until_slack_refuses() {
    let service = Service::builder().idle().start().await;
    let lifetime = std::time::Duration::from_secs(12 * 60 * 60);
    service.slack.rotate_tokens(lifetime);
    let connection = connect(&service, ACME).await;
    let id: Uuid = connection["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(connection["expires_at"], "2026-01-02T15:04:05.000000Z");
    let mut tokens = vec![service.access_token(ACME, id).await];
    for _ in 0..2 {
        service.advance(lifetime);
        service.slack.advance_clock(lifetime);
        assert_eq!(service.attend().await, 1);
        tokens.push(service.access_token(ACME, id).await);
    }
    assert!(tokens.iter().all(|token| token.starts_with("xoxe.xoxb-")), "they expire");
    assert!(tokens.is_sorted_by(|a, b| a != b), "each is another");
    // The service asks whose the token is, before it believes that the grant was withdrawn: the token works.
    let now = START + 2 * 12 * 60 * 60;
    signed_at(service.post("/webhooks/slack"), body("tokens_revoked"), now).send().await.ok(202);
    assert_eq!(status(&service, ACME).await, "active");
    service.slack.uninstall("T123ABC456");
    service.advance(lifetime);
    service.slack.advance_clock(lifetime);
    service.attend().await;
    let stopped = service.get("/connections").tenant(ACME).send().await.ok(200)["connections"][0].clone();
    assert_eq!(stopped["status"], "error");
    let why = "the provider refuses to refresh the tokens (invalid_refresh_token); connect again";
    assert_eq!(stopped["last_error"], why);
}
