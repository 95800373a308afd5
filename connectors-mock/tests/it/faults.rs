//! What goes wrong on purpose, and what a test asks afterwards.

use std::time::Duration;

use connectors_client::{Connectors, ErrorCode, OperatorToken, Retry};
use connectors_examples::recorded::signature;
use connectors_mock::{ConnectorsMock, Fault, Operation, Tenant};
use serde_json::{Value, json};

use crate::panics::text_of as panic_of;

const SECOND: Duration = Duration::from_secs(1);

/// A client that does not repeat anything.
fn hasty(mock: &ConnectorsMock) -> Connectors {
    let token = OperatorToken::new(mock.operator_token());
    Connectors::builder(mock.url()).operator_token(token).retry(Retry::none()).build().unwrap()
}

#[tokio::test]
async fn a_planned_failure_hits_the_next_requests_of_its_operation_and_tenant() {
    let mock = ConnectorsMock::start().await;
    let (acme, globex) = (mock.tenant("acme"), mock.tenant("globex"));
    let client = |tenant: &Tenant| hasty(&mock).tenant(tenant.id());
    mock.on(Operation::ListSignals).tenant(&acme).fail_next(2, Fault::unavailable(SECOND));
    client(&globex).signals().page().await.unwrap();
    client(&acme).connections().page().await.unwrap();
    for _ in 0..2 {
        let error = client(&acme).signals().page().await.unwrap_err();
        assert_eq!((error.code(), error.retry_after()), (Some(&ErrorCode::ServiceUnavailable), Some(SECOND)));
    }
    client(&acme).signals().page().await.unwrap();
}

#[tokio::test]
async fn each_failure_of_the_contract_can_be_planned() {
    let mock = ConnectorsMock::start().await;
    let acme = hasty(&mock).tenant(mock.tenant("acme").id());
    for (operation, fault, code) in [
        (Operation::ListSignals, Fault::rate_limited(SECOND), ErrorCode::RateLimited),
        (Operation::ListSignals, Fault::internal_error(), ErrorCode::InternalError),
        (Operation::CompleteOAuth, Fault::provider_error("github", 503), ErrorCode::ProviderError),
        (Operation::CompleteOAuth, Fault::provider_timeout("github"), ErrorCode::ProviderTimeout),
        (Operation::CompleteOAuth, Fault::oauth_in_progress(), ErrorCode::OAuthInProgress),
    ] {
        mock.on(operation).fail_next(1, fault);
        let error = match operation {
            Operation::ListSignals => acme.signals().page().await.unwrap_err(),
            _ => {
                let started = acme.start_oauth("github").send().await.unwrap();
                let query = mock.user().approves(&started.authorize_url).query().unwrap().parse().unwrap();
                acme.complete_oauth("github", query, &started.state).await.unwrap_err()
            }
        };
        assert_eq!(error.code(), Some(&code));
    }
}

#[tokio::test]
async fn a_failure_that_the_contract_does_not_know_is_refused_when_it_is_planned() {
    let mock = ConnectorsMock::start().await;
    let text = panic_of(|| mock.on(Operation::ListSignals).fail_next(1, Fault::oauth_in_progress()));
    assert_eq!(text, "the contract does not let list_signals answer with OAUTH_IN_PROGRESS");
    let text = panic_of(|| mock.on(Operation::ListSignals).reply(200, json!({"signals": 7})));
    assert!(text.starts_with("the contract does not let list_signals answer that: "), "{text}");
    let text = panic_of(|| mock.on(Operation::ListSignals).reply(418, json!({})));
    assert!(text.starts_with("the contract does not let list_signals answer that: "), "{text}");
}

#[tokio::test]
async fn a_planned_reply_is_given_once_and_an_unchecked_one_may_be_anything() {
    let mock = ConnectorsMock::start().await;
    let acme = hasty(&mock).tenant(mock.tenant("acme").id());
    mock.on(Operation::ListSignals).reply(200, json!({"signals": [], "next_cursor": "more"}));
    assert_eq!(acme.signals().page().await.unwrap().next_cursor.unwrap().as_str(), "more");
    assert!(acme.signals().page().await.unwrap().next_cursor.is_none());
    mock.on(Operation::ListSignals).reply_unchecked(200, json!({"signals": 7}));
    assert!(acme.signals().page().await.is_err());
    mock.verify();
}

