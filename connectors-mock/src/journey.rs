//! What a test asks when all is over.

use crate::{ConnectorsMock, Operation, RecordedRequest, plan::Plan};

impl ConnectorsMock {
    /// Fails unless the operations that were called so far are these, in this order.
    ///
    /// ```
    /// # use connectors_mock::{ConnectorsMock, Operation};
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), connectors_client::Error> {
    /// let mock = ConnectorsMock::start().await;
    /// mock.client().providers().await?;
    /// mock.tenant("acme").client().start_oauth("github").send().await?;
    /// mock.assert_journey([Operation::ListProviders, Operation::StartOAuth]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// With both lists one in the other, if they differ: `-` is missing, `+` is too much.
    #[track_caller]
    pub fn assert_journey(&self, expected: impl IntoIterator<Item = Operation>) {
        let came: Vec<_> = self.requests().iter().filter_map(RecordedRequest::operation).collect();
        let expected: Vec<_> = expected.into_iter().collect();
        if came == expected {
            return;
        }
        panic!("the journey is not the expected one:{}", diff(&expected, &came));
    }

    /// Fails if a caller that was told to wait, by `Retry-After`, called again before that time was over on the mock's clock: after a
    /// 429 the same operation for the same tenant, after any other status the same request, body included. What was sent before
    /// that answer was there does not count, nor what a mock on [`wiremock`](Self::wiremock) has answered. On another connection
    /// than the refused call's, one that was open before, what comes within a quarter of a second counts as sent before.
    ///
    /// # Panics
    /// Naming the request that came too early, when it came, and until when it was to wait. They are counted from 1, as
    /// [`requests`](Self::requests) has them.
    #[track_caller]
    pub fn assert_backoff_honoured(&self) {
        let requests = self.requests();
        for (index, request) in requests.iter().enumerate() {
            let hastened = requests[..index].iter().enumerate().rev().find_map(|(told, earlier)| {
                let times = request.hastens(earlier, &self.shared().order)?;
                Some((told + 1, earlier, times))
            });
            if let Some((told, earlier, (at, until))) = hastened {
                panic!(
                    "request {}, {request:?}, came too early, at {at}: the caller of request {told}, {earlier:?}, was told to \
                     wait until {until}",
                    index + 1
                );
            }
        }
    }
}

impl ConnectorsMock {
    /// Fails if something that was planned by [`on`](Self::on) still waits for its requests: the code under test did not go where
    /// the test meant it to fail. What is for all requests, [`fail`](crate::On::fail) and [`slow`](crate::On::slow), never counts
    /// as unmet.
    ///
    /// # Panics
    /// Naming what waits.
    #[track_caller]
    pub fn assert_faults_met(&self) {
        let world = self.shared().world();
        let unmet: Vec<_> = world.plans.iter().filter_map(Plan::unmet).map(|plan| format!("\n  {plan}")).collect();
        // Whoever catches the panic can go on.
        drop(world);
        assert!(unmet.is_empty(), "not all that was planned has come to pass:{}", unmet.concat());
    }
}

/// The lists merged along the longest list that is in both.
fn diff(expected: &[Operation], came: &[Operation]) -> String {
    let (mut expected, mut came, mut lines) = (expected, came, String::new());
    loop {
        let (mark, operation) = match (expected, came) {
            ([], []) => return lines,
            ([one, missing @ ..], [other, more @ ..]) if one == other => {
                (expected, came) = (missing, more);
                (' ', one)
            }
            ([], [operation, rest @ ..]) => {
                came = rest;
                ('+', operation)
            }
            ([operation, rest @ ..], []) => {
                expected = rest;
                ('-', operation)
            }
            ([missing, rest @ ..], [_, ..]) if in_both(rest, came) >= in_both(expected, &came[1..]) => {
                expected = rest;
                ('-', missing)
            }
            (_, [more, rest @ ..]) => {
                came = rest;
                ('+', more)
            }
        };
        lines.push_str(&format!("\n  {mark} {operation}"));
    }
}

/// The length of the longest list that is in both, with gaps.
fn in_both(one: &[Operation], other: &[Operation]) -> usize {
    let mut row = vec![0; other.len() + 1];
    for operation in one {
        let mut before = 0;
        for (column, other) in other.iter().enumerate() {
            let above = row[column + 1];
            row[column + 1] = if operation == other { before + 1 } else { above.max(row[column]) };
            before = above;
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use Operation::{CompleteOAuth, ListProviders, ListSignals, StartOAuth};

    #[test]
    fn a_diff_keeps_what_is_in_both_lists() {
        let diff = diff(&[ListProviders, StartOAuth, CompleteOAuth], &[StartOAuth, ListSignals, CompleteOAuth]);
        assert_eq!(diff, "\n  - list_providers\n    start_oauth\n  + list_signals\n    complete_oauth");
    }
}
