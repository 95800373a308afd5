//! What the pages hold, where no browser is needed to see it.

use std::time::Duration;

use connectors_client::TenantId;
use connectors_mock::{ConnectorsMock, Fault, NewSignal, Operation};
use reqwest::{Method, StatusCode};

use crate::{
    person::{Answer, Person},
    site::{ADA, Site},
};

const HTMX: &[(&str, &str)] = &[("hx-request", "true")];

/// A mock with as many signals of Ada's, and Ada.
async fn ada_with(signals: usize) -> (ConnectorsMock, Site, Person) {
    let mock = ConnectorsMock::start().await;
    for number in 0..signals {
        signal(&mock, number);
    }
    let site = Site::against_mock(&mock).await;
    let ada = Person::logged_in(&site.url, "ada").await;
    (mock, site, ada)
}

/// The later the number, the newer.
fn signal(mock: &ConnectorsMock, number: usize) {
    let acme = mock.tenant_with_id(TenantId::new(ADA.poblysh_tenant_id).expect("an id"));
    let moment = chrono::DateTime::UNIX_EPOCH + Duration::from_secs(60 * number as u64);
    acme.has_signal(NewSignal::of("issue_created").occurred_at(moment).title(&format!("number {number}.")));
}

/// The value of the first attribute `name` that begins with `start`.
fn attribute(answer: &Answer, name: &str, start: &str) -> String {
    let from = format!("{name}=\"{start}");
    let rest = answer.body.split_once(&from).unwrap_or_else(|| panic!("no {from} in {}", answer.body)).1;
    let value = rest.split('"').next().unwrap_or_default();
    format!("{start}{value}").replace("&amp;", "&")
}

#[tokio::test]
async fn load_more_goes_on_where_the_page_ends() {
    let (_mock, _site, ada) = ada_with(60).await;
    let mut answer = ada.get("/activity").await;
    let mut found = Vec::new();
    for pages in 1..=3 {
        found.push(answer.body.matches("<li class=\"issue\"").count());
        if pages < 3 {
            let more = attribute(&answer, "hx-get", "/activity/more?");
            answer = ada.send(Method::GET, &more, HTMX, None).await;
        }
    }
    assert_eq!(found, [25, 25, 10]);
    assert!(answer.body.contains("number 0.") && !answer.body.contains("Load more"), "{}", answer.body);
}

