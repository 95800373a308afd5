//! The test, with connectors-mock.

use std::time::Duration;

use connectors_mock::{ConnectorsMock, Fault, NewConnection, NewSignal, Operation};

use super::core::connect_and_read;

pub(crate) async fn core_reads_all_signals_of_a_connected_account() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    let connection = acme.has_connection(NewConnection::to("github"));
    for title in ["one", "two", "three"] {
        acme.has_signal(NewSignal::of("issue_created").connection(connection.id).title(title));
    }
    mock.on(Operation::ListSignals).fail_next(1, Fault::rate_limited(Duration::from_secs(1)));

    let titles = connect_and_read(&acme.client(), |url| mock.user().approves(url)).await.unwrap();

    assert_eq!(titles, ["three", "two", "one"]);
    mock.assert_backoff_honoured();
}
