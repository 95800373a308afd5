//! What a test of Core notices of the mock, beside the service's answers.

use std::time::Duration;

use connectors_client::{CallbackQuery, ErrorCode, SignalKind};
use connectors_mock::{ConnectorsMock, NewConnection, NewSignal, Operation, User};
use reqwest::{StatusCode, Url};
use serde_json::json;
use wiremock::{Mock, ResponseTemplate, matchers::path};

#[tokio::test]
async fn core_walks_the_whole_journey_with_the_clients_that_the_mock_hands_out() {
    let mock = ConnectorsMock::start().await;
    assert_eq!(mock.client().providers().await.unwrap()[0].name, "github");
    let acme = mock.tenant("acme");
    let client = acme.client();
    let started = client.start_oauth("github").send().await.unwrap();
    let callback = mock.user().approves(&started.authorize_url);
    let query = callback.query().unwrap().parse().unwrap();
    let connection = client.complete_oauth("github", query, &started.state).await.unwrap();
    assert_eq!(client.connections().page().await.unwrap().items[0], connection);

    let signal = acme.receives("github", "pull_request.closed.merged");
    assert_eq!((signal.kind.clone(), signal.connection_id), (SignalKind::PrMerged, Some(connection.id)));
    assert_eq!(client.signals().page().await.unwrap().items[0].id, signal.id);
    assert!(client.signal(signal.id).await.unwrap().payload.is_some());

    let operations: Vec<_> = mock.requests().iter().map(|request| request.operation().unwrap()).collect();
    assert_eq!(
        operations,
        [
            Operation::ListProviders,
            Operation::StartOAuth,
            Operation::CompleteOAuth,
            Operation::ListConnections,
            Operation::ListSignals,
            Operation::GetSignal,
        ]
    );
    assert_eq!(mock.requests()[1].tenant(), Some(acme.id()));
}

#[tokio::test]
async fn tenants_see_their_own_rows_alone() {
    let mock = ConnectorsMock::start().await;
    let (acme, globex) = (mock.tenant("acme"), mock.tenant("globex"));
    assert_ne!(acme.id(), globex.id());
    let connection = acme.has_connection("github");
    acme.has_signal("code_pushed");
    assert!(globex.client().signals().page().await.unwrap().items.is_empty());
    let error = globex.client().connection(connection.id).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::ConnectionNotFound));
}

#[tokio::test]
async fn the_user_declines_tampers_and_comes_too_late() {
    let mock = ConnectorsMock::start().await;
    let client = mock.tenant("acme").client();
    let user = mock.user();
    type Visit = fn(&User<'_>, &Url) -> Url;
    let visits: [(Visit, ErrorCode); 3] = [
        (|user, url| user.denies(url), ErrorCode::OAuthDenied),
        (|user, url| user.tampers_state(url), ErrorCode::OAuthStateInvalid),
        (|user, url| user.comes_too_late(url), ErrorCode::OAuthStateInvalid),
    ];
    for (visit, code) in visits {
        let started = client.start_oauth("github").send().await.unwrap();
        let query: CallbackQuery = visit(&user, &started.authorize_url).query().unwrap().parse().unwrap();
        let state = query.state().to_owned();
        let error = client.complete_oauth("github", query, &state).await.unwrap_err();
        assert_eq!(error.code(), Some(&code));
    }
}

#[tokio::test]
async fn a_status_or_kind_that_is_yet_to_come_can_be_seeded() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    let connection = acme.has_connection(NewConnection::to("github").status("paused").account("7", "seven"));
    acme.has_signal(NewSignal::of("issue_pinned").connection(connection.id).payload(json!({"action": "pinned"})));
    acme.has_signal(json!({"kind": "pr_merged", "title": "From JSON"}));
    let signals = acme.client().signals().with_payload().page().await.unwrap().items;
    assert!(signals.iter().any(|signal| signal.kind.as_str() == "issue_pinned"));
    assert!(signals.iter().any(|signal| signal.title == "From JSON"));
    assert_eq!(acme.client().connection(connection.id).await.unwrap().status.as_str(), "paused");
}

#[tokio::test]
async fn mocks_of_the_tests_own_win_and_are_recorded() {
    let mock = ConnectorsMock::start().await;
    let teapot = Mock::given(path("/providers")).respond_with(ResponseTemplate::new(418)).expect(1);
    teapot.mount(mock.wiremock()).await;
    let answer = reqwest::get(format!("{}/providers", mock.url())).await.unwrap();
    assert_eq!(answer.status(), StatusCode::IM_A_TEAPOT);
    let requests = mock.requests();
    assert_eq!((requests[0].operation(), requests[0].status()), (Some(Operation::ListProviders), None));
}

#[tokio::test]
async fn the_same_test_makes_the_same_ids_times_and_states() {
    async fn transcript() -> Vec<String> {
        let mock = ConnectorsMock::builder().tolerate_unknown_requests().start().await;
        let acme = mock.tenant("acme");
        acme.has_connection("github");
        acme.receives("github", "issue_created");
        let mut transcript = Vec::new();
        for (method, path) in
            [("POST", "/connect/github"), ("GET", "/connections"), ("GET", "/signals?limit=1"), ("GET", "/nope")]
        {
            let request = reqwest::Client::new().request(method.parse().unwrap(), format!("{}{path}", mock.url()));
            let request = request.bearer_auth(mock.operator_token()).header("x-tenant-id", acme.id().to_string());
            let answer = request.send().await.unwrap();
            let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
            transcript.push(format!("{id} {}", answer.text().await.unwrap().replace(mock.url(), "")));
        }
        transcript
    }

    assert_eq!(transcript().await, transcript().await);
}

#[tokio::test]
async fn the_clock_moves_when_it_is_told_to() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    let before = acme.has_signal("code_pushed").received_at;
    mock.clock().advance(Duration::from_secs(90));
    assert_eq!((acme.has_signal("code_pushed").received_at - before).num_seconds(), 90);
}
