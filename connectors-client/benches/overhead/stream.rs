//! A stream over all pages, against a loop by hand.

use std::time::Instant;

use crate::{
    calls::tenant,
    counting::{counted, start_peak},
    hand_written::HandWritten,
    median, ratio,
    service::{ON_A_PAGE, PAGES},
};

const ROUNDS: usize = 21;

pub(crate) async fn run(url: &str) {
    let (tenant, by_hand) = (tenant(url), HandWritten::new(url));
    let stream = async || {
        let mut stream = tenant.signals().page_size(100).stream();
        let (mut signals, mut letters) = (0, 0);
        while let Some(signal) = stream.try_next().await.unwrap() {
            signals += 1;
            letters += signal.title.len();
        }
        assert_eq!(signals, PAGES * ON_A_PAGE);
        letters
    };
    let by_hand = async || {
        let mut cursor = None;
        let mut letters = 0;
        loop {
            let page = by_hand.signals(cursor.as_deref()).await.unwrap();
            letters += page.signals.into_iter().map(|signal| signal.title.len()).sum::<usize>();
            cursor = page.next_cursor;
            if cursor.is_none() {
                return letters;
            }
        }
    };
    assert_eq!(stream().await, by_hand().await);
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        stream().await;
        times.0.push(begun.elapsed());
        let begun = Instant::now();
        by_hand().await;
        times.1.push(begun.elapsed());
    }
    let ratio = ratio(&times.0, &times.1);
    let (ours, theirs) = (median(times.0), median(times.1));
    println!("stream of {PAGES} pages: {ours:?} against {theirs:?} by hand: {ratio:.3}");

    let before = start_peak();
    drop(tenant.signals().page_size(100).page().await.unwrap());
    let page = counted().peak - before;
    let before = start_peak();
    stream().await;
    let peak = counted().peak - before;
    println!("stream of {PAGES} pages: {peak} bytes at most, one page alone: {page} bytes");
    assert!(peak <= 2 * page, "more than two pages were in memory");
}