#[tokio::test]
async fn what_comes_in_is_announced_once_and_shown_above_when_asked_for() {
    let (mock, _site, ada) = ada_with(3).await;
    let news = attribute(&ada.get("/activity").await, "hx-get", "/activity/news?");
    let asks = async |more: &str| ada.send(Method::GET, &format!("{news}{more}"), HTMX, None).await;
    assert_eq!(asks("").await.status, StatusCode::NO_CONTENT);

    signal(&mock, 3);
    let one = asks("").await;
    assert!(one.body.contains(">1 new signal</button>"), "{}", one.body);
    assert_eq!(asks("&said=1+new+signal").await.status, StatusCode::NO_CONTENT);
    signal(&mock, 4);
    let two = asks("&said=1+new+signal").await;
    assert!(two.body.contains(">2 new signals</button>"), "{}", two.body);

    let above = ada.send(Method::GET, &attribute(&two, "hx-get", "/activity/above?"), HTMX, None).await;
    let lines: Vec<_> = above.body.match_indices("number ").map(|(at, _)| &above.body[at..at + 9]).collect();
    assert_eq!(lines, ["number 4.", "number 3."]);
    let renewed = attribute(&above, "hx-get", "/activity/news?");
    assert_eq!(ada.send(Method::GET, &renewed, HTMX, None).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn when_more_has_come_in_than_a_page_holds_the_page_is_loaded_anew() {
    let (mock, _site, ada) = ada_with(1).await;
    let news = attribute(&ada.get("/activity?kind=issue_created").await, "hx-get", "/activity/news?");
    for number in 1..=120 {
        signal(&mock, number);
    }
    let many = ada.send(Method::GET, &news, HTMX, None).await;
    assert!(many.body.contains("href=\"/activity?kind=issue_created\">Many new signals</a>"), "{}", many.body);
    let above = news.replace("/activity/news", "/activity/above");
    assert_eq!(ada.send(Method::GET, &above, HTMX, None).await.header("hx-refresh"), "true");
}

#[tokio::test]
async fn the_first_signals_are_announced_on_an_empty_page_too() {
    let (mock, _site, ada) = ada_with(0).await;
    let news = attribute(&ada.get("/activity").await, "hx-get", "/activity/news");
    signal(&mock, 0);
    let one = ada.send(Method::GET, &news, HTMX, None).await;
    assert!(one.body.contains("href=\"/activity?\">1 new signal</a>"), "{}", one.body);
}

#[tokio::test]
async fn a_failure_is_told_in_the_page_with_its_status_and_what_to_tell_support() {
    let (mock, _site, ada) = ada_with(60).await;
    let first = ada.get("/activity").await;
    let more = attribute(&first, "hx-get", "/activity/more?");
    let news = attribute(&first, "hx-get", "/activity/news?");
    for (operation, path) in [
        (Operation::ListSignals, "/activity"),
        (Operation::ListSignals, more.as_str()),
        (Operation::ListConnections, "/accounts"),
        (Operation::ListProviders, "/integrations"),
    ] {
        mock.on(operation).fail_next(1, Fault::unavailable(Duration::from_secs(9)));
        let answer = ada.get(path).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        for said in ["Integrations are not available right now.", "It may work again in 9 seconds.", "tell support"] {
            assert!(answer.body.contains(said), "{path}: {}", answer.body);
        }
    }
    // "Load more" offers the same page again.
    mock.on(Operation::ListSignals).fail_next(1, Fault::unavailable(Duration::from_secs(9)));
    assert_eq!(attribute(&ada.get(&more).await, "hx-get", "/activity/more?"), more);
    // Whoever reads is not disturbed because nobody knows whether there is news.
    mock.on(Operation::ListSignals).fail_next(1, Fault::unavailable(Duration::from_secs(9)));
    assert_eq!(ada.get(&news).await.status, StatusCode::NO_CONTENT);
    // Whoever wants to see it is: the page that is loaded anew tells of the failure.
    mock.on(Operation::ListSignals).fail_next(1, Fault::unavailable(Duration::from_secs(9)));
    let above = news.replace("/activity/news", "/activity/above");
    assert_eq!(ada.send(Method::GET, &above, HTMX, None).await.header("hx-refresh"), "true");

    mock.on(Operation::StartOAuth).fail_next(1, Fault::unavailable(Duration::from_secs(9)));
    let answer = ada.post("/integrations/github/connect").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("That did not work") && answer.body.contains("href=\"/\""), "{}", answer.body);
}

#[tokio::test]
async fn what_a_provider_wrote_is_text_in_the_page() {
    let (mock, _site, ada) = ada_with(0).await;
    let acme = mock.tenant_with_id(TenantId::new(ADA.poblysh_tenant_id).expect("an id"));
    acme.has_signal(NewSignal::of("issue_created").title("<script>alert(1)</script>"));
    let page = ada.get("/activity").await;
    assert!(page.body.contains("&lt;script&gt;alert(1)"), "{}", page.body);
    assert!(page.header("content-security-policy").contains("default-src 'self'"));
}

#[tokio::test]
async fn an_address_that_is_none_is_a_page_that_says_so() {
    let (_mock, _site, ada) = ada_with(0).await;
    for path in ["/no-such-page", "/static/none.css", "/accounts/1"] {
        let answer = ada.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.body.contains("There is no such page"), "{path}");
    }
    let answer = ada.post("/accounts/not-an-id/disconnect").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.body.contains("That is not here any more."), "{}", answer.body);
}
