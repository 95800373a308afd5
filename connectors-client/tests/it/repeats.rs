//! When a call is made again.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use connectors_client::{Clock, Connectors, ErrorCode, ErrorKind, OperatorToken, Retry, TokenFuture, TokenSource};

use crate::peer::{Peer, Reply, TENANT, TOKEN, json, problem, response, tenant};

const EMPTY: &str = r#"{"signals":[],"next_cursor":null}"#;
const ID: &str = "0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b";

/// A clock on which a wait takes no time but counts, and on which nothing times out: an attempt may take ten seconds, and
/// waits are shorter.
#[derive(Clone)]
struct Patience {
    begun: Instant,
    waits: Arc<Mutex<Vec<Duration>>>,
}

impl Patience {
    fn new() -> Self {
        Self { begun: Instant::now(), waits: Arc::default() }
    }

    fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }
}

impl Clock for Patience {
    fn now(&self) -> Instant {
        self.begun + self.waits().iter().sum()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        if time >= Duration::from_secs(9) {
            return Box::pin(std::future::pending());
        }
        self.waits.lock().unwrap().push(time);
        Box::pin(std::future::ready(()))
    }
}

/// A clock on which everything takes too long.
struct Haste;

impl Clock for Haste {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, _time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test]
async fn a_read_is_repeated_after_what_passes() {
    for passing in [408, 429, 502, 503, 504] {
        let peer = Peer::start(move |_, number| match number {
            0 | 1 => problem(passing, "SERVICE_UNAVAILABLE", &[], ""),
            _ => json(EMPTY),
        })
        .await;
        let clock = Patience::new();
        tenant(peer.builder().clock(clock.clone())).signals().page().await.unwrap();
        assert_eq!((peer.seen().len(), clock.waits().len()), (3, 2), "{passing}");
        let seen = peer.seen();
        assert!(seen.iter().all(|request| *request == seen[0]), "{seen:?}");
    }
}

#[tokio::test]
async fn a_read_is_repeated_after_a_lost_connection() {
    let peer = Peer::start(|_, number| match number {
        0 => Reply::Bytes(Vec::new()),
        _ => json(EMPTY),
    })
    .await;
    tenant(peer.builder().clock(Patience::new())).signals().page().await.unwrap();
    assert_eq!(peer.seen().len(), 2);
}

#[tokio::test]
async fn what_repeating_does_not_help_is_not_repeated() {
    for lasting in [400, 401, 404, 405, 409, 413, 415, 500] {
        let peer = Peer::saying(move || problem(lasting, "NEWER_CODE", &[], "")).await;
        let error = tenant(peer.builder().clock(Patience::new())).signals().page().await.unwrap_err();
        assert_eq!((error.status(), error.attempts(), error.is_retryable()), (Some(lasting), 1, false));
    }
}

#[tokio::test]
async fn the_last_error_says_how_often_it_was_tried() {
    let peer = Peer::saying(|| problem(503, "SERVICE_UNAVAILABLE", &[], "")).await;
    let error = tenant(peer.builder().clock(Patience::new())).signals().page().await.unwrap_err();
    assert_eq!((error.attempts(), peer.seen().len()), (3, 3));
    assert!(error.to_string().ends_with("; 3 attempts"), "{error}");
}

#[tokio::test]
async fn a_probe_hands_on_the_first_answer_and_leaves_the_budget_to_others() {
    let peer = Peer::start(|request, _| match request {
        request if request.contains("/signals") => problem(503, "SERVICE_UNAVAILABLE", &[], ""),
        request if request.contains("/healthz") => Reply::Bytes(Vec::new()),
        _ => problem(503, "SERVICE_UNAVAILABLE", &[("Retry-After", "1")], ""),
    })
    .await;
    let connectors = peer.builder().clock(Patience::new()).build().unwrap();
    for _ in 0..20 {
        let error = connectors.readiness().await.unwrap_err();
        assert_eq!((error.status(), error.attempts(), error.is_retryable()), (Some(503), 1, true));
        let error = connectors.health().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Interrupted, 1));
    }
    let tenant = connectors.tenant(TENANT.parse().unwrap());
    assert_eq!(tenant.signals().page().await.unwrap_err().attempts(), 3);

    let limited = Peer::saying(|| problem(429, "RATE_LIMITED", &[], "")).await;
    let connectors = limited.builder().clock(Patience::new()).build().unwrap();
    assert_eq!(connectors.readiness().await.unwrap_err().attempts(), 1);
}

