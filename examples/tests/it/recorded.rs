use std::collections::BTreeSet;
use std::fs;

use chrono::DateTime;
use connectors_examples::recorded;
use serde_json::Value;
use uuid::Uuid;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../connectors-server/tests/fixtures/github");

#[test]
fn every_payload_in_the_folder_is_listed() {
    let files: BTreeSet<String> = fs::read_dir(FIXTURES)
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".json").map(str::to_owned)
        })
        .collect();
    let listed: Vec<&str> = recorded::github().iter().map(|delivery| delivery.name).collect();

    assert_eq!(files.iter().map(String::as_str).collect::<Vec<_>>(), {
        let mut sorted = listed.clone();
        sorted.sort_unstable();
        sorted
    });
}

#[test]
fn a_payload_fits_the_event_and_the_action_in_its_name() {
    for delivery in recorded::github() {
        let body: Value = serde_json::from_slice(delivery.body).unwrap();
        let mut parts = delivery.name.split('.');
        assert_eq!(parts.next(), Some(delivery.event));
        // A push has no action: what follows its name says what was pushed.
        let action = parts.next().filter(|_| delivery.event != "push");
        assert_eq!(body["action"].as_str(), action, "{}", delivery.name);
    }
}

#[test]
fn only_the_pull_request_that_is_called_merged_is_merged() {
    for delivery in recorded::github() {
        let body: Value = serde_json::from_slice(delivery.body).unwrap();
        let merged = body["pull_request"]["merged"] == true;
        assert_eq!(merged, delivery.name.ends_with(".merged"), "{}", delivery.name);
    }
}

#[test]
fn a_signature_is_githubs_documented_example() {
    assert_eq!(
        recorded::signature("It's a Secret to Everybody", b"Hello, World!"),
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    );
}

#[test]
fn a_delivery_carries_githubs_headers() {
    let id = Uuid::from_u128(0x72d3162e_cc78_11e3_81ab_4c9367dc0958);
    let push = recorded::github().into_iter().find(|delivery| delivery.name == "push").unwrap();
    let headers = push.signed("secret", id);

    assert_eq!(headers["x-github-event"], "push");
    assert_eq!(headers["x-github-delivery"], "72d3162e-cc78-11e3-81ab-4c9367dc0958");
    assert_eq!(headers["x-hub-signature-256"], recorded::signature("secret", push.body).as_str());
    assert_eq!(headers["content-type"], "application/json");
    assert!(headers["user-agent"].to_str().unwrap().starts_with("GitHub-Hookshot/"));
}

#[test]
fn a_delivery_at_another_moment_has_no_time_but_that_one() {
    let moment = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    for delivery in recorded::github() {
        let (headers, body) = delivery.signed_at("secret", Uuid::nil(), moment);
        assert_eq!(headers["x-hub-signature-256"], recorded::signature("secret", &body).as_str());
        let body = String::from_utf8(body).unwrap();
        if ["issues", "pull_request", "push", "release"].contains(&delivery.event) {
            assert!(body.contains("2027-01-15T08:00:00.000000Z"), "{}", delivery.name);
        }
        for old in ["2019-05-15T", "155793"] {
            assert!(!body.contains(old), "{}: {old}", delivery.name);
        }
    }
}
