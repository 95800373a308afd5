//! What a test of Core notices of the mock, beside the service's answers.

use std::time::{Duration, Instant};

use connectors_client::{CallbackQuery, Clock, Connectors, ErrorCode, OperatorToken, SignalKind};
use connectors_mock::{ConnectorsMock, Fault, NewConnection, NewSignal, Operation, User};
use reqwest::Url;
use serde_json::json;

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

/// Set for the process that prints its transcript.
const PRINTS: &str = "CONNECTORS_MOCK_TESTS_PRINT_A_TRANSCRIPT";

#[tokio::test]
async fn the_same_test_makes_the_same_ids_times_and_states() {
    let here = transcript().await;
    assert_eq!(here, transcript().await);
    if std::env::var(PRINTS).is_ok() {
        println!("{here:#?}");
        return;
    }
    // And in another process; all but the mock's port, which the system gives.
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "behaviour::the_same_test_makes_the_same_ids_times_and_states", "--nocapture"]);
    let there = again.env(PRINTS, "yes").output().unwrap();
    let there = String::from_utf8(there.stdout).unwrap();
    assert!(there.contains(&format!("{here:#?}")), "{here:#?}\n\n{there}");
}

#[tokio::test]
async fn a_connection_that_is_seeded_is_as_one_after_a_connect() {
    let mock = ConnectorsMock::start().await;
    for provider in mock.client().providers().await.unwrap() {
        let client = mock.tenant("acme").client();
        let started = client.start_oauth(&provider.name).send().await.unwrap();
        let query = mock.user().approves(&started.authorize_url).query().unwrap().parse().unwrap();
        let connected = client.complete_oauth(&provider.name, query, &started.state).await.unwrap();
        let mut seeded = mock.tenant("globex").has_connection(provider.name.as_str());
        seeded.id = connected.id;
        assert_eq!(seeded, connected);
    }
}

#[tokio::test]
async fn a_signal_that_is_seeded_is_of_a_provider_that_tells_of_its_kind() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    for provider in mock.client().providers().await.unwrap() {
        for kind in &provider.signal_kinds {
            let signal = acme.has_signal(kind.as_str());
            let mut of_it = NewSignal::of(kind.as_str()).provider(&provider.name);
            assert_eq!(acme.has_signal(of_it.clone()).provider_slug, provider.name);
            assert_ne!(signal.title, kind.as_str(), "as it was recorded");
            if provider.name == "github" {
                of_it = of_it.provider("slack");
                let text = crate::panics::text_of(|| drop(acme.has_signal(of_it)));
                assert!(text.starts_with("no event of slack becomes a signal of the kind"), "{text}");
            }
        }
    }
    let mailbox = acme.has_connection("zoho-mail");
    let of_zoho = acme.has_signal(NewSignal::of("email_received").connection(mailbox.id));
    assert_eq!(of_zoho.provider_slug, "zoho-mail");
}

#[tokio::test]
async fn an_event_belongs_to_the_account_that_it_happened_in() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    let hope = acme.has_connection(NewConnection::to("zoho-mail").account("hope@zylker.com", "Hope"));
    assert_eq!(acme.receives("zoho-mail", "email_received").connection_id, None);
    let scott = acme.has_connection("zoho-mail");
    assert_eq!(acme.receives("zoho-mail", "email_received").connection_id, Some(scott.id));
    assert_ne!(hope.id, scott.id);
    // A site is shared by all who have access to it.
    let elsewhere = json!({"sites": [{"id": "1", "name": "other", "url": "https://other.atlassian.net/"}]});
    let other = NewConnection::to("jira").account("other", "Other");
    acme.has_connection(other.clone().metadata(elsewhere));
    assert_eq!(acme.receives("jira", "issue_created").connection_id, None);
    let colleague = acme.has_connection(other.account("colleague", "Colleague"));
    assert_eq!(acme.receives("jira", "issue_created").connection_id, Some(colleague.id));
}

#[tokio::test]
async fn a_user_gets_nowhere_with_another_url_than_the_one_that_was_made() {
    let mock = ConnectorsMock::start().await;
    let started = mock.tenant("acme").client().start_oauth("github").send().await.unwrap();
    let url = &started.authorize_url;
    let changed = |name: &str, value: &str| {
        let mut changed = url.clone();
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        let pairs = pairs.into_iter().map(|(key, old)| if key == name { (key, value.to_owned()) } else { (key, old) });
        changed.query_pairs_mut().clear().extend_pairs(pairs);
        changed
    };
    let mut elsewhere = url.clone();
    elsewhere.set_port(Some(1)).unwrap();
    let mut slack = url.clone();
    slack.set_path("/slack/oauth/v2/authorize");
    let mut twice = url.clone();
    twice.query_pairs_mut().append_pair("scope", "repo");
    for (wrong, why) in [
        (changed("redirect_uri", "https://evil.example"), "its `redirect_uri` is `https://evil.example`, and was"),
        (changed("client_id", "x"), "its `client_id` is `x`, and was `client-id`"),
        (changed("code_challenge", "x"), "its `code_challenge` is `x`, and was"),
        (changed("state", "x"), "nobody was given its `state`"),
        (twice, "its `scope` is "),
        (elsewhere, "it leads to http://127.0.0.1:1/github/login/oauth/authorize, not to"),
        (slack, "not to http://127.0.0.1"),
    ] {
        let text = crate::panics::text_of(|| drop(mock.user().approves(&wrong)));
        assert!(text.contains(why), "{text}");
        if why.starts_with("its") {
            // The page is the same to who comes in a browser.
            assert_eq!(reqwest::get(wrong.clone()).await.unwrap().status(), 404);
        }
    }
    // The order of the parameters says nothing.
    let mut turned = url.clone();
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    turned.query_pairs_mut().clear().extend_pairs(pairs.into_iter().rev());
    let _ = mock.user().approves(&turned);
}

