//! Waiting.

use std::time::Duration;

/// The longest that anything which is to happen soon may take, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(30);

/// What `work` comes to; fails if it takes too long.
#[track_caller]
pub fn soon<T>(what: &str, work: impl Future<Output = T>) -> impl Future<Output = T> {
    let place = std::panic::Location::caller();
    async move {
        let done = tokio::time::timeout(PATIENCE, work).await;
        done.unwrap_or_else(|_| panic!("{place}: {what}, after {PATIENCE:?} it is still not so"))
    }
}

/// Waits until `condition` holds; fails if that takes too long.
#[track_caller]
pub fn until(what: &str, condition: impl Fn() -> bool) -> impl Future<Output = ()> {
    soon(what, async move {
        while !condition() {
            tokio::task::yield_now().await;
        }
    })
}