fn problem(status: u16, code: &str) -> Value {
    json!({"type": "/docs/errors", "title": "Some title", "status": status, "code": code, "message": "Some message"})
}

#[tokio::test]
async fn a_planned_problem_has_a_code_of_its_operation_and_status() {
    let mock = ConnectorsMock::start().await;
    let refusal = |operation, status, body: Value| panic_of(|| mock.on(operation).reply(status, body));
    for (operation, status, code) in [
        (Operation::ListSignals, 400, "OAUTH_DENIED"),
        (Operation::ListSignals, 400, "RATE_LIMITED"),
        (Operation::ListSignals, 500, "NO_SUCH_CODE"),
        (Operation::GetSignal, 404, "CONNECTION_NOT_FOUND"),
    ] {
        let text = refusal(operation, status, problem(status, code));
        assert!(text.contains(&format!("not {code}")), "{text}");
    }
    mock.on(Operation::CompleteOAuth).reply(400, problem(400, "OAUTH_DENIED"));

    let text = refusal(Operation::ListSignals, 429, problem(429, "RATE_LIMITED"));
    assert!(text.ends_with("header Retry-After, which is made of the problem's `retry_after`"), "{text}");
    let text = refusal(Operation::ListSignals, 200, serde_json::Value::Null);
    assert!(text.ends_with("it must be application/json, and came as no body"), "{text}");
    let mut hasty = problem(400, "VALIDATION_FAILED");
    hasty["retry_after"] = 7.into();
    let text = refusal(Operation::ListSignals, 400, hasty);
    assert!(text.contains("`retry_after` is 7, the header Retry-After is not there"), "{text}");
}

#[tokio::test]
async fn a_planned_problem_is_sent_with_the_headers_and_the_id_that_the_services_would_have() {
    let mock = ConnectorsMock::start().await;
    let signals = || {
        let request = reqwest::Client::new().get(format!("{}/signals", mock.url())).bearer_auth(mock.operator_token());
        request.header("x-tenant-id", mock.tenant("acme").id().to_string()).header("x-request-id", "of-the-request")
    };
    let (mut busy, mut gone) = (problem(429, "RATE_LIMITED"), problem(503, "SERVICE_UNAVAILABLE"));
    (busy["retry_after"], gone["retry_after"]) = (7.into(), 9.into());
    busy["trace_id"] = "of the test's own".into();
    for (status, body, name, value) in [
        (429, busy, "retry-after", "7"),
        (503, gone, "retry-after", "9"),
        (401, problem(401, "UNAUTHORIZED"), "www-authenticate", r#"Bearer realm="poblysh-connectors""#),
        (400, problem(400, "VALIDATION_FAILED"), "content-type", "application/problem+json"),
    ] {
        mock.on(Operation::ListSignals).reply(status, body);
        let answer = signals().send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()[name], value);
        let ids: Vec<_> = answer.headers().get_all("x-request-id").iter().collect();
        assert_eq!(ids, ["of-the-request"]);
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(body["trace_id"], "of-the-request");
    }
    mock.verify();
}

#[tokio::test]
async fn a_refusal_of_the_service_goes_before_a_planned_failure() {
    let mock = ConnectorsMock::start().await;
    mock.on(Operation::ListSignals).fail_next(1, Fault::internal_error());
    let wrong = Connectors::builder(mock.url()).operator_token(OperatorToken::new("wrong")).build().unwrap();
    let error = wrong.tenant(mock.tenant("acme").id()).signals().page().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::Unauthorized));
}

#[tokio::test]
async fn a_slow_answer_comes_late() {
    let mock = ConnectorsMock::start().await;
    mock.on(Operation::ListSignals).slow(Duration::from_millis(80));
    let begun = std::time::Instant::now();
    mock.tenant("acme").client().signals().page().await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(80));
}

