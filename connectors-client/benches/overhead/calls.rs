//! One call, of 1 KiB and of 100 signals.

use std::time::{Duration, Instant};

use connectors_client::{Connectors, OperatorToken, Tenant};

use crate::{counting::counted, hand_written::HandWritten, median, ratio, service};

pub(crate) const TOKEN: &str = "operator-token-of-the-benchmark";
pub(crate) const TENANT: &str = "123e4567-e89b-12d3-a456-426614174000";

pub(crate) fn tenant(url: &str) -> Tenant {
    let builder = Connectors::builder(url).operator_token(OperatorToken::new(TOKEN));
    builder.build().unwrap().tenant(TENANT.parse().unwrap())
}

pub(crate) async fn run(url: &str) {
    let (tenant, by_hand) = (&tenant(url), &HandWritten::new(url));
    let id = service::SIGNAL.parse().unwrap();
    let signal = compare(
        8000,
        async || drop(tenant.signal(id).await.unwrap()),
        async || drop(by_hand.signal(service::SIGNAL).await.unwrap()),
    );
    signal.await.print("get_signal, 1 KiB");
    let page = compare(
        3000,
        async || drop(tenant.signals().page_size(100).page().await.unwrap()),
        async || drop(by_hand.signals(None).await.unwrap()),
    );
    page.await.print("list_signals, 100 signals");
}

struct Comparison {
    client: (Duration, usize),
    by_hand: (Duration, usize),
    ratio: f64,
}

/// Both in turn, so that whatever else the machine does is done to both.
async fn compare(rounds: usize, client: impl AsyncFn(), by_hand: impl AsyncFn()) -> Comparison {
    for _ in 0..200 {
        client().await;
        by_hand().await;
    }
    let mut times = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    let (mut ours, mut theirs) = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    for _ in 0..rounds {
        let (time, allocations) = measure(&client).await;
        times.0.push(time);
        ours.push(allocations);
        let (time, allocations) = measure(&by_hand).await;
        times.1.push(time);
        theirs.push(allocations);
    }
    let ratio = ratio(&times.0, &times.1);
    Comparison { ratio, client: (median(times.0), middle(ours)), by_hand: (median(times.1), middle(theirs)) }
}

async fn measure(call: &impl AsyncFn()) -> (Duration, usize) {
    let (begun, before) = (Instant::now(), counted().allocations);
    call().await;
    (begun.elapsed(), counted().allocations - before)
}

fn middle(mut counts: Vec<usize>) -> usize {
    counts.sort_unstable();
    counts[counts.len() / 2]
}

impl Comparison {
    fn print(&self, name: &str) {
        let (client, by_hand) = (self.client, self.by_hand);
        println!("{name}: p50 {:?} against {:?} by hand: {:.3}", client.0, by_hand.0, self.ratio);
        println!("{name}: {} allocations against {} by hand", client.1, by_hand.1);
    }
}
