//! Time, as the client sees it.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::Poll,
    time::{Duration, Instant},
};

/// What tells the time and waits: for time-outs, back-off and deadlines.
///
/// The system's clock is the default. A test gives one of its own to
/// [`clock`](crate::ConnectorsBuilder::clock) and does not sleep.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Instant;

    /// Ends when that much time has passed: the wait before an attempt.
    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;

    /// Ends when work that is under way has taken that much time. A clock on which sleeping moves the time at once lets this
    /// one take its time, or every attempt would time out.
    fn timeout(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.sleep(time)
    }
}

/// Tokio's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// What the work came to, or `None` if that much time passed before.
pub(crate) async fn within<T>(clock: &dyn Clock, time: Duration, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    // Work that is done at once needs no timer.
    let mut sleep = None;
    poll_fn(|context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(Some(done));
        }
        let sleep = sleep.get_or_insert_with(|| clock.timeout(time));
        sleep.as_mut().poll(context).map(|()| None)
    })
    .await
}