#[tokio::test]
async fn the_handed_out_client_waits_on_the_mocks_clock() {
    let mock = ConnectorsMock::start().await;
    mock.on(Operation::ListSignals).fail_next(2, Fault::rate_limited(5 * SECOND));
    let (begun, before) = (std::time::Instant::now(), mock.clock().now());
    mock.tenant("acme").client().signals().page().await.unwrap();
    assert!(begun.elapsed() < 5 * SECOND);
    assert!(mock.clock().now() - before >= chrono::TimeDelta::seconds(10));
    mock.assert_backoff_honoured();
}

#[tokio::test]
async fn a_caller_that_does_not_wait_is_noticed() {
    let mock = ConnectorsMock::start().await;
    let acme = hasty(&mock).tenant(mock.tenant("acme").id());
    mock.on(Operation::ListSignals).fail_next(1, Fault::rate_limited(30 * SECOND));
    acme.signals().page().await.unwrap_err();
    mock.clock().advance(29 * SECOND);
    acme.signals().page().await.unwrap();
    let text = panic_of(|| mock.assert_backoff_honoured());
    let told = "came too early, at 2026-01-02T03:04:34.000000Z: the caller of request 1, GET /signals of the tenant";
    assert!(text.contains(told) && text.ends_with("was told to wait until 2026-01-02T03:04:35.000000Z"), "{text}");
}

/// Of so many tenants at once, each is told to wait for 30 seconds.
async fn all_wait_at_once(tenants: usize) {
    let mock = ConnectorsMock::start().await;
    mock.on(Operation::ListSignals).fail_next(tenants, Fault::rate_limited(30 * SECOND));
    // All have called before the first one has its answer.
    mock.on(Operation::ListSignals).slow(SECOND / 5);
    let before = mock.clock().now();
    // Each with a budget of repetitions of its own.
    let client = |tenant: &Tenant| mock.client_builder().timeout(300 * SECOND).build().unwrap().tenant(tenant.id());
    let clients: Vec<_> = (0..tenants).map(|number| client(&mock.tenant(&format!("tenant {number}")))).collect();
    let calls: Vec<_> =
        clients.into_iter().map(|client| tokio::spawn(async move { client.signals().page().await })).collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(mock.clock().now() - before, chrono::TimeDelta::seconds(30));
    mock.assert_backoff_honoured();
}

