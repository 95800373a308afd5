//! What a subscriber sees of a call.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use connectors_client::{Connectors, OperatorToken, Retry};
use tracing::{
    Subscriber,
    field::{Field, Visit},
    instrument::WithSubscriber,
    span,
};
use tracing_subscriber::{
    Registry,
    layer::{Context, Layer, SubscriberExt},
};

use crate::peer::{Peer, TENANT, TOKEN, json, problem, tenant};

type Fields = BTreeMap<String, String>;

/// A span's name, that of the span around it, and its fields.
#[derive(Clone, Debug, Default)]
struct Seen {
    name: &'static str,
    parent: Option<&'static str>,
    fields: Fields,
}

/// Keeps the spans of the client, in the order in which they began.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<(u64, Seen)>>>);

struct Into<'a>(&'a mut Fields);

impl Visit for Into<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl<S: Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        if attributes.metadata().target() != "connectors_client" {
            return;
        }
        let mut seen = Seen { name: attributes.metadata().name(), ..Seen::default() };
        seen.parent = context.span(id).and_then(|span| span.parent()).map(|span| span.metadata().name());
        attributes.record(&mut Into(&mut seen.fields));
        self.0.lock().unwrap().push((id.into_u64(), seen));
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, _context: Context<'_, S>) {
        let mut spans = self.0.lock().unwrap();
        if let Some((_, seen)) = spans.iter_mut().rev().find(|(known, _)| *known == id.into_u64()) {
            values.record(&mut Into(&mut seen.fields));
        }
    }
}

/// The spans of some work.
async fn spans_of(work: impl Future) -> Vec<Seen> {
    let spans = Spans::default();
    work.with_subscriber(Registry::default().with(spans.clone())).await;
    let spans = spans.0.lock().unwrap();
    spans.iter().map(|(_, seen)| seen.clone()).collect()
}

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_call_is_a_span_around_one_for_each_attempt_with_opentelemetrys_names() {
    let peer = Peer::start(|_, number| match number {
        0 => problem(503, "SERVICE_UNAVAILABLE", &[], ""),
        _ => json(r#"{"signals":[],"next_cursor":null}"#),
    })
    .await;
    let tenant = tenant(peer.builder().retry(Retry::default().first_wait(Duration::ZERO)));
    let spans = spans_of(async { tenant.signals().provider("github").page().await.unwrap() }).await;
    let shape: Vec<_> = spans.iter().map(|seen| (seen.name, seen.parent)).collect();
    let (call, attempt) = (("connectors_call", None), ("http_request", Some("connectors_call")));
    assert_eq!(shape, [call, attempt, attempt]);

    let expected = [
        ("otel.name", "list_signals"),
        ("otel.kind", "internal"),
        ("connectors.operation", "list_signals"),
        ("connectors.tenant_id", TENANT),
    ];
    assert_eq!(spans[0].fields, fields(&expected));
    let port = peer.url.rsplit(':').next().unwrap();
    let url = format!("{}/signals", peer.url);
    let request = [
        ("otel.name", "GET"),
        ("otel.kind", "client"),
        ("http.request.method", "GET"),
        ("server.address", "127.0.0.1"),
        ("server.port", port),
        ("url.full", &url),
    ];
    let first = [("http.response.status_code", "503"), ("error.type", "503"), ("otel.status_code", "ERROR")];
    assert_eq!(spans[1].fields, fields(&[&request[..], &first].concat()));
    let second = [("http.response.status_code", "200"), ("http.request.resend_count", "1")];
    assert_eq!(spans[2].fields, fields(&[&request[..], &second].concat()));
}

#[tokio::test]
async fn a_call_that_fails_says_why() {
    let peer = Peer::start(|_, number| match number {
        0 => problem(404, "SIGNAL_NOT_FOUND", &[], ""),
        _ => json("{}"),
    })
    .await;
    let tenant = peer.tenant();
    let id = "0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b".parse().unwrap();
    for (why, attempts) in [("SIGNAL_NOT_FOUND", Some("404")), ("decode", None)] {
        let spans = spans_of(async { tenant.signal(id).await.unwrap_err() }).await;
        let get = |span: usize, name| spans[span].fields.get(name).map(String::as_str);
        assert_eq!(get(0, "error.type"), Some(why));
        assert_eq!(get(0, "otel.status_code"), Some("ERROR"));
        assert_eq!(get(0, "connectors.trace_id"), Some("trace-1"));
        assert_eq!(get(1, "error.type"), attempts);
    }
}

#[tokio::test]
async fn a_request_that_is_never_sent_is_a_failed_attempt() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let builder = Connectors::builder(format!("http://{nobody}")).operator_token(OperatorToken::new(TOKEN));
    let tenant = tenant(builder.retry(Retry::none()));
    let spans = spans_of(async { tenant.signals().page().await.unwrap_err() }).await;
    assert_eq!(spans[1].fields["error.type"], "not_sent");
    assert!(!spans[1].fields.contains_key("http.response.status_code"));
}

#[tokio::test]
async fn spans_show_neither_code_nor_state_nor_token() {
    let peer = Peer::saying(|| problem(400, "OAUTH_STATE_INVALID", &[], "")).await;
    let tenant = peer.tenant();
    let query = "code=c0de&state=st4te".parse().unwrap();
    let spans = spans_of(async { tenant.complete_oauth("github", query, "st4te").await.unwrap_err() }).await;
    let shown = format!("{spans:?}");
    assert!(shown.contains("/connect/github/callback"), "{shown}");
    assert!(!["c0de", "st4te", TOKEN].iter().any(|secret| shown.contains(secret)), "{shown}");
}

#[tokio::test]
async fn each_attempt_carries_the_headers_of_its_own_trace() {
    let peer = Peer::start(|_, number| match number {
        0 => problem(503, "SERVICE_UNAVAILABLE", &[], ""),
        _ => json(r#"{"signals":[],"next_cursor":null}"#),
    })
    .await;
    let attempts = AtomicUsize::new(0);
    let builder = peer.builder().retry(Retry::default().first_wait(Duration::ZERO)).trace_headers(move |headers| {
        let attempt = attempts.fetch_add(1, Ordering::Relaxed);
        headers.set("traceparent", &format!("00-0af7651916cd43dd8448eb211c80319c-000000000000000{attempt}-01"));
        headers.set("authorization", "Bearer other");
        headers.set("no header", "x");
        headers.set("tracestate", "line\nbreak");
    });
    tenant(builder).signals().page().await.unwrap();
    for (number, request) in peer.seen().iter().enumerate() {
        let header = format!("\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-000000000000000{number}-01\r\n");
        assert!(request.contains(&header), "{request}");
        assert!(request.contains(TOKEN) && !request.contains("other") && !request.contains("tracestate"), "{request}");
    }
    assert_eq!(peer.seen().len(), 2);
}