#[tokio::test]
async fn what_somebody_else_approved_is_good_for_them_however_the_first_one_went() {
    let mock = ConnectorsMock::start().await;
    let (acme, globex) = (mock.tenant("acme"), mock.tenant("globex"));
    let started = acme.client().start_oauth("github").send().await.unwrap();
    let query = mock.user().approves(&started.authorize_url).query().unwrap().parse().unwrap();
    acme.client().complete_oauth("github", query, &started.state).await.unwrap();
    let other = mock.user().approves_as(&globex, &started.authorize_url);
    let query: CallbackQuery = other.query().unwrap().parse().unwrap();
    let state = query.state().to_owned();
    globex.client().complete_oauth("github", query, &state).await.unwrap();
}

#[tokio::test]
async fn the_clock_moves_when_it_is_told_to() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    let before = acme.has_signal("code_pushed").received_at;
    mock.clock().advance(Duration::from_secs(90));
    assert_eq!((acme.has_signal("code_pushed").received_at - before).num_seconds(), 90);
}

/// The service fetches nothing from it.
#[tokio::test]
async fn a_push_for_a_revoked_connection_is_ignored() {
    let mock = ConnectorsMock::start().await;
    let push = include_str!("../../../connectors-server/tests/fixtures/gmail/push.json");
    for (tenant, status, receipt) in [("acme", "active", "accepted"), ("globex", "revoked", "ignored")] {
        let tenant = mock.tenant(tenant);
        tenant.has_connection(NewConnection::to("gmail").status(status));
        let request = reqwest::Client::new().post(format!("{}/webhooks/gmail", mock.url())).body(push);
        let request = request.bearer_auth(mock.operator_token()).header("x-tenant-id", tenant.id().to_string());
        let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer, json!({"status": receipt, "signals": 0}));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mock_and_clock_go_to_other_threads() {
    let mock = std::sync::Arc::new(ConnectorsMock::start().await);
    let clock = mock.clock();
    let worker = tokio::spawn({
        let mock = std::sync::Arc::clone(&mock);
        async move {
            clock.sleep(Duration::from_secs(3600)).await;
            mock.client().providers().await.unwrap();
            clock.now()
        }
    });
    assert_eq!(worker.await.unwrap().to_rfc3339(), "2026-01-02T04:04:05+00:00");
    assert_eq!(mock.requests()[0].came_at(), mock.clock().now());
}

#[tokio::test]
async fn a_worker_waits_from_now_whatever_was_called_before() {
    let (mock, other) = (ConnectorsMock::start().await, ConnectorsMock::start().await);
    let hour = Duration::from_secs(3600);
    let waited = async || {
        let before = mock.clock().now();
        mock.clock().sleep(hour).await;
        (mock.clock().now() - before).to_std().unwrap()
    };
    mock.client().providers().await.unwrap();
    mock.clock().advance(2 * hour);
    assert_eq!(waited().await, hour);
    other.clock().advance(240 * hour);
    other.client().providers().await.unwrap();
    assert_eq!(waited().await, hour);
    let before = mock.snapshot();
    mock.clock().advance(240 * hour);
    mock.client().providers().await.unwrap();
    mock.restore(&before);
    assert_eq!(waited().await, hour);

    // All that tell the time tell the same.
    let one = Clock::now(&mock.clock());
    mock.clock().advance(hour);
    assert_eq!(Clock::now(&mock.clock()) - one, hour);
}

#[tokio::test]
async fn a_client_of_cores_own_waits_and_times_out_by_the_clock_that_it_is_given() {
    let mock = ConnectorsMock::start().await;
    let token = OperatorToken::new(mock.operator_token());
    let client = Connectors::builder(mock.url()).operator_token(token).clock(mock.clock()).build().unwrap();
    let (begun, before) = (Instant::now(), mock.clock().now());
    mock.on(Operation::ListProviders).fail_next(1, Fault::hang());
    mock.on(Operation::ListProviders).fail_next(1, Fault::rate_limited(Duration::from_secs(15)));
    client.providers().await.unwrap();
    assert!(mock.clock().now() - before >= chrono::TimeDelta::seconds(25));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    mock.assert_backoff_honoured();
}
