//! The routes that the guide names: what they answer, and what they refuse.

use std::time::Duration;

use connectors_mock::{ConnectorsMock, Fault, Operation};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::{
    person::Person,
    site::{ADA, BOTH, Site, demo, github_delivers},
};

const ROUTES: [(Method, &str); 5] = [
    (Method::GET, "/api/connectors/providers"),
    (Method::POST, "/api/connectors/providers/github/authorize"),
    (Method::GET, "/api/connectors/connections"),
    (Method::DELETE, "/api/connectors/connections/0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b"),
    (Method::GET, "/api/connectors/signals"),
];

#[tokio::test]
async fn the_five_steps_are_json() {
    for against in BOTH {
        let demo = demo(against).await;
        let ada = Person::logged_in(&demo.url, "ada").await;

        let providers = ada.json("/api/connectors/providers").await;
        let github = json!({"provider": "github", "name": "GitHub"});
        assert!(providers.as_array().expect("a list").contains(&github), "{providers}");
        assert_eq!(ada.json("/api/connectors/connections").await, json!([]));
        assert_eq!(ada.json("/api/connectors/signals").await, json!({"items": [], "next_cursor": null}));

        let id = ada.connects(&demo).await;
        let accounts = ada.json("/api/connectors/connections").await;
        let account = &accounts[0];
        assert_eq!(account["name"], "Codertocat");
        assert_eq!((&account["provider"], &account["connected_by"]), (&json!("github"), &json!("Ada")));
        assert_eq!(account["must_reconnect"], false);

        github_delivers(&demo, ADA).await;
        let first = ada.json("/api/connectors/signals?provider=github&limit=5").await;
        assert_eq!(first["items"].as_array().expect("a list").len(), 5);
        let cursor = first["next_cursor"].as_str().expect("a cursor");
        let second = ada.json(&format!("/api/connectors/signals?provider=github&limit=5&cursor={cursor}")).await;
        assert_ne!(first["items"][0], second["items"][0]);
        let issues = ada.json("/api/connectors/signals?kind=issue_created").await;
        assert_eq!(issues["items"][0]["title"], "Spelling error in the README file");

        let path = format!("/api/connectors/connections/{id}");
        for _ in 0..2 {
            let answer = ada.send(Method::DELETE, &path, &[], None).await;
            assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NO_CONTENT, ""));
        }
        assert_eq!(ada.json("/api/connectors/connections").await, json!([]));
    }
}

#[tokio::test]
async fn who_is_not_logged_in_gets_a_401_in_words() {
    let site = Site::against_nobody().await;
    for (method, path) in ROUTES {
        let answer = Person::at(&site.url).send(method, path, &[], None).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(answer.json(), json!({"message": "Please log in."}), "{path}");
    }
}

#[tokio::test]
async fn what_the_browser_made_up_is_refused_in_words() {
    for against in BOTH {
        let demo = demo(against).await;
        let ada = Person::logged_in(&demo.url, "ada").await;
        for query in
            ["kind=no_such_kind", "kind=..%2F", "cursor=made-up", "limit=0", "limit=1000", "limit=many", "provider=%00"]
        {
            let answer = ada.get(&format!("/api/connectors/signals?{query}")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}: {answer:?}");
            assert_eq!(answer.json()["message"], "We don't understand that address.", "{query}");
            let page = ada.get(&format!("/activity?{query}")).await;
            if query != "limit=many" {
                assert!(
                    page.body.contains("We don&#39;t understand") || page.body.contains("We don't understand"),
                    "{page:?}"
                );
            }
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        }
        for (method, path) in [
            (Method::POST, "/api/connectors/providers/no-such-provider/authorize"),
            (Method::POST, "/api/connectors/providers/..%2F..%2Fhealthz/authorize"),
            (Method::DELETE, "/api/connectors/connections/not-an-id"),
            (Method::GET, "/api/connectors/no-such-route"),
            (Method::GET, "/api"),
        ] {
            let answer = ada.send(method, path, &[], None).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {answer:?}");
        }
        assert_eq!(ada.send(Method::DELETE, "/api/connectors/signals", &[], None).await.status, 405);
    }
}

#[tokio::test]
async fn while_the_service_is_away_it_is_a_503_and_says_when_to_come_back() {
    let mock = ConnectorsMock::start().await;
    let site = Site::against_mock(&mock).await;
    let ada = Person::logged_in(&site.url, "ada").await;
    for (operation, path) in [
        (Operation::ListProviders, "/api/connectors/providers"),
        (Operation::ListConnections, "/api/connectors/connections"),
        (Operation::ListSignals, "/api/connectors/signals"),
    ] {
        mock.on(operation).fail_next(1, Fault::unavailable(Duration::from_secs(7)));
        let answer = ada.get(path).await;
        assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "7"), "{path}");
        let body = answer.json();
        assert_eq!(body["message"], "Integrations are not available right now. Please try again.");
        assert!(body["reference"].as_str().is_some_and(|reference| !reference.is_empty()), "{body}");
    }

    let nobody = Site::against_nobody().await;
    let ada = Person::logged_in(&nobody.url, "ada").await;
    for (method, path) in ROUTES {
        let answer = ada.send(method, path, &[], None).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn an_error_that_is_ours_to_mend_says_nothing_of_its_cause() {
    let mock = ConnectorsMock::start().await;
    let site = Site::against(mock.url(), "a-wrong-token", core_backend::tenants::Tenants::Same).await;
    let ada = Person::logged_in(&site.url, "ada").await;
    let answer = ada.get("/api/connectors/signals").await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    assert_eq!(answer.json()["message"], "Something went wrong on our side.");
    assert!(!answer.body.to_lowercase().contains("token"), "{answer:?}");
}

#[tokio::test]
async fn another_tenant_sees_nothing_and_can_disconnect_nothing() {
    for against in BOTH {
        let demo = demo(against).await;
        let ada = Person::logged_in(&demo.url, "ada").await;
        let id = ada.connects(&demo).await;
        github_delivers(&demo, ADA).await;

        let grace = Person::logged_in(&demo.url, "grace").await;
        assert_eq!(grace.json("/api/connectors/connections").await, json!([]));
        assert_eq!(grace.json("/api/connectors/signals").await["items"], json!([]));
        let page = grace.get("/activity").await;
        assert!(page.body.contains("Nothing has happened yet.") && !page.body.contains("Codertocat"), "{page:?}");
        let cursor = ada.json("/api/connectors/signals?limit=5").await["next_cursor"].as_str().map(str::to_owned);
        let answer = grace.get(&format!("/api/connectors/signals?cursor={}", cursor.expect("a cursor"))).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);

        // It answers as it does for what does not exist, and changes nothing of Ada's.
        let answer = grace.send(Method::DELETE, &format!("/api/connectors/connections/{id}"), &[], None).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        let accounts = ada.json("/api/connectors/connections").await;
        assert_eq!((&accounts[0]["id"], &accounts[0]["connected_by"]), (&json!(id), &json!("Ada")), "{against:?}");
    }
}