#[tokio::test]
async fn calls_that_are_told_to_wait_at_once_wait_together() {
    for tenants in [1, 2, 20, 50] {
        all_wait_at_once(tenants).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_are_told_to_wait_at_once_wait_together_on_more_threads() {
    all_wait_at_once(2).await;
}

#[tokio::test]
async fn who_waits_waits_for_no_call_that_nobody_drives() {
    let mock = ConnectorsMock::start().await;
    mock.on(Operation::ListSignals).fail_next(1, Fault::rate_limited(30 * SECOND));
    let (acme, globex) = (mock.tenant("acme").client(), mock.tenant("globex").client());
    let list = globex.connections();
    let mut forgotten = Box::pin(list.page());
    assert!(
        std::future::poll_fn(|context| std::task::Poll::Ready(forgotten.as_mut().poll(context))).await.is_pending()
    );
    acme.signals().page().await.unwrap();
    forgotten.await.unwrap();
}

#[tokio::test]
async fn a_clients_time_goes_on_where_a_snapshot_sets_the_clock_back() {
    let mock = ConnectorsMock::start().await;
    let start = mock.snapshot();
    mock.clock().advance(7_200 * SECOND);
    let client = mock.client_builder().timeout(50 * SECOND).build().unwrap();
    for restored in [false, true] {
        if restored {
            mock.restore(&start);
        }
        mock.on(Operation::ListProviders).fail_next(9, Fault::unavailable(20 * SECOND));
        assert_eq!(client.providers().await.unwrap_err().attempts(), 3, "restored: {restored}");
        mock.restore(&start);
    }
}

#[tokio::test]
async fn who_called_before_the_refusal_was_there_was_not_hasty() {
    let mock = ConnectorsMock::start().await;
    let client = hasty(&mock);
    for _ in 0..20 {
        mock.on(Operation::ListProviders).fail_next(1, Fault::unavailable(30 * SECOND));
        let (one, other) = tokio::join!(client.providers(), client.providers());
        assert!(one.is_err() != other.is_err());
        mock.clock().advance(30 * SECOND);
    }
    mock.assert_backoff_honoured();
    // Nor is who asks for something else than what is out of reach for a while.
    let acme = client.tenant(mock.tenant("acme").id());
    let (one, other) = (mock.tenant("acme").has_connection("github"), mock.tenant("acme").has_connection("slack"));
    mock.on(Operation::GetConnection).fail_next(1, Fault::unavailable(30 * SECOND));
    acme.connection(one.id).await.unwrap_err();
    acme.connection(other.id).await.unwrap();
    mock.assert_backoff_honoured();
    // A caller with one connection can't have known less than it was told on it.
    mock.clock().advance(30 * SECOND);
    let acme = hasty(&mock).tenant(mock.tenant("acme").id());
    mock.on(Operation::GetConnection).fail_next(1, Fault::unavailable(30 * SECOND));
    acme.connection(one.id).await.unwrap_err();
    mock.assert_backoff_honoured();
    let refused = mock.requests().len();
    acme.connection(one.id).await.unwrap();
    let text = panic_of(|| mock.assert_backoff_honoured());
    let told = format!("the caller of request {refused}, GET /connections/{} of the tenant {}", one.id, acme.id());
    assert!(text.contains(&format!("{told} → 503, was told to wait until ")), "{text}");
}

#[tokio::test]
async fn who_posts_something_else_than_what_it_is_to_wait_with_is_not_hasty() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    let core = hasty(&mock).tenant(acme.id());
    let hand_on = async |event: &str| {
        let delivery = acme.delivery("github", event);
        core.ingest_webhook("github", delivery.body()).header("X-GitHub-Event", "issues").send().await
    };
    mock.on(Operation::IngestWebhook).fail_next(1, Fault::unavailable(30 * SECOND));
    hand_on("issues.opened").await.unwrap_err();
    hand_on("issues.closed").await.unwrap();
    mock.assert_backoff_honoured();
    hand_on("issues.opened").await.unwrap();
    let text = panic_of(|| mock.assert_backoff_honoured());
    assert!(text.starts_with("request 3, POST /webhooks/github of the tenant "), "{text}");
}

#[tokio::test]
async fn a_plan_for_a_tenant_hits_the_callback_of_its_authorization() {
    let mock = ConnectorsMock::start().await;
    let (acme, globex) = (mock.tenant("acme"), mock.tenant("globex"));
    mock.on(Operation::CompleteOAuth).tenant(&acme).fail_next(1, Fault::provider_error("github", 500));
    for (tenant, status) in [(&globex, 200), (&acme, 502), (&acme, 200)] {
        let started = tenant.client().start_oauth("github").send().await.unwrap();
        let callback = mock.user().approves(&started.authorize_url);
        let url = format!("{}/connect/github/callback?{}", mock.url(), callback.query().unwrap());
        assert_eq!(reqwest::get(url).await.unwrap().status(), status);
    }
}

#[test]
fn a_fault_is_of_a_provider_that_there_is_and_may_last_for_ever() {
    let text = panic_of(|| drop(Fault::provider_error("gihub", 500)));
    assert_eq!(text, "there is no provider `gihub`; did you mean `github`?");
    for status in [0, 199, 600, u16::MAX] {
        let text = panic_of(|| drop(Fault::provider_error("github", status)));
        assert_eq!(text, format!("no answer has the status {status}"));
    }
    drop(Fault::rate_limited(Duration::MAX));
}

#[tokio::test]
async fn nobody_waits_for_what_was_said_after_a_snapshot_once_it_is_restored() {
    let mock = ConnectorsMock::start().await;
    let acme = hasty(&mock).tenant(mock.tenant("acme").id());
    let before = mock.snapshot();
    mock.on(Operation::ListSignals).fail_next(1, Fault::rate_limited(30 * SECOND));
    acme.signals().page().await.unwrap_err();
    mock.restore(&before);
    acme.signals().page().await.unwrap();
    mock.assert_backoff_honoured();
}

#[tokio::test]
async fn clients_that_are_handed_out_after_a_restore_repeat_as_often_as_the_first() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    let before = mock.snapshot();
    for _ in 0..25 {
        mock.on(Operation::ListSignals).fail_next(1, Fault::unavailable(SECOND));
        acme.client().signals().page().await.unwrap();
        mock.restore(&before);
    }
}

