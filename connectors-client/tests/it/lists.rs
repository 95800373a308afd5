//! Filters, pages and streams.

use std::ops::Bound;

use chrono::{DateTime, SubsecRound, TimeDelta, TimeZone, Utc};
use connectors_client::{Error, ErrorKind, ItemStream, Signal, SignalKind};
use connectors_mock::ConnectorsMock;
use futures_util::StreamExt;

use crate::peer::{Peer, Reply, json, response};

fn signal(title: &str) -> String {
    format!(
        r#"{{"id":"0198f0a3-1b2c-7a4d-8e5f-0a1b2c3d4e5f","provider_slug":"github","connection_id":null,"kind":"pr_opened",
        "occurred_at":"2026-01-02T03:04:05.000000Z","received_at":"2026-01-02T03:04:05.000000Z","title":"{title}"}}"#
    )
}

fn page(titles: &[&str], next: &str) -> Reply {
    let signals: Vec<_> = titles.iter().map(|title| signal(title)).collect();
    json(&format!(r#"{{"signals":[{}],"next_cursor":{next}}}"#, signals.join(",")))
}

/// a b, nothing, c; by the cursors `one` and `two`.
async fn three_pages() -> Peer {
    Peer::start(|request, _| match request {
        request if request.contains("cursor=one") => page(&[], "\"two\""),
        request if request.contains("cursor=two") => page(&["c"], "null"),
        _ => page(&["a", "b"], "\"one\""),
    })
    .await
}

async fn titles(stream: &mut ItemStream<Signal>) -> String {
    stream.map(|signal| signal.unwrap().title).collect().await
}

#[tokio::test]
async fn a_page_has_its_items_and_where_the_next_begins() {
    let peer = three_pages().await;
    let page = peer.tenant().signals().page().await.unwrap();
    assert_eq!(page.next_cursor.as_ref().map(|cursor| cursor.as_str()), Some("one"));
    assert_eq!(page.into_iter().map(|signal| signal.title).collect::<String>(), "ab");
}

#[tokio::test]
async fn a_stream_goes_past_an_empty_page_and_asks_once_for_each() {
    let peer = three_pages().await;
    let mut stream = peer.tenant().signals().kind(SignalKind::PrOpened).stream();
    assert!(peer.seen().is_empty(), "asked before it was polled");
    assert_eq!(titles(&mut stream).await, "abc");
    assert_eq!(
        peer.targets(),
        ["/signals?kind=pr_opened", "/signals?cursor=one&kind=pr_opened", "/signals?cursor=two&kind=pr_opened"]
    );
}

#[tokio::test]
async fn a_stream_that_is_resumed_from_its_cursor_misses_nothing() {
    let peer = three_pages().await;
    let tenant = peer.tenant();
    let whole = ["a", "b", "c"];
    for read in 0..=whole.len() {
        let mut stream = tenant.signals().stream();
        for title in &whole[..read] {
            assert_eq!(stream.try_next().await.unwrap().unwrap().title, *title);
        }
        let mut resumed = match stream.cursor() {
            Some(cursor) => tenant.signals().resume_from(cursor.clone()).stream(),
            None => tenant.signals().stream(),
        };
        let rest = titles(&mut resumed).await;
        assert!(rest.ends_with(&whole[read..].concat()), "after {read}: {rest}");
    }
}

#[tokio::test]
async fn a_stream_ends_at_an_error_and_says_where_to_go_on() {
    let peer = Peer::start(|_, number| match number {
        0 => page(&["a"], "\"one\""),
        _ => response("500 X", &[], ""),
    })
    .await;
    let mut stream = peer.tenant().signals().stream();
    assert_eq!(stream.try_next().await.unwrap().unwrap().title, "a");
    assert_eq!(stream.try_next().await.unwrap_err().kind(), ErrorKind::Unexpected);
    assert_eq!(stream.cursor().map(|cursor| cursor.as_str()), Some("one"));
    assert!(stream.try_next().await.unwrap().is_none());
    assert_eq!(peer.seen().len(), 2);
}

/// The titles until an error, and the error.
async fn until_error(mut stream: ItemStream<Signal>) -> (String, Error) {
    let mut titles = String::new();
    loop {
        match stream.try_next().await {
            Ok(Some(signal)) => titles += &signal.title,
            Ok(None) => panic!("the stream ended after {titles}"),
            Err(error) => {
                assert!(stream.try_next().await.unwrap().is_none(), "the stream goes on after {error}");
                return (titles, error);
            }
        }
    }
}

#[tokio::test]
async fn a_next_page_that_is_the_one_just_read_is_an_error_after_its_items() {
    let peer = Peer::start(|request, number| match request.contains("cursor=one") {
        true if number < 100 => page(&["b"], "\"one\""),
        true => page(&[], "null"),
        false => page(&["a"], "\"one\""),
    })
    .await;
    let (titles, error) = until_error(peer.tenant().signals().stream()).await;
    assert_eq!(titles, "ab");
    assert_eq!((error.kind(), error.operation(), error.is_retryable()), (ErrorKind::Unexpected, "list_signals", false));
    assert_eq!(error.to_string(), "list_signals: the next page is one that the list has been at already");
    assert_eq!(peer.seen().len(), 2);
    // Also where the stream begins there.
    let resumed = peer.tenant().signals().resume_from("one").stream();
    assert_eq!(until_error(resumed).await.0, "b");
    assert_eq!(peer.seen().len(), 3);
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_are_an_error_empty_or_not() {
    for titles in [&[][..], &["x"]] {
        for (lead, circle) in [(0, 1), (0, 2), (5, 3), (1, 7), (40, 20)] {
            // 0, 1, …, and after the last of the circle its first again.
            let peer = Peer::start(move |request, number| {
                if number == 1000 {
                    return page(&[], "null");
                }
                let at = request.split_once("cursor=c").map(|(_, rest)| rest.split([' ', '&']).next().unwrap());
                let next = at.map_or(0, |at| at.parse::<usize>().unwrap() + 1);
                let next = if next == lead + circle { lead } else { next };
                page(titles, &format!("\"c{next}\""))
            })
            .await;
            let (_, error) = until_error(peer.tenant().signals().stream()).await;
            assert_eq!(error.kind(), ErrorKind::Unexpected);
            let (asked, bound) = (peer.seen().len(), 2 * lead + 3 * circle + 2);
            assert!(asked <= bound, "{asked} requests for {lead} pages and a circle of {circle}");
        }
    }
}

#[tokio::test]
async fn a_long_walk_over_empty_pages_reaches_its_end() {
    let peer = Peer::start(|_, number| match number {
        300 => page(&["z"], "null"),
        number => page(&[], &format!("\"c{number}\"")),
    })
    .await;
    assert_eq!(titles(&mut peer.tenant().signals().stream()).await, "z");
    assert_eq!(peer.seen().len(), 301);
}

#[test]
fn a_stream_can_be_sent_and_moved() {
    fn check<T: Send + Unpin>() {}
    check::<ItemStream<Signal>>();
}

#[tokio::test]
async fn a_filter_is_what_was_asked_for() {
    let peer = Peer::saying(|| page(&[], "null")).await;
    let id = "0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b".parse().unwrap();
    let signals = peer.tenant().signals();
    signals
        .clone()
        .provider("a&b")
        .connection(id)
        .kind("newer_kind")
        .page_size(25)
        .with_payload()
        .page()
        .await
        .unwrap();
    assert_eq!(
        peer.targets(),
        ["/signals?connection_id=0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b&include_payload=true&kind=newer_kind&limit=25\
          &provider=a%26b"]
    );
}

#[tokio::test]
async fn a_range_is_said_in_inclusive_microseconds() {
    let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let (even, uneven) = (time("2026-01-02T03:04:05.000001Z"), time("2026-01-02T03:04:05.0000015Z"));
    let included = |time| Bound::Included(time);
    let excluded = |time| Bound::Excluded(time);
    let table = [
        (included(even), Bound::Unbounded, "occurred_after=2026-01-02T03%3A04%3A05.000001Z"),
        (included(uneven), Bound::Unbounded, "occurred_after=2026-01-02T03%3A04%3A05.000002Z"),
        (excluded(even), Bound::Unbounded, "occurred_after=2026-01-02T03%3A04%3A05.000002Z"),
        (excluded(uneven), Bound::Unbounded, "occurred_after=2026-01-02T03%3A04%3A05.000002Z"),
        (Bound::Unbounded, included(even), "occurred_before=2026-01-02T03%3A04%3A05.000001Z"),
        (Bound::Unbounded, included(uneven), "occurred_before=2026-01-02T03%3A04%3A05.000001Z"),
        (Bound::Unbounded, excluded(even), "occurred_before=2026-01-02T03%3A04%3A05Z"),
        (Bound::Unbounded, excluded(uneven), "occurred_before=2026-01-02T03%3A04%3A05.000001Z"),
    ];
    for (number, (start, end, query)) in table.into_iter().enumerate() {
        let peer = Peer::saying(|| page(&[], "null")).await;
        peer.tenant().signals().occurred((start, end)).page().await.unwrap();
        assert_eq!(peer.targets(), [format!("/signals?{query}")], "row {number}");
    }
}

#[tokio::test]
async fn a_bound_beyond_the_years_that_the_wire_has_is_none() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    acme.receives("github", "issue_created");
    let signals = acme.client().signals();
    let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    let year = |year| Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).unwrap();
    let all = [
        (Bound::Included(first), Bound::Included(last)),
        (Bound::Excluded(first), Bound::Excluded(last)),
        (Bound::Included(year(0)), Bound::Excluded(year(10_000))),
        (Bound::Included(year(1)), Bound::Included(year(9999) + TimeDelta::days(364))),
        (Bound::Excluded(year(-5)), Bound::Unbounded),
    ];
    for range in all {
        assert_eq!(signals.clone().occurred(range).page().await.unwrap().items.len(), 1, "{range:?}");
    }
    assert_eq!(mock.requests().len(), all.len());
}

#[tokio::test]
async fn of_a_range_without_a_moment_in_it_nothing_is_asked() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    acme.receives("github", "issue_created");
    let signals = acme.client().signals();
    let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    let now = Utc::now().trunc_subsecs(6);
    let (micro, nano) = (TimeDelta::microseconds(1), TimeDelta::nanoseconds(1));
    let empty = [
        (Bound::Included(now), Bound::Excluded(now)),
        (Bound::Included(now), Bound::Included(now - micro)),
        (Bound::Excluded(now), Bound::Excluded(now + micro)),
        (Bound::Included(now + nano), Bound::Included(now + micro - nano)),
        (Bound::Included(last), Bound::Included(first)),
        (Bound::Unbounded, Bound::Excluded(first)),
        (Bound::Included(first), Bound::Included(Utc.with_ymd_and_hms(-4, 1, 1, 0, 0, 0).unwrap())),
        (Bound::Excluded(last), Bound::Unbounded),
        (Bound::Unbounded, Bound::Included(Utc.with_ymd_and_hms(0, 12, 31, 23, 59, 59).unwrap())),
        (Bound::Included(Utc.with_ymd_and_hms(10_000, 1, 1, 0, 0, 0).unwrap()), Bound::Unbounded),
    ];
    for range in empty {
        let signals = signals.clone().occurred(range);
        let page = signals.page().await.unwrap();
        assert_eq!((page.items.len(), page.next_cursor), (0, None), "{range:?}");
        assert!(signals.stream().try_next().await.unwrap().is_none(), "{range:?}");
    }
    assert!(mock.requests().is_empty());
    let moment = signals.occurred(now..=now).page().await.unwrap();
    assert_eq!((moment.items.len(), mock.requests().len()), (0, 1));
}
