//! Deliveries and answers that no provider would send: signed, or asked for, but mutated or made up.

use connectors_examples::{
    recorded::{self, jira, signature, slack, zoho},
    standin::{
        google::{Failure, Method},
        zoho as zoho_standin,
    },
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Map, Value, json};

use crate::{
    google,
    harness::{ACME, CLIENT_SECRET, PUSH_ACCOUNT, PUSH_AUDIENCE, SIGNING_SECRET, START, Service, proof_size},
    zoho::connect,
};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("\u{0}\u{1}")),
        Just(json!("x".repeat(5_000))),
        Just(json!("9999-99-99T99:99:99Z")),
        Just(json!("javascript:alert(1)")),
        Just((0..100).fold(json!(1), |inner, _| json!([inner]))),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Replaces or removes the `position`th value inside `value`, counted in depth-first order.
fn mutate(value: &mut Value, position: &mut usize, with: &Option<Value>) {
    let children: Vec<&mut Value> = match value {
        Value::Object(map) => {
            if let (Some(key), None) = (map.keys().nth(*position).cloned(), with) {
                map.remove(&key);
                *position = usize::MAX;
                return;
            }
            map.values_mut().collect()
        }
        Value::Array(items) => items.iter_mut().collect(),
        _ => return,
    };
    for child in children {
        if *position == usize::MAX {
            return;
        }
        if *position == 0 {
            *child = with.clone().unwrap_or_default();
            *position = usize::MAX;
            return;
        }
        *position -= 1;
        mutate(child, position, with);
    }
}

#[test]
fn no_delivery_makes_the_service_fail_or_stores_half_a_signal() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let service = runtime.block_on(Service::start());
    let (secret, jira_secret) = (service.own_secret(ACME), service.secret_for("jira", ACME));
    let now = service.state.service().clock().now().to_string().parse().unwrap();
    let bearer = jira::authorization(CLIENT_SECRET, now);
    let push = service.google.sign(&json!({}), &service.google.claims(PUSH_AUDIENCE, PUSH_ACCOUNT));
    let push = format!("Bearer {push}");
    runtime.block_on(service.connect(ACME));
    let of = |provider, event, body| (provider, event, serde_json::from_slice(body).unwrap());
    let of_github = recorded::github();
    let of_github = of_github.iter().map(|it| of("github", it.event, it.body));
    let of_jira = jira::deliveries().into_iter().map(|it| of("jira", "", it.body));
    let of_slack = slack::deliveries().into_iter().map(|it| of("slack", "", it.body));
    let of_cliq = zoho::cliq().into_iter().map(|it| of("zoho-cliq", "", it.body));
    let of_mail = zoho::mail().into_iter().map(|it| of("zoho-mail", "", it.body));
    let of_zoho = of_cliq.chain(of_mail);
    let of_gmail = [("gmail", "", json!({"message": {"messageId": "1", "data": "eyJlbWFpbEFkZHJlc3MiOiJhQGIuYyJ9"}}))];
    let others = of_zoho.chain(of_gmail);
    let recorded: Vec<(&str, &str, Value)> = of_github.chain(of_jira).chain(of_slack).chain(others).collect();
    let mutated = (prop::sample::select(recorded.clone()), 0..400_usize, prop::option::of(any_json())).prop_map(
        |((provider, event, mut body), mut position, with)| {
            mutate(&mut body, &mut position, &with);
            (provider, event, body)
        },
    );
    let made_up =
        (prop::sample::select(recorded), any_json()).prop_map(|((provider, event, _), body)| (provider, event, body));
    let deliveries = prop_oneof![3 => mutated, 1 => made_up];
    let mut runner = TestRunner::new(Config { cases: proof_size(300), failure_persistence: None, ..Config::default() });
    runner
        .run(&deliveries, |(provider, event, body)| {
            let body = body.to_string();
            let app = service.post(&format!("/webhooks/{provider}"));
            let own = service.post(&format!("/webhooks/{provider}/{ACME}")).by_a_provider();
            let by_length = body.len() % 3;
            let call = match (provider, by_length) {
                ("github", _) => own
                    .header("x-github-event", event)
                    .header("x-hub-signature-256", &signature(&secret, body.as_bytes())),
                // Handed on for a tenant, so that what is made of it is stored whatever account it names.
                (_, 0) | ("zoho-cliq" | "zoho-mail", _) => app,
                ("gmail", _) => app.without_tenant().authorization(&push),
                ("jira", 1) => own.header("x-hub-signature", &signature(&jira_secret, body.as_bytes())),
                ("jira", _) => app.without_tenant().authorization(&bearer),
                _ => {
                    let signature = slack::signature(SIGNING_SECRET, &START.to_string(), body.as_bytes());
                    let call = app.by_a_provider().header("x-slack-signature", &signature);
                    call.header("x-slack-request-timestamp", &START.to_string())
                }
            };
            let call = call.body(body);
            let answer = runtime.block_on(call.send());
            prop_assert!(matches!(answer.status.as_u16(), 200 | 202 | 400), "{answer:?}");
            Ok(())
        })
        .unwrap();
    // Each stored signal is one that the contract allows: `send` holds the page against it.
    runtime.block_on(service.get("/signals?limit=100&include_payload=true").send()).ok(200);
}