#[tokio::test]
async fn a_probe_that_was_never_sent_is_repeated() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let builder = Connectors::builder(format!("http://{nobody}")).operator_token(OperatorToken::new(TOKEN));
    let connectors = builder.clock(Patience::new()).build().unwrap();
    for error in [connectors.readiness().await.unwrap_err(), connectors.health().await.unwrap_err()] {
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::NotSent, 3));
    }
}

#[tokio::test]
async fn what_may_have_been_applied_is_not_repeated() {
    for reply in [|| Reply::Bytes(Vec::new()), || response("503 X", &[], ""), || response("504 X", &[], "")] {
        let peer = Peer::saying(reply).await;
        let tenant = tenant(peer.builder().clock(Patience::new()));
        tenant.delete_connection(ID.parse().unwrap()).await.unwrap_err();
        tenant.ingest_webhook("github", "{}").await.unwrap_err();
        assert_eq!(peer.seen().len(), 2);
    }
}

#[tokio::test]
async fn what_may_have_been_applied_is_not_repeated_after_a_time_out() {
    let peer = Peer::saying(|| Reply::Silence).await;
    let tenant = tenant(peer.builder().clock(Haste));
    let errors = [
        tenant.delete_connection(ID.parse().unwrap()).await.unwrap_err(),
        tenant.ingest_webhook("github", "{}").await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Deadline, 1), "{error}");
    }
    // What may be repeated is, so the clock does let calls be made again.
    assert_eq!(tenant.connection(ID.parse().unwrap()).await.unwrap_err().attempts(), 3);
}

#[tokio::test]
async fn what_was_never_sent_is_repeated_whatever_it_is() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let clock = Patience::new();
    let builder = Connectors::builder(format!("http://{nobody}")).operator_token(OperatorToken::new(TOKEN));
    let tenant = tenant(builder.clock(clock.clone()));
    let error = tenant.delete_connection(ID.parse().unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), clock.waits().len()), (ErrorKind::NotSent, 3, 2));
    let error = tenant.ingest_webhook("github", "{}").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), clock.waits().len()), (ErrorKind::NotSent, 3, 4));
}

#[tokio::test]
async fn what_the_service_turned_away_is_repeated_whatever_it_is() {
    let peer = Peer::start(|_, number| match number {
        0 => problem(429, "RATE_LIMITED", &[("Retry-After", "1")], ""),
        _ => response("204 No Content", &[], ""),
    })
    .await;
    let clock = Patience::new();
    tenant(peer.builder().clock(clock.clone())).delete_connection(ID.parse().unwrap()).await.unwrap();
    assert_eq!(clock.waits(), [Duration::from_secs(1)]);
}

#[tokio::test]
async fn completing_waits_while_another_request_completes() {
    let peer = Peer::start(|_, number| match number {
        0 => problem(409, "OAUTH_IN_PROGRESS", &[("Retry-After", "2")], ""),
        _ => problem(400, "OAUTH_STATE_INVALID", &[], ""),
    })
    .await;
    let clock = Patience::new();
    let tenant = tenant(peer.builder().clock(clock.clone()));
    let error = tenant.complete_oauth("github", "code=c&state=s".parse().unwrap(), "s").await.unwrap_err();
    assert_eq!((error.code(), error.attempts()), (Some(&ErrorCode::OAuthStateInvalid), 2));
    assert_eq!(clock.waits(), [Duration::from_secs(2)]);
}

#[tokio::test]
async fn completing_is_waited_for_until_the_deadline_however_often_the_service_says_so() {
    let peer = Peer::start(|_, number| match number {
        0..12 => problem(409, "OAUTH_IN_PROGRESS", &[("Retry-After", "1")], ""),
        _ => problem(400, "OAUTH_STATE_INVALID", &[], ""),
    })
    .await;
    let complete = async |clock: &Patience, retry| {
        let tenant = tenant(peer.builder().clock(clock.clone()).retry(retry));
        tenant.complete_oauth("github", "code=c&state=s".parse().unwrap(), "s").await.unwrap_err()
    };
    let clock = Patience::new();
    let error = complete(&clock, Retry::none()).await;
    assert_eq!((error.code(), error.attempts()), (Some(&ErrorCode::OAuthInProgress), 1));
    let error = complete(&clock, Retry::default()).await;
    assert_eq!((error.code(), error.attempts()), (Some(&ErrorCode::OAuthStateInvalid), 12));
}

