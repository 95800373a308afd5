//! What can come back from the provider.

use connectors_examples::backend::Against;
use connectors_mock::{ConnectorsMock, Fault, NewConnection, Operation};
use reqwest::StatusCode;
use serde_json::json;

use crate::{
    person::Person,
    site::{BOTH, Site, demo, mock},
};

const START_AGAIN: &str = "/integrations?start-again";

#[tokio::test]
async fn the_callback_connects_and_a_reload_of_it_changes_nothing() {
    for against in BOTH {
        let demo = demo(against).await;
        let ada = Person::logged_in(&demo.url, "ada").await;
        let callback = demo.backend.approve(&ada.begins().await).await.expect("GitHub redirects");
        for _ in 0..3 {
            assert_eq!(ada.comes_back(&callback).await, "/accounts?connected");
        }
        let accounts = ada.json("/api/connectors/connections").await;
        assert_eq!(accounts.as_array().map(Vec::len), Some(1), "{accounts}");
    }
}

#[tokio::test]
async fn a_callback_works_in_no_session_but_the_one_that_began_it() {
    for against in BOTH {
        let demo = demo(against).await;
        let ada = Person::logged_in(&demo.url, "ada").await;
        let callback = demo.backend.approve(&ada.begins().await).await.expect("GitHub redirects");

        let grace = Person::logged_in(&demo.url, "grace").await;
        assert_eq!(grace.comes_back(&callback).await, START_AGAIN);
        let ada_elsewhere = Person::logged_in(&demo.url, "ada").await;
        assert_eq!(ada_elsewhere.comes_back(&callback).await, START_AGAIN);
        assert_eq!(Person::at(&demo.url).comes_back(&callback).await, "/login");
        for person in [&grace, &ada] {
            assert_eq!(person.json("/api/connectors/connections").await, json!([]));
        }

        // None of that spent it.
        assert_eq!(ada.comes_back(&callback).await, "/accounts?connected");
        // Once it has, it still works in no other.
        assert_eq!(grace.comes_back(&callback).await, START_AGAIN);
        assert_eq!(grace.json("/api/connectors/connections").await, json!([]));
    }
}

#[tokio::test]
async fn several_tabs_may_connect_at_once() {
    for against in BOTH {
        let demo = demo(against).await;
        let ada = Person::logged_in(&demo.url, "ada").await;
        let (first, second) = (ada.begins().await, ada.begins().await);
        for authorize_url in [first, second] {
            let callback = demo.backend.approve(&authorize_url).await.expect("GitHub redirects");
            assert_eq!(ada.comes_back(&callback).await, "/accounts?connected");
        }
    }
}

#[tokio::test]
async fn who_declines_is_told_that_nothing_is_connected() {
    for against in BOTH {
        let demo = demo(against).await;
        let ada = Person::logged_in(&demo.url, "ada").await;
        let callback = demo.backend.deny(&ada.begins().await).await.expect("GitHub redirects");
        for _ in 0..2 {
            assert_eq!(ada.comes_back(&callback).await, "/integrations?declined");
        }
        let page = ada.get("/integrations?declined").await;
        assert!(page.body.contains("Nothing was connected"), "{}", page.body);
    }
}

#[tokio::test]
async fn what_is_altered_or_garbage_is_answered_with_a_new_beginning() {
    for against in BOTH {
        let demo = demo(against).await;
        let ada = Person::logged_in(&demo.url, "ada").await;
        let callback = demo.backend.approve(&ada.begins().await).await.expect("GitHub redirects");
        let query = callback.query().expect("a query");
        let at = |provider: &str, query: &str| {
            demo.url
                .parse::<url::Url>()
                .and_then(|core| core.join(&format!("/api/connectors/{provider}/callback{query}")))
        };
        for (provider, query) in [
            ("github", String::new()),
            ("github", "?".to_owned()),
            ("github", "?code=x".to_owned()),
            ("github", "?state=x".to_owned()),
            ("github", "?code=x&state=x".to_owned()),
            ("github", "?code=%FF&state=%00".to_owned()),
            ("github", format!("?{query}&{query}")),
            ("github", format!("?{}", query.replace("state=", "state=x"))),
            ("github", "?error=access_denied&state=x".to_owned()),
            ("slack", format!("?{query}")),
            ("no-such-provider", format!("?{query}")),
        ] {
            let came = at(provider, &query).expect("a URL");
            assert_eq!(ada.comes_back(&came).await, START_AGAIN, "{provider} {query}");
        }
        assert_eq!(ada.json("/api/connectors/connections").await, json!([]));
    }
}

#[tokio::test]
async fn who_comes_too_late_begins_again() {
    let demo = demo(Against::Mock).await;
    let ada = Person::logged_in(&demo.url, "ada").await;
    let callback = mock(&demo).user().comes_too_late(ada.begins().await);
    assert_eq!(ada.comes_back(&callback).await, START_AGAIN);
    assert_eq!(ada.json("/api/connectors/connections").await, json!([]));
}

#[tokio::test]
async fn when_the_provider_does_not_answer_the_same_link_works_later() {
    let mock = ConnectorsMock::start().await;
    let site = Site::against_mock(&mock).await;
    let ada = Person::logged_in(&site.url, "ada").await;
    let redirected = mock.user().approves(ada.begins().await);
    let callback = format!("{}/api/connectors/github/callback?{}", site.url, redirected.query().unwrap_or_default());
    let callback = callback.parse().expect("a URL");

    mock.on(Operation::CompleteOAuth).fail_next(1, Fault::provider_timeout("github"));
    assert_eq!(ada.comes_back(&callback).await, "/integrations?later");
    mock.on(Operation::CompleteOAuth).fail_next(1, Fault::internal_error());
    assert_eq!(ada.comes_back(&callback).await, "/integrations?failed");
    assert_eq!(ada.comes_back(&callback).await, "/accounts?connected");
}

#[tokio::test]
async fn an_account_whose_access_ended_is_connected_again() {
    let mock = ConnectorsMock::start().await;
    let site = Site::against_mock(&mock).await;
    let acme = connectors_client::TenantId::new(crate::site::ADA.poblysh_tenant_id).expect("an id");
    mock.tenant_with_id(acme).has_connection(NewConnection::to("github").status("revoked"));
    let ada = Person::logged_in(&site.url, "ada").await;
    assert_eq!(ada.json("/api/connectors/connections").await[0]["must_reconnect"], true);
    let page = ada.get("/accounts").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("GitHub refuses our access") && page.body.contains("Reconnect"), "{}", page.body);
}
