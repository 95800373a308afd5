//! The job that copies signals, walk after walk.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use connectors_client::SignalId;
use connectors_mock::{ConnectorsMock, NewSignal, Tenant};
use guide_samples::resume::{Progress, copy};

fn happens(tenant: &Tenant, at: DateTime<Utc>) -> SignalId {
    tenant.has_signal(NewSignal::of("issue_created").occurred_at(at)).id
}

#[tokio::test]
async fn what_arrives_after_a_walk_is_copied_by_the_next_whatever_the_number_of_pages() {
    for there in [0, 1, 4, 5, 6, 10, 12] {
        let mock = ConnectorsMock::start().await;
        let acme = mock.tenant("acme");
        let now = || mock.clock().now();
        let mut expected: Vec<_> = (0..there).map(|_| happens(&acme, now())).collect();
        let mut progress = Progress::default();
        for power in [100, 100, 3, 100, 2, 100] {
            copy(&acme.client(), &mut progress, now(), power).await.unwrap();
            expected.push(happens(&acme, now()));
        }
        copy(&acme.client(), &mut progress, now(), 100).await.unwrap();
        // One that crashed has not seen what came after it had begun.
        copy(&acme.client(), &mut progress, now(), 100).await.unwrap();
        expected.retain(|id| !progress.copied.contains(id));
        assert_eq!(expected, [], "{there} were there");
    }
}

#[tokio::test]
async fn after_a_crash_it_goes_on_and_the_next_walk_goes_as_far_as_that_one_had_begun() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    let day = TimeDelta::days(1);
    let began = mock.clock().now() + TimeDelta::nanoseconds(123_456_789);
    for _ in 0..12 {
        happens(&acme, began - day * 3);
    }
    let mut progress = Progress::default();
    copy(&acme.client(), &mut progress, began, 8).await.unwrap();
    assert_eq!(progress.walk.map(|walk| walk.nanosecond()), Some(123_456_000));
    let before = mock.requests().len();
    // Core is back after a week; in the meantime these were delivered, one of them late.
    let arrived =
        [began - day + TimeDelta::seconds(1), began + day].map(|at| happens(&acme, at));
    copy(&acme.client(), &mut progress, began + day * 7, 100).await.unwrap();
    assert_eq!(mock.requests().len() - before, 2, "the page that it was at, and the last one");
    assert!(mock.requests()[before..].iter().all(|request| request.query("cursor").is_some()));

    copy(&acme.client(), &mut progress, began + day * 7, 100).await.unwrap();
    assert!(
        arrived.iter().all(|id| progress.copied.contains(id)) && progress.copied.len() == 14
    );
    // From then on a walk looks no further back than it must.
    let before = mock.requests().len();
    copy(&acme.client(), &mut progress, began + day * 14, 100).await.unwrap();
    assert_eq!((mock.requests().len() - before, progress.copied.len()), (1, 14));
}
