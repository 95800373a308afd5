//! One deadline for a call with all that it does.

use std::{
    error::Error as _,
    pin::Pin,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use connectors_client::{Clock, Connectors, ErrorCode, ErrorKind, OperatorToken, TokenFuture, TokenSource};

use crate::peer::{Peer, Reply, TOKEN, json, problem, tenant};

const EMPTY: &str = r#"{"signals":[],"next_cursor":null}"#;
const SECOND: Duration = Duration::from_secs(1);

/// A clock that stands until it is moved. It writes down what time each piece of work was given.
#[derive(Clone)]
struct Dial {
    begun: Instant,
    moved: Arc<Mutex<Duration>>,
    given: Arc<Mutex<Vec<Duration>>>,
    /// By how much a wait takes longer than it should.
    oversleeps: Duration,
}

impl Dial {
    fn new() -> Self {
        Self { begun: Instant::now(), moved: Arc::default(), given: Arc::default(), oversleeps: Duration::ZERO }
    }

    fn passes(&self, milliseconds: u64) {
        *self.moved.lock().unwrap() += Duration::from_millis(milliseconds);
    }

    fn given(&self) -> Vec<u128> {
        self.given.lock().unwrap().iter().map(Duration::as_millis).collect()
    }
}

impl Clock for Dial {
    fn now(&self) -> Instant {
        self.begun + *self.moved.lock().unwrap()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        *self.moved.lock().unwrap() += time + self.oversleeps;
        Box::pin(std::future::ready(()))
    }

    fn timeout(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.given.lock().unwrap().push(time);
        Box::pin(std::future::pending())
    }
}

/// A source that takes its time, and has nothing newer if it was told so.
struct Slow {
    dial: Dial,
    takes: u64,
    has_newer: bool,
}

impl TokenSource for Slow {
    fn token<'a>(&'a self, refused: Option<&'a OperatorToken>) -> TokenFuture<'a> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.dial.passes(self.takes);
            match refused {
                None => Ok(OperatorToken::new(TOKEN)),
                Some(_) if self.has_newer => Ok(OperatorToken::new(format!("{TOKEN}-newer"))),
                Some(_) => Err("the vault is sealed".into()),
            }
        })
    }
}

/// Refuses the first token, after a while.
async fn refusing(dial: &Dial, takes: u64) -> Peer {
    let dial = dial.clone();
    Peer::start(move |request, _| {
        dial.passes(takes);
        match request.contains("-newer") {
            true => json(EMPTY),
            false => problem(401, "UNAUTHORIZED", &[], ""),
        }
    })
    .await
}

#[tokio::test]
async fn each_step_of_a_call_gets_what_is_left_of_its_time() {
    let dial = Dial::new();
    let peer = refusing(&dial, 300).await;
    let source = Slow { dial: dial.clone(), takes: 250, has_newer: true };
    let builder = Connectors::builder(&peer.url).token_source(source).timeout(SECOND).clock(dial.clone());
    tenant(builder).signals().page().await.unwrap();
    // The token, the attempt, the newer token, the attempt.
    assert_eq!(dial.given(), [1000, 750, 450, 200]);
}

#[tokio::test]
async fn an_attempt_gets_its_own_time_and_a_repetition_what_is_left() {
    let dial = Dial::new();
    let ticks = dial.clone();
    let peer = Peer::start(move |_, number| {
        ticks.passes(600);
        match number {
            0 => problem(503, "SERVICE_UNAVAILABLE", &[("Retry-After", "1")], ""),
            _ => json(EMPTY),
        }
    })
    .await;
    let builder = peer.builder().timeout(2 * SECOND).attempt_timeout(SECOND).clock(dial.clone());
    tenant(builder).signals().page().await.unwrap();
    assert_eq!(dial.given(), [1000, 400]);
}

#[tokio::test]
async fn a_wait_that_takes_all_the_time_leaves_the_answer_that_came() {
    let dial = Dial { oversleeps: SECOND, ..Dial::new() };
    let peer = Peer::saying(|| problem(503, "SERVICE_UNAVAILABLE", &[], "")).await;
    let error = tenant(peer.builder().timeout(SECOND).clock(dial)).signals().page().await.unwrap_err();
    assert_eq!((error.code(), error.attempts()), (Some(&ErrorCode::ServiceUnavailable), 1));
    assert_eq!(peer.seen().len(), 1);
}

#[tokio::test]
async fn a_token_that_takes_all_the_time_is_not_sent() {
    let dial = Dial::new();
    let peer = Peer::saying(|| Reply::Silence).await;
    let source = Slow { dial: dial.clone(), takes: 1000, has_newer: true };
    let builder = Connectors::builder(&peer.url).token_source(source).timeout(SECOND).clock(dial);
    let error = tenant(builder).signals().page().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Deadline, 0));
    assert_eq!(error.to_string(), "list_signals: no request was made within 1s");
    assert!(peer.seen().is_empty());
}

#[tokio::test]
async fn a_newer_token_that_comes_too_late_leaves_the_401() {
    let dial = Dial::new();
    let peer = refusing(&dial, 0).await;
    let source = Slow { dial: dial.clone(), takes: 500, has_newer: true };
    let builder = Connectors::builder(&peer.url).token_source(source).timeout(SECOND).clock(dial);
    let error = tenant(builder).signals().page().await.unwrap_err();
    assert_eq!((error.code(), error.attempts()), (Some(&ErrorCode::Unauthorized), 1));
    assert_eq!(peer.seen().len(), 1);
}

#[tokio::test]
async fn without_a_newer_token_the_error_is_the_401_and_says_why() {
    let dial = Dial::new();
    let peer = refusing(&dial, 0).await;
    let source = Slow { dial: dial.clone(), takes: 0, has_newer: false };
    let error =
        tenant(Connectors::builder(&peer.url).token_source(source).clock(dial)).signals().page().await.unwrap_err();
    assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::Service, Some(401), 1));
    let no_token = error.source().unwrap();
    assert_eq!(no_token.to_string(), "list_signals: the token source gave no token");
    assert_eq!(no_token.source().unwrap().to_string(), "the vault is sealed");
}