#[tokio::test]
async fn an_attempt_to_complete_may_take_as_long_as_the_service_asks_the_provider() {
    let peer = Peer::saying(|| Reply::Silence).await;
    let tenant = tenant(peer.builder().timeout(Duration::from_secs(60)).clock(Haste).retry(Retry::none()));
    let error = tenant.complete_oauth("github", "code=c&state=s".parse().unwrap(), "s").await.unwrap_err();
    assert_eq!(error.to_string(), "complete_oauth: no answer within 30s");
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_is_the_callers() {
    let peer = Peer::saying(|| problem(429, "RATE_LIMITED", &[("Retry-After", "3600")], "")).await;
    let clock = Patience::new();
    let error = tenant(peer.builder().clock(clock.clone())).signals().page().await.unwrap_err();
    assert_eq!((error.attempts(), error.retry_after()), (1, Some(Duration::from_secs(3600))));
    assert_eq!(clock.waits(), Vec::<Duration>::new());
}

#[tokio::test]
async fn retry_after_may_be_a_date() {
    let headers = [("Date", "Wed, 21 Oct 2026 07:28:00 GMT"), ("Retry-After", "Wed, 21 Oct 2026 07:29:30 GMT")];
    let peer = Peer::saying(move || response("503 X", &headers, "")).await;
    let error = tenant(peer.builder().retry(Retry::none())).signals().page().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(90)));
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_given_up() {
    let peer = Peer::saying(|| Reply::Silence).await;
    let error = tenant(peer.builder().clock(Haste).retry(Retry::none())).signals().page().await.unwrap_err();
    assert_eq!((error.kind(), error.status(), error.is_retryable()), (ErrorKind::Deadline, None, true));
    assert_eq!(error.to_string(), "list_signals: no answer within 10s");
}

#[tokio::test]
async fn a_failing_service_sees_a_bounded_multiple_of_the_load() {
    let peer = Peer::saying(|| response("503 X", &[], "")).await;
    let connectors = peer.builder().clock(Patience::new()).build().unwrap();
    let calls = 200;
    for _ in 0..calls {
        // Another handle each time: the budget is shared.
        connectors.clone().tenant(TENANT.parse().unwrap()).signals().page().await.unwrap_err();
    }
    let seen = peer.seen().len();
    assert!(seen > calls && seen <= calls * 12 / 10, "{seen} requests for {calls} calls");
    assert!(spent(&connectors).await >= 9);
}

/// How many of ten calls say that they were not repeated because the budget is spent.
async fn spent(connectors: &Connectors) -> usize {
    let tenant = connectors.tenant(TENANT.parse().unwrap());
    let mut spent = 0;
    for _ in 0..10 {
        let error = tenant.signals().page().await.unwrap_err();
        let says_so = error.to_string().ends_with("; the budget of repetitions is spent");
        // Some are repeated once, for what ten calls have paid in.
        assert_eq!(says_so, error.attempts() < 3, "{error}");
        spent += usize::from(says_so);
    }
    spent
}

#[tokio::test]
async fn a_spent_budget_hides_no_cause() {
    let peer = Peer::saying(|| Reply::Bytes(Vec::new())).await;
    let connectors = peer.builder().clock(Patience::new()).build().unwrap();
    for _ in 0..10 {
        connectors.providers().await.unwrap_err();
    }
    assert!(spent(&connectors).await >= 9);
    let error = connectors.providers().await.unwrap_err();
    assert!(error.kind() == ErrorKind::Interrupted && std::error::Error::source(&error).is_some(), "{error}");
}

/// A source whose second token is the right one.
#[derive(Clone, Default)]
struct Rotating {
    asked: Arc<AtomicUsize>,
    told_of: Arc<AtomicUsize>,
}

impl TokenSource for Rotating {
    fn token<'a>(&'a self, refused: Option<&'a OperatorToken>) -> TokenFuture<'a> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let told_of = self.told_of.fetch_add(usize::from(refused.is_some()), Ordering::Relaxed);
        let now = told_of + usize::from(refused.is_some());
        Box::pin(async move { Ok(OperatorToken::new(format!("{TOKEN}-{now}"))) })
    }
}