const OPENED: &[u8] = include_bytes!("../../../connectors-server/tests/fixtures/github/issues.opened.json");

#[tokio::test]
async fn a_plan_for_a_tenant_hits_deliveries_to_its_own_webhook() {
    let mock = ConnectorsMock::start().await;
    let (acme, globex) = (mock.tenant("acme"), mock.tenant("globex"));
    mock.on(Operation::IngestSignedWebhook).tenant(&acme).fail_next(1, Fault::unavailable(SECOND));
    for (tenant, status) in [(&globex, 202), (&acme, 503), (&acme, 202)] {
        let delivery = reqwest::Client::new().post(format!("{}/webhooks/github/{}", mock.url(), tenant.id()));
        let signature = signature(&tenant.webhook_secret("github"), OPENED);
        let delivery =
            delivery.header("x-github-event", "issues").header("x-hub-signature-256", signature).body(OPENED);
        assert_eq!(delivery.send().await.unwrap().status(), status);
    }
    let tenants: Vec<_> = mock.requests().iter().map(|request| request.tenant().unwrap()).collect();
    assert_eq!(tenants, [globex.id(), acme.id(), acme.id()]);
}

#[tokio::test]
async fn a_journey_that_differs_is_shown_with_what_is_missing() {
    let mock = ConnectorsMock::start().await;
    mock.client().providers().await.unwrap();
    mock.tenant("acme").client().connections().page().await.unwrap();
    mock.assert_journey([Operation::ListProviders, Operation::ListConnections]);
    let expected = [Operation::ListProviders, Operation::StartOAuth, Operation::ListConnections];
    let text = panic_of(|| mock.assert_journey(expected));
    assert!(text.contains("  - start_oauth\n    list_connections"), "{text}");
}

#[tokio::test]
async fn a_replay_and_another_tenants_callback_are_told_apart() {
    let mock = ConnectorsMock::start().await;
    let (acme, globex) = (mock.tenant("acme"), mock.tenant("globex"));
    let started = acme.client().start_oauth("github").send().await.unwrap();
    let callback = mock.user().approves(&started.authorize_url);
    assert_eq!(mock.user().replays(&started.authorize_url), callback);
    let foreign = mock.user().approves_as(&globex, &started.authorize_url);
    assert_ne!(foreign, callback);
    let query: connectors_client::CallbackQuery = foreign.query().unwrap().parse().unwrap();
    let state = query.state().to_owned();
    // The session's state refuses it before the service does; the service does too.
    let error = acme.client().complete_oauth("github", query.clone(), &state).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::OAuthStateInvalid));
    globex.client().complete_oauth("github", query, &state).await.unwrap();
}

#[tokio::test]
async fn a_providers_failure_waits_for_that_provider() {
    let mock = ConnectorsMock::start().await;
    let acme = hasty(&mock).tenant(mock.tenant("acme").id());
    mock.on(Operation::CompleteOAuth).fail_next(1, Fault::provider_error("github", 503));
    for (provider, fails) in [("slack", false), ("github", true), ("github", false)] {
        let started = acme.start_oauth(provider).send().await.unwrap();
        let query = mock.user().approves(&started.authorize_url).query().unwrap().parse().unwrap();
        let completed = acme.complete_oauth(provider, query, &started.state).await;
        assert_eq!(completed.is_err(), fails, "{provider}: {completed:?}");
    }
}

