//! Every status and error code that the document declares is met here, and each answer is held against it.

use connectors_examples::standin::github::{Endpoint, Failure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{ACME, CONTRACT, Call, OPERATIONS, Service, until};

const NOBODY: &str = "0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b";

/// A request that meets the operation, well-formed as far as a path alone can be.
fn call(service: &Service, method: &Method, path: &str) -> Call {
    let path = path
        .replace("{provider}", "github")
        .replace("{tenant_id}", &ACME.to_string())
        .replace("{connection_id}", NOBODY)
        .replace("{signal_id}", NOBODY);
    let call = service.call(method.clone(), &path);
    if path.ends_with(&ACME.to_string()) { call.by_a_provider() } else { call }
}

#[tokio::test]
async fn every_declared_status_and_code_is_met() {
    successes_and_refusals().await;
    provider_failures().await;
    let limited = Service::builder().set("POBLYSH_RATE_LIMIT", "1/1").start().await;
    let (broken, draining) = (Service::start().await, Service::start().await);
    break_store(&broken).await;
    draining.state.drain();
    for (id, method, path) in OPERATIONS.iter() {
        for _ in 0..2 {
            call(&limited, method, path).send().await;
        }
        call(&draining, method, path).send().await;
        match id.as_str() {
            "complete_oauth" => drop(broken.get("/connect/github/callback?state=s&code=c").send().await),
            "ingest_signed_webhook" => drop(broken.deliver(ACME, &delivery()).await),
            "ingest_webhook" => {
                drop(
                    broken
                        .post("/webhooks/github")
                        .header("x-github-event", "issues")
                        .body(delivery().body)
                        .send()
                        .await,
                );
            }
            _ => drop(call(&broken, method, path).send().await),
        }
    }
    let declared = OPERATIONS.iter().flat_map(|(id, method, path)| {
        let responses =
            CONTRACT.document["paths"][path][method.as_str().to_lowercase()]["responses"].as_object().unwrap();
        let met = responses.iter().flat_map(|(status, response)| {
            let codes = CONTRACT.codes(response);
            let codes = if codes.is_empty() { vec![""] } else { codes };
            codes.into_iter().map(move |code| (id.clone(), status.parse::<u16>().unwrap(), code.to_owned()))
        });
        met.collect::<Vec<_>>()
    });
    let seen = CONTRACT.seen();
    let missed: Vec<_> = declared.filter(|declared| !seen.contains(declared)).collect();
    assert!(missed.is_empty(), "declared, but never answered: {missed:?}");
}

fn delivery() -> connectors_examples::recorded::RecordedDelivery {
    connectors_examples::recorded::github().into_iter().find(|delivery| delivery.name == "issues.opened").unwrap()
}

async fn successes_and_refusals() {
    let service = Service::start().await;
    let bare =
        Service::builder().set("POBLYSH_GITHUB_CLIENT_ID", "").set("POBLYSH_GITHUB_CLIENT_SECRET", "").start().await;
    let connection = service.connect(ACME).await["id"].as_str().unwrap().to_owned();
    service.deliver_all(ACME).await;
    service.deliver_issue(1, "2026-01-01T00:00:00Z").await;
    let signals = service.get("/signals").send().await.ok(200);
    let signal = signals["signals"][0]["id"].as_str().unwrap();
    service.get(&format!("/signals/{signal}")).send().await.ok(200);
    service.get(&format!("/connections/{connection}")).send().await.ok(200);
    assert_eq!(service.delete(&format!("/connections/{connection}")).send().await.status, 204);
    for (_, method, path) in OPERATIONS.iter() {
        call(&service, method, path).send().await;
        call(&service, method, path).authorization("Bearer wrong").send().await;
        call(&service, method, path).without_tenant().send().await;
        call(&service, method, &format!("{path}?unknown=1")).send().await;
        call(&service, method, &path.replace("{provider}", "nowhere")).send().await;
        call(&service, method, path).header("content-type", "text/plain").body("x").send().await;
        // Where no body is read, a long one breaks the connection before a long answer has come through.
        if *method == Method::POST {
            let long = vec![b' '; 26 << 20];
            call(&service, method, path).header("content-type", "application/json").body(long).send().await;
        }
        call(&bare, method, path).send().await;
    }
    authorizations(&service).await;
    bare.get("/connect/github/callback?state=s&code=c").send().await.refused("PROVIDER_NOT_CONFIGURED");
    service.get("/connect/nowhere/callback?state=s&code=c").send().await.refused("PROVIDER_NOT_SUPPORTED");
    service.post("/webhooks/github/x").by_a_provider().send().await.invalid("tenant_id");
    service.get("/connections?status=x").send().await.invalid("status");
    service.post("/webhooks/github").by_a_provider().send().await.refused("INVALID_SIGNATURE");
    let named = |call: Call| call.header("x-connection-id", NOBODY).send();
    named(service.post("/webhooks/github").body("{}")).await.refused("CONNECTION_NOT_FOUND");
    let check = json!({"type": "url_verification", "challenge": "c"}).to_string();
    for path in ["/webhooks/slack".to_owned(), format!("/webhooks/slack/{ACME}")] {
        crate::slack::signed(service.post(&path), check.as_bytes()).send().await.ok(200);
    }
    let own = service.own_secret(ACME);
    let signed = service.post(&format!("/webhooks/github/{ACME}")).by_a_provider().delivery(&delivery(), &own, ACME);
    named(signed).await.refused("CONNECTION_NOT_FOUND");
}

/// How a callback can end.
async fn authorizations(service: &Service) {
    service.get("/connect/github/callback?state=s&code=c").send().await.refused("OAUTH_STATE_INVALID");
    let denied = service.github.deny(&service.authorize_url(ACME).await).await.unwrap();
    let denied = service.get(&format!("/connect/github/callback?{}", denied.query().unwrap())).send().await;
    denied.refused("OAUTH_DENIED");
    let rejected = service.approved(ACME).await.replace("code=", "code=x");
    service.get(&rejected).send().await.refused("OAUTH_CODE_REJECTED");
    let callback = service.approved(ACME).await;
    service.github.fail_next(Endpoint::Token, 1, Failure::Hang);
    let before = service.github.calls().len();
    let hanging = tokio::spawn(service.get(&callback).send());
    until("GitHub is asked", || service.github.calls().len() > before).await;
    service.get(&callback).send().await.refused("OAUTH_IN_PROGRESS");
    hanging.abort();
}

async fn provider_failures() {
    let service = Service::builder().set("POBLYSH_PROVIDER_TIMEOUT_SECONDS", "1").start().await;
    let callback = service.approved(ACME).await;
    service.github.fail_next(Endpoint::Token, 1, Failure::Status(500));
    service.get(&callback).send().await.refused("PROVIDER_ERROR");
    service.github.fail_next(Endpoint::Token, 1, Failure::Hang);
    service.get(&callback).send().await.refused("PROVIDER_TIMEOUT");
}

/// Takes the tables away under the running service: the database answers, but refuses.
async fn break_store(service: &Service) {
    for table in ["connections", "signals", "delivery_keys", "account_index", "oauth_states"] {
        service.database.execute(&format!("DROP TABLE {table}")).await;
    }
}

#[tokio::test]
async fn examples_of_the_document_fit_its_schemas() {
    for (id, method, path) in OPERATIONS.iter() {
        let operation = &CONTRACT.document["paths"][path][method.as_str().to_lowercase()];
        for (status, response) in operation["responses"].as_object().unwrap() {
            let content = CONTRACT.resolve(response)["content"].as_object();
            for media in content.into_iter().flatten().map(|(_, media)| media) {
                let examples =
                    media["examples"].as_object().into_iter().flatten().map(|(_, example)| &example["value"]);
                let examples: Vec<&Value> = examples.chain(media.get("example")).collect();
                assert!(!examples.is_empty(), "{id} {status} has no example");
                for example in examples {
                    CONTRACT.validate(&media["schema"], example, &format!("{id} {status}"));
                }
            }
        }
    }
    let body = &json!({"redirect_uri": "https://core.example/github", "scopes": ["read:user"]});
    CONTRACT.validate(&json!({"$ref": "#/components/schemas/StartOAuthRequest"}), body, "start_oauth");
}
