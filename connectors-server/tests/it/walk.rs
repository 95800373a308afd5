//! A long list.

use std::time::{Duration, Instant};

use connectors_server::{
    model::{IdSource, SignalDraft, SignalKind, TenantId, Timestamp},
    store::{NewDelivery, NewSignal, SignalFilter, SignalPosition},
};

use crate::harness::{ACME, GLOBEX, Service, proof_size};

/// Signals that one delivery of the test holds.
const BATCH: u32 = 1_000;

/// Signals of a page.
const PAGE: u32 = 100;

/// How often the pages at either end are read to compare their times.
const READS: usize = 200;

/// Stores `count` signals, three at each second, for two tenants in turn.
async fn fill(service: &Service, count: u32) {
    let (store, ids) = (service.state.service().store(), IdSource::default());
    for first in (0..count).step_by(BATCH as usize) {
        let numbers = first..(first + BATCH).min(count);
        let drafts: Vec<SignalDraft> = numbers.map(draft).collect();
        for tenant in [ACME, GLOBEX] {
            let received_at = Timestamp::from_micros(i64::from(first));
            let signals: Vec<_> = drafts.iter().map(|draft| NewSignal { id: ids.next(received_at), draft }).collect();
            let mut key = [0; 32];
            key[..4].copy_from_slice(&first.to_be_bytes());
            let delivery = NewDelivery {
                told: &[],
                fetched: None,
                provider: "github",
                keys: &[key],
                connection_id: None,
                received_at,
                payload: "{}",
                signals: &signals,
            };
            store.tenant(TenantId(tenant)).store_delivery(&delivery).await.unwrap();
        }
    }
}

fn draft(number: u32) -> SignalDraft {
    SignalDraft {
        kind: SignalKind::IssueCreated,
        occurred_at: Timestamp::from_seconds(i64::from(number / 3)),
        title: number.to_string(),
        url: None,
        actor: None,
        source: None,
    }
}

#[tokio::test]
async fn a_walk_sees_each_signal_once_and_ends_as_quickly_as_it_began() {
    let service = Service::start().await;
    let count = proof_size(5_000);
    fill(&service, count).await;
    let store = service.state.service().store().tenant(TenantId(ACME));
    let (mut pages, mut titles) = (vec![None], Vec::new());
    loop {
        let after = pages.last().copied().flatten();
        let (page, more) = store.signals(&SignalFilter::default(), after, PAGE, false).await.unwrap();
        titles.extend(page.iter().map(|signal| signal.title.parse::<u32>().unwrap()));
        if !more {
            break;
        }
        pages.push(page.last().map(|last| SignalPosition { occurred_at: last.occurred_at, id: last.id.0 }));
    }
    assert_eq!(titles.len(), count as usize);
    // Newest first; within a second the one that was stored last.
    assert!(titles.is_sorted_by(|one, next| one > next));
    // The second page and the last full one but one, in turn, so that what else the machine does slows both alike.
    let (near, far) = (pages[1], pages[pages.len() - 2]);
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for _ in 0..READS {
        for (after, times) in [(near, &mut first), (far, &mut last)] {
            let begun = Instant::now();
            let (page, _) = store.signals(&SignalFilter::default(), after, PAGE, false).await.unwrap();
            times.push(begun.elapsed());
            assert_eq!(page.len(), PAGE as usize);
        }
    }
    let (first, last) = (median(first), median(last));
    let ratio = last.as_secs_f64() / first.as_secs_f64();
    println!("{count} signals, {} pages: the first take {first:?}, the last {last:?}, ratio {ratio:.2}", pages.len());
    // A scan or an offset would make the last page cost what all of them hold, which shows only where that is much.
    assert!(count < 100_000 || ratio <= 1.2, "the first pages take {first:?}, the last {last:?}");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