#[tokio::test]
async fn after_a_401_the_source_is_asked_once_for_a_newer_token() {
    let peer = Peer::start(|request, _| match request.contains(&format!("Bearer {TOKEN}-1")) {
        true => json(EMPTY),
        false => problem(401, "UNAUTHORIZED", &[], ""),
    })
    .await;
    let source = Rotating::default();
    let tenant = tenant(Connectors::builder(&peer.url).token_source(source.clone()).retry(Retry::none()));
    tenant.signals().page().await.unwrap();
    assert_eq!((peer.seen().len(), source.asked.load(Ordering::Relaxed)), (2, 2));
    tenant.signals().page().await.unwrap();
    assert_eq!(peer.seen().len(), 3);
}

/// A source that keeps a copy, as the docs of `TokenSource` show it.
struct Vault {
    kept: Mutex<OperatorToken>,
    read: Arc<AtomicUsize>,
}

impl TokenSource for Vault {
    fn token<'a>(&'a self, refused: Option<&'a OperatorToken>) -> TokenFuture<'a> {
        let mut kept = self.kept.lock().unwrap();
        if refused == Some(&*kept) {
            self.read.fetch_add(1, Ordering::Relaxed);
            *kept = OperatorToken::new(format!("{TOKEN}-new"));
        }
        let token = kept.clone();
        Box::pin(async move { Ok(token) })
    }
}

#[tokio::test]
async fn a_rotation_under_load_fails_no_call_and_asks_the_vault_once() {
    const CALLS: usize = 60;
    let peer = Peer::start(|request, _| match request.contains(&format!("Bearer {TOKEN}-new")) {
        true => json(EMPTY),
        false => problem(401, "UNAUTHORIZED", &[], ""),
    })
    .await;
    let read = Arc::new(AtomicUsize::new(0));
    let vault = Vault { kept: Mutex::new(OperatorToken::new(TOKEN)), read: Arc::clone(&read) };
    let tenant = tenant(Connectors::builder(&peer.url).token_source(vault));
    let calls = (0..CALLS).map(|_| {
        let tenant = tenant.clone();
        tokio::spawn(async move { tenant.signals().page().await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(read.load(Ordering::Relaxed), 1);
    // More than the budget of ten met the old token at once.
    assert!(peer.seen().len() > CALLS + 10, "{}", peer.seen().len());
}

#[tokio::test]
async fn a_newer_token_that_is_refused_too_ends_the_call() {
    let peer = Peer::saying(|| problem(401, "UNAUTHORIZED", &[], "")).await;
    let source = Rotating::default();
    let tenant = tenant(Connectors::builder(&peer.url).token_source(source.clone()));
    let error = tenant.signals().page().await.unwrap_err();
    assert_eq!((error.code(), error.attempts()), (Some(&ErrorCode::Unauthorized), 2));
    assert_eq!(source.asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_service_that_takes_no_token_sees_a_bounded_multiple_of_the_load() {
    let peer = Peer::saying(|| problem(401, "UNAUTHORIZED", &[], "")).await;
    let source = Rotating::default();
    let builder = Connectors::builder(&peer.url).token_source(source.clone()).clock(Patience::new());
    let tenant = tenant(builder);
    let calls = 200;
    let mut attempts = 0;
    for call in 0..calls {
        let error = tenant.signals().page().await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::Unauthorized));
        let is_spent = error.to_string().ends_with("; there is a newer token, but the budget of repetitions is spent");
        match error.attempts() {
            1 => assert!(is_spent && error.is_retryable(), "call {call}: {error}"),
            2 => assert!(!is_spent && !error.is_retryable(), "call {call}: {error}"),
            more => panic!("{more} attempts"),
        }
        attempts += error.attempts() as usize;
    }
    assert_eq!(peer.seen().len(), attempts);
    assert!(attempts > calls && attempts <= calls * 12 / 10, "{attempts} requests for {calls} calls");
    // Of each refusal the source was told, so that no copy of a refused token stays with it.
    assert_eq!(source.told_of.load(Ordering::Relaxed), calls);
}

#[tokio::test]
async fn a_token_that_no_header_can_hold_is_not_sent_and_not_shown() {
    let peer = Peer::saying(|| Reply::Silence).await;
    for token in ["", "c4nary\r\nX-Other: 1", "c4näry"] {
        let builder = Connectors::builder(&peer.url).operator_token(OperatorToken::new(token));
        let error = tenant(builder).signals().page().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::TokenSource, 0), "{token:?}");
        assert!(!format!("{error:?}").contains("c4n"), "{error:?}");
    }
    assert!(peer.seen().is_empty());
}