#[tokio::test]
async fn an_outage_lasts_until_the_operation_recovers() {
    let mock = ConnectorsMock::start().await;
    let (acme, globex) = (mock.tenant("acme"), mock.tenant("globex"));
    let core = hasty(&mock);
    let fails = async |tenant: &connectors_mock::Tenant| core.tenant(tenant.id()).signals().page().await.is_err();
    mock.on(Operation::ListProviders).fail(Fault::unavailable(SECOND));
    mock.on(Operation::ListSignals).tenant(&acme).fail(Fault::connection_reset());
    for _ in 0..3 {
        assert!(fails(&acme).await && !fails(&globex).await);
    }
    mock.on(Operation::ListSignals).tenant(&globex).fail(Fault::unavailable(SECOND));
    mock.on(Operation::ListSignals).tenant(&mock.tenant_with_id(acme.id())).recover();
    assert!(!fails(&acme).await && fails(&globex).await);

    // Without a tenant all of it ends, and only there.
    mock.on(Operation::ListSignals).tenant(&acme).fail_next(9, Fault::unavailable(SECOND));
    mock.on(Operation::ListSignals).slow(3600 * SECOND);
    mock.on(Operation::ListSignals).recover();
    assert!(!fails(&acme).await && !fails(&globex).await);
    mock.assert_faults_met();
    core.providers().await.unwrap_err();
}

#[tokio::test]
async fn what_was_planned_and_did_not_come_is_told() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    mock.on(Operation::ListSignals).fail(Fault::internal_error());
    mock.on(Operation::GetSignal).slow(SECOND);
    mock.on(Operation::GetSignal).fail_next(0, Fault::internal_error());
    mock.assert_faults_met();
    mock.on(Operation::ListProviders).fail_next(3, Fault::unavailable(SECOND));
    mock.on(Operation::ListConnections).tenant(&acme).fail_next(1, Fault::connection_reset());
    mock.on(Operation::GetConnection).reply_unchecked(418, json!({}));
    hasty(&mock).providers().await.unwrap_err();
    let expected = format!(
        "not all that was planned has come to pass:\n  \
         SERVICE_UNAVAILABLE waits for 2 requests to list_providers\n  \
         the loss `reset` waits for 1 request to list_connections of the tenant acme ({})\n  \
         a reply with 418 waits for 1 request to get_connection",
        acme.id()
    );
    assert_eq!(panic_of(|| mock.assert_faults_met()), expected);
}

#[tokio::test(start_paused = true)]
async fn a_paused_runtime_is_one_like_any() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    mock.on(Operation::ListSignals).fail_next(1, Fault::rate_limited(30 * SECOND));
    mock.on(Operation::ListSignals).slow(SECOND / 20);
    let before = mock.clock().now();
    for _ in 0..20 {
        acme.client().signals().page().await.unwrap();
    }
    mock.on(Operation::ListProviders).fail_next(1, Fault::hang());
    mock.client().providers().await.unwrap();
    assert!(mock.clock().now() - before >= chrono::TimeDelta::seconds(30));
    assert_eq!(mock.requests().len(), 23);
}

/// Each goes on when its own time has come, and calls again before the next one's time does.
#[tokio::test]
async fn calls_that_are_told_to_wait_for_other_times_go_on_one_after_the_other() {
    let mock = ConnectorsMock::start().await;
    for _ in 0..20 {
        let before = mock.clock().now();
        let [acme, globex] = [("acme", 8), ("globex", 2)].map(|(tenant, seconds)| {
            let tenant = mock.tenant(tenant);
            // Twice: who waits for less must not come too late the second time.
            mock.on(Operation::ListSignals).tenant(&tenant).fail_next(2, Fault::rate_limited(seconds * SECOND));
            mock.client_builder().build().unwrap().tenant(tenant.id())
        });
        let (one, other) = (acme.signals(), globex.signals());
        let (one, other) = tokio::join!(one.page(), other.page());
        one.unwrap();
        other.unwrap();
        assert_eq!(mock.clock().now() - before, chrono::TimeDelta::seconds(16));
    }
    mock.assert_backoff_honoured();
}

/// Others who call all the time hold nobody up for ever.
#[tokio::test]
async fn who_waits_goes_on_although_others_call_and_call() {
    let mock = ConnectorsMock::start().await;
    mock.on(Operation::ListSignals).fail_next(1, Fault::rate_limited(30 * SECOND));
    mock.on(Operation::ListProviders).slow(SECOND / 20);
    let polls = || {
        let client = mock.client();
        tokio::spawn(async move {
            loop {
                client.providers().await.unwrap();
            }
        })
    };
    let others = [polls(), polls()];
    mock.tenant("acme").client().signals().page().await.unwrap();
    others.iter().for_each(tokio::task::JoinHandle::abort);
    mock.assert_backoff_honoured();
}
