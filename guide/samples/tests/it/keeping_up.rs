//! The job that copies signals, walk after walk.

use chrono::Utc;
use connectors_mock::{ConnectorsMock, NewSignal};
use guide_samples::resume::{Progress, copy};

#[tokio::test]
async fn what_arrives_after_a_walk_is_copied_by_the_next_whatever_the_number_of_pages() {
    for there in [0, 1, 4, 5, 6, 10, 12] {
        let mock = ConnectorsMock::start().await;
        let acme = mock.tenant("acme");
        let happens =
            || acme.has_signal(NewSignal::of("issue_created").occurred_at(Utc::now())).id;
        let mut expected: Vec<_> = (0..there).map(|_| happens()).collect();
        let mut progress = Progress::default();
        for power in [100, 100, 3, 100, 2, 100] {
            copy(&acme.client(), &mut progress, power).await.unwrap();
            expected.push(happens());
        }
        copy(&acme.client(), &mut progress, 100).await.unwrap();
        // One that crashed has not seen what came after it had begun.
        copy(&acme.client(), &mut progress, 100).await.unwrap();
        expected.retain(|id| !progress.copied.contains(id));
        assert_eq!(expected, [], "{there} were there");
    }
}
