//! Deliveries that no provider would send: signed, but mutated or made up.

use connectors_examples::recorded::{self, signature, slack, zoho};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Map, Value, json};

use crate::harness::{ACME, SIGNING_SECRET, START, Service, proof_size};

/// Who delivers, and which event if a header says so.
#[derive(Debug, Clone, Copy)]
enum Sender {
    GitHub(&'static str),
    Slack,
    Cliq,
    Mail,
}

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
    let secret = service.own_secret(ACME);
    runtime.block_on(service.connect(ACME));
    // An event's name is GitHub's; the others have none beside the body.
    let of_github = recorded::github();
    let of_github = of_github.iter().map(|it| (Sender::GitHub(it.event), serde_json::from_slice(it.body).unwrap()));
    let of_slack = slack::deliveries();
    let of_slack = of_slack.iter().map(|it| (Sender::Slack, serde_json::from_slice(it.body).unwrap()));
    let of_zoho = |sender: Sender, deliveries: Vec<zoho::ZohoDelivery>| {
        deliveries.into_iter().map(move |it| (sender, serde_json::from_slice(it.body).unwrap()))
    };
    let of_zoho = of_zoho(Sender::Cliq, zoho::cliq()).chain(of_zoho(Sender::Mail, zoho::mail()));
    let recorded: Vec<(Sender, Value)> = of_github.chain(of_slack).chain(of_zoho).collect();
    let mutated = (prop::sample::select(recorded.clone()), 0..400_usize, prop::option::of(any_json())).prop_map(
        |((event, mut body), mut position, with)| {
            mutate(&mut body, &mut position, &with);
            (event, body)
        },
    );
    let made_up = (prop::sample::select(recorded), any_json()).prop_map(|((event, _), body)| (event, body));
    let deliveries = prop_oneof![3 => mutated, 1 => made_up];
    let mut runner = TestRunner::new(Config { cases: proof_size(300), failure_persistence: None, ..Config::default() });
    runner
        .run(&deliveries, |(sender, body)| {
            let body = body.to_string();
            let call = match sender {
                Sender::GitHub(event) => service
                    .post(&format!("/webhooks/github/{ACME}"))
                    .by_a_provider()
                    .header("x-github-event", event)
                    .header("x-hub-signature-256", &signature(&secret, body.as_bytes()))
                    .body(body),
                // Handed on for a tenant, so that what is made of it is stored whatever account it names.
                Sender::Slack if body.len() % 2 == 0 => service.post("/webhooks/slack").body(body),
                Sender::Cliq => service.post("/webhooks/zoho-cliq").body(body),
                Sender::Mail => service.post("/webhooks/zoho-mail").body(body),
                Sender::Slack => {
                    let signature = slack::signature(SIGNING_SECRET, &START.to_string(), body.as_bytes());
                    let call = service.post("/webhooks/slack").by_a_provider().header("x-slack-signature", &signature);
                    call.header("x-slack-request-timestamp", &START.to_string()).body(body)
                }
            };
            let answer = runtime.block_on(call.send());
            prop_assert!(matches!(answer.status.as_u16(), 200 | 202 | 400), "{answer:?}");
            Ok(())
        })
        .unwrap();
    // Each stored signal is one that the contract allows: `send` holds the page against it.
    runtime.block_on(service.get("/signals?limit=100&include_payload=true").send()).ok(200);
}
