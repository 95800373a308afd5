//! A fetch that dies anywhere and is begun again ends with the same signals as one that was left alone.

use std::time::Duration;

use connectors_server::failpoint::die_at;

use super::{connect, pass, start, told};
use crate::harness::{ACME, Service};

/// Longer than a fetch waits for the next.
const MINUTES: Duration = Duration::from_secs(11 * 60);
const CHARLES: &str = "Charles <charles@example.com>";

/// Longer than any lease, and shorter than a fetch waits for the next.
const LEASES: Duration = Duration::from_secs(3 * 60);

/// A connection that knows where to begin, and what happened since, over several pages.
async fn with_news(product: &str) -> Service {
    let service = start().await;
    let google = &service.google;
    let (file, event) = (google.drive().creates("Old"), google.calendar().creates("Old"));
    let mail = google.gmail().receives(CHARLES, "Old");
    pass(&service, MINUTES).await;
    connect(&service, product, ACME).await;
    service.attend().await;
    pass(&service, MINUTES).await;
    google.set_page_size(2);
    for number in 0..2 {
        google.drive().creates(&format!("New {number}"));
        google.calendar().creates(&format!("New {number}"));
        google.gmail().receives(CHARLES, &format!("New {number}"));
    }
    google.drive().moves(&file, "1folder");
    google.calendar().renames(&event, "Renamed");
    google.gmail().labels(&mail, "STARRED", "UNREAD");
    service.advance(MINUTES);
    google.advance_clock(MINUTES);
    service
}

async fn dies_anywhere(product: &str) {
    let alone = with_news(product).await;
    alone.attend().await;
    let mut expected = told(&alone, ACME).await;
    expected.sort();
    assert!(expected.len() >= 3, "{expected:?}");
    let mut place = 0;
    loop {
        let service = with_news(product).await;
        let replica = service.replica().await;
        let done = die_at(place, replica.service().attend_all()).await;
        service.bury(&replica).await;
        pass(&service, LEASES).await;
        let mut ended = told(&service, ACME).await;
        ended.sort();
        assert_eq!(ended, expected, "{product} died at {place}");
        if done.is_some() {
            break;
        }
        // The first places are all different; later ones are alike, page by page.
        place += if place < 16 { 1 } else { 3 };
    }
    assert!(place > 30, "{product} has {place} places to die at");
}

#[tokio::test]
async fn a_fetch_of_drives() {
    dies_anywhere("google-drive").await;
}

#[tokio::test]
async fn a_fetch_of_calendars() {
    dies_anywhere("google-calendar").await;
}

#[tokio::test]
async fn a_fetch_of_gmails() {
    dies_anywhere("gmail").await;
}