/// What Google's lists answer with, around a change.
fn listed(product: &str, change: &Value) -> (Method, Value) {
    match product {
        "gmail" => (Method::History, json!({"history": [change["history"]], "historyId": "1843"})),
        "google-calendar" => (Method::Events, json!({"items": [change], "nextSyncToken": "sync-0"})),
        _ => (Method::Changes, json!({"changes": [change], "newStartPageToken": "1"})),
    }
}

#[test]
fn no_answer_that_is_fetched_makes_the_service_fail_or_stores_half_a_signal() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let service = runtime.block_on(Service::builder().idle().start());
    let products = ["gmail", "google-calendar", "google-drive"];
    for product in products {
        runtime.block_on(google::connect(&service, product, ACME));
    }
    runtime.block_on(service.attend());
    let recorded: Vec<(&str, Value)> = products
        .into_iter()
        .flat_map(|product| google::changes(product).into_iter().map(move |(_, change)| (product, change)))
        .map(|(product, change)| (product, serde_json::from_str(change.get()).unwrap()))
        .collect();
    let answers = (prop::sample::select(recorded), any::<bool>(), 0..80_usize, prop::option::of(any_json()));
    let mut runner = TestRunner::new(Config { cases: proof_size(100), failure_persistence: None, ..Config::default() });
    runner
        .run(&answers, |((product, mut change), is_around, mut position, with)| {
            let has_message = change.get("message").is_some();
            if !is_around {
                mutate(&mut change, &mut position, &with);
            }
            let (method, mut answer) = listed(product, &change);
            if is_around {
                mutate(&mut answer, &mut position, &with);
            }
            service.google.fail_next(method, 1, Failure::Answer(answer));
            if has_message {
                service.google.fail_next(Method::Message, 1, Failure::Answer(change["message"].clone()));
            }
            // Longer than any wait after failures.
            runtime.block_on(google::pass(&service, std::time::Duration::from_secs(2 * 60 * 60)));
            let page = runtime.block_on(service.get("/signals?limit=100&include_payload=true").send());
            prop_assert_eq!(page.status.as_u16(), 200);
            let connections = runtime.block_on(service.get("/connections").send()).ok(200);
            for connection in connections["connections"].as_array().unwrap() {
                prop_assert_eq!(&connection["status"], "active");
            }
            Ok(())
        })
        .unwrap();
    let stored = runtime.block_on(service.get("/signals?limit=100").send()).ok(200);
    assert!(stored["signals"].as_array().unwrap().len() >= 5, "what is sound is stored");
}

#[test]
fn no_list_of_emails_makes_the_service_fail_or_stores_half_a_signal() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let service = runtime.block_on(Service::builder().idle().start());
    runtime.block_on(connect(&service, "zoho-mail", ACME));
    runtime.block_on(service.attend());
    let (_, email) = google::changes("zoho-mail").remove(0);
    let email: Value = serde_json::from_str(email.get()).unwrap();
    let answers = (any::<u32>(), 0..40_usize, prop::option::of(any_json()));
    let mut runner = TestRunner::new(Config { cases: proof_size(100), failure_persistence: None, ..Config::default() });
    runner
        .run(&answers, |(id, mut position, with)| {
            let mut email = email.clone();
            email["messageId"] = json!(id);
            email["receivedTime"] = json!(service.state.service().clock().now().as_micros() / 1_000);
            let mut answer = json!({"status": {"code": 200}, "data": [{"summary": "a secret"}, email]});
            mutate(&mut answer, &mut position, &with);
            let failure = zoho_standin::Failure::Answer(answer);
            service.zoho.fail_next(zoho_standin::Endpoint::Messages, 1, failure);
            // Longer than any wait after failures.
            let hours = std::time::Duration::from_secs(2 * 60 * 60);
            service.zoho.advance_clock(hours);
            service.advance(hours);
            runtime.block_on(service.attend());
            let page = runtime.block_on(service.get("/signals?limit=100&include_payload=true").send());
            prop_assert_eq!(page.status.as_u16(), 200);
            prop_assert!(!String::from_utf8_lossy(&page.body).contains("a secret"));
            let connections = runtime.block_on(service.get("/connections").send()).ok(200);
            prop_assert_eq!(&connections["connections"][0]["status"], "active");
            Ok(())
        })
        .unwrap();
    let stored = runtime.block_on(service.get("/signals?limit=100").send()).ok(200);
    assert!(stored["signals"].as_array().unwrap().len() >= 5, "what is sound is stored");
}
