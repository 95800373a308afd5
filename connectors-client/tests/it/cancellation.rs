//! What is dropped stops there.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::{Duration, Instant},
};

use connectors_client::{Clock, Tenant};

use crate::peer::{Peer, Reply, json, problem, tenant};

const ID: &str = "0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b";

/// A call of any kind.
type Call = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How a tenant makes it.
type Make = fn(Tenant) -> Call;

/// Every call that there is, as one future.
fn calls() -> Vec<(&'static str, Make)> {
    vec![
        ("start_oauth", |tenant| Box::pin(async move { drop(tenant.start_oauth("github").await) })),
        ("complete_oauth", |tenant| {
            Box::pin(async move {
                let query = "code=c0de&state=st4te".parse().unwrap();
                drop(tenant.complete_oauth("github", query, "st4te").await);
            })
        }),
        ("list_connections", |tenant| Box::pin(async move { drop(tenant.connections().page().await) })),
        ("get_connection", |tenant| Box::pin(async move { drop(tenant.connection(ID.parse().unwrap()).await) })),
        ("delete_connection", |tenant| {
            Box::pin(async move { drop(tenant.delete_connection(ID.parse().unwrap()).await) })
        }),
        ("list_signals", |tenant| Box::pin(async move { drop(tenant.signals().page().await) })),
        ("get_signal", |tenant| Box::pin(async move { drop(tenant.signal(ID.parse().unwrap()).await) })),
        ("ingest_webhook", |tenant| Box::pin(async move { drop(tenant.ingest_webhook("github", "{}").await) })),
        ("try_next", |tenant| Box::pin(async move { drop(tenant.signals().stream().try_next().await) })),
    ]
}

#[tokio::test]
async fn a_call_that_is_dropped_closes_its_connection_and_is_not_made_again() {
    for (name, call) in calls() {
        let peer = Peer::saying(|| Reply::Silence).await;
        let mut call = call(tenant(peer.builder()));
        tokio::select! {
            () = &mut call => panic!("{name} ended without an answer"),
            () = peer.has_seen(1) => {}
        }
        drop(call);
        peer.is_left().await;
        assert_eq!(peer.seen().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_public_call_that_is_dropped_closes_its_connection_too() {
    let peer = Peer::saying(|| Reply::Silence).await;
    let connectors = peer.builder().build().unwrap();
    {
        let mut call = pin!(connectors.providers());
        tokio::select! {
            _ = &mut call => panic!("it ended without an answer"),
            () = peer.has_seen(1) => {}
        }
    }
    peer.is_left().await;
}

#[tokio::test]
async fn a_future_that_is_not_polled_sends_nothing() {
    let peer = Peer::saying(|| Reply::Silence).await;
    for (_, call) in calls() {
        drop(call(tenant(peer.builder())));
    }
    drop(peer.tenant().signals().stream());
    // A call that is made is the only one that comes.
    let mut call = calls()[3].1(tenant(peer.builder()));
    tokio::select! {
        () = &mut call => panic!("it ended without an answer"),
        () = peer.has_seen(1) => {}
    }
    assert_eq!(peer.targets(), [format!("/connections/{ID}")]);
}

#[tokio::test]
async fn a_stream_that_is_dropped_asks_for_no_further_page() {
    let peer = Peer::start(|_, number| match number {
        0 => json(r#"{"signals":[],"next_cursor":"one"}"#),
        _ => Reply::Silence,
    })
    .await;
    let mut stream = peer.tenant().signals().stream();
    tokio::select! {
        _ = stream.try_next() => panic!("there is no signal"),
        () = peer.has_seen(2) => {}
    }
    // The stream goes on with the page that was on its way: dropping the future of an item loses nothing.
    tokio::select! {
        biased;
        _ = stream.try_next() => panic!("there is no signal"),
        () = std::future::ready(()) => {}
    }
    drop(stream);
    peer.is_left().await;
    assert_eq!(peer.targets(), ["/signals", "/signals?cursor=one"]);
}

/// A clock on which a wait never ends, and which counts the waits before another attempt.
#[derive(Clone, Default)]
struct Never(Arc<AtomicUsize>);

impl Clock for Never {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.0.fetch_add(usize::from(time < Duration::from_secs(1)), Ordering::Relaxed);
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_while_it_waits_makes_no_further_attempt() {
    let peer = Peer::saying(|| problem(503, "SERVICE_UNAVAILABLE", &[], "")).await;
    let clock = Never::default();
    let mut call = Box::pin(async {
        let _ = tenant(peer.builder().clock(clock.clone())).signals().page().await;
    });
    poll_fn(|context| {
        assert!(call.as_mut().poll(context).is_pending());
        if clock.0.load(Ordering::Relaxed) == 1 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    drop(call);
    assert_eq!(peer.seen().len(), 1);
}
