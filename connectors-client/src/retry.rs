//! When a request is made again, and when not.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use crate::OperatorToken;

/// How often a call is tried, and how long it waits in between.
///
/// ```
/// use std::time::Duration;
/// use connectors_client::Retry;
///
/// let patient = Retry::default().attempts(5).longest_wait(Duration::from_secs(10));
/// let once = Retry::none();
/// ```
///
/// Reads, `start_oauth` and `complete_oauth` are repeated after a lost connection, an attempt that took too long, and the
/// statuses 408, 429, 502, 503, 504 and 409 with `Retry-After`. Everything is repeated that was never sent or that the service
/// turned away (429). What may have been applied is not. The waits grow exponentially with full jitter; `Retry-After` is kept
/// to if it fits the call's deadline, else the caller gets it with the error. A 409 with `Retry-After`, by which the service says
/// that it is still at it, is waited out up to the deadline, however often. `health` and `readiness` are repeated only if they
/// were never sent: how the service answers is what they ask.
///
/// All handles of one [`Connectors`](crate::Connectors) share a budget: each call pays in a tenth of a request and each
/// repetition takes out one, up to ten saved. So a service that fails does not see its load multiplied, and once the budget is
/// spent the caller gets the first error, which says so. A newer token after a 401 takes out one for all calls that it is sent
/// with.
#[derive(Clone, Debug)]
pub struct Retry {
    attempts: u32,
    first_wait: Duration,
    longest_wait: Duration,
}

impl Default for Retry {
    /// Three attempts, with waits of up to 100 ms and 200 ms.
    fn default() -> Self {
        Self { attempts: 3, first_wait: Duration::from_millis(100), longest_wait: Duration::from_secs(2) }
    }
}

impl Retry {
    /// Every call is tried once, or once more with a newer token if the first was refused.
    pub fn none() -> Self {
        Self::default().attempts(1)
    }

    /// How many attempts there are in all, the first included.
    pub fn attempts(self, attempts: u32) -> Self {
        Self { attempts: attempts.max(1), ..self }
    }

    /// How long the wait after the first attempt is at most; each one after is up to twice as long.
    pub fn first_wait(self, first_wait: Duration) -> Self {
        Self { first_wait, ..self }
    }

    /// What no wait exceeds, unless the service asks for it.
    pub fn longest_wait(self, longest_wait: Duration) -> Self {
        Self { longest_wait, ..self }
    }

    /// Whether nothing is repeated.
    pub(crate) fn is_none(&self) -> bool {
        self.attempts == 1
    }

    /// Whether a call that was tried so often may be tried again.
    pub(crate) fn allows(&self, attempts: u32) -> bool {
        attempts < self.attempts
    }

    /// How long to wait after that many attempts: anything up to the exponential bound.
    pub(crate) fn wait(&self, attempts: u32) -> Duration {
        let doublings = attempts.saturating_sub(1).min(16);
        let bound = self.first_wait.saturating_mul(1 << doublings).min(self.longest_wait);
        bound.mul_f64(random())
    }
}

/// From 0 to 1. A hasher's random keys are random enough to spread callers out, and need no crate.
fn random() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// What an operation does when it is done twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// As once.
    Safe,
    /// Perhaps more than once.
    Unsafe,
    /// As once, but the answer that comes is what was asked for, whichever it is.
    Probe,
}

impl Repeat {
    pub(crate) fn of(operation: &str) -> Self {
        match operation {
            "get_health" | "get_readiness" => Self::Probe,
            "delete_connection" | "ingest_webhook" => Self::Unsafe,
            // `start_oauth` makes a state that nobody uses; `complete_oauth` returns the connection that it made.
            "start_oauth" | "complete_oauth" => Self::Safe,
            read if read.starts_with("get_") || read.starts_with("list_") => Self::Safe,
            _ => Self::Unsafe,
        }
    }
}

/// Repetitions saved up, in tenths.
#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

const SAVED_AT_MOST: u32 = 100;
const ONE: u32 = 10;

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(SAVED_AT_MOST))
    }
}

impl Budget {
    /// A call begins.
    pub(crate) fn pay_in(&self) {
        self.change(|saved| Some((saved + 1).min(SAVED_AT_MOST)));
    }

    /// Takes out one repetition, if there is one.
    pub(crate) fn take(&self) -> bool {
        self.change(|saved| saved.checked_sub(ONE))
    }

    fn change(&self, change: impl Fn(u32) -> Option<u32>) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change).is_ok()
    }
}

/// The newer token that was paid for last: many calls meet a rotation at once, and all of them may go on with it.
#[derive(Default)]
pub(crate) struct Renewals(Mutex<Option<OperatorToken>>);

impl Renewals {
    /// Whether a call may be made again with a newer token. One that comes for the first time takes a repetition out.
    pub(crate) fn allow(&self, newer: &OperatorToken, budget: &Budget) -> bool {
        let mut paid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if paid.as_ref() == Some(newer) {
            return true;
        }
        let allowed = budget.take();
        if allowed {
            *paid = Some(newer.clone());
        }
        allowed
    }

    /// The newer token was refused too: it is worth no more than any other.
    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_spread_below_an_exponential_bound() {
        let retry = Retry::default().first_wait(Duration::from_millis(100)).longest_wait(Duration::from_millis(300));
        for (attempts, bound) in [(1, 100), (2, 200), (3, 300), (40, 300)] {
            let waits: Vec<_> = (0..200).map(|_| retry.wait(attempts)).collect();
            let bound = Duration::from_millis(bound);
            assert!(waits.iter().all(|wait| *wait <= bound));
            assert!(waits.iter().any(|wait| *wait < bound / 4) && waits.iter().any(|wait| *wait > bound * 3 / 4));
        }
    }

    #[test]
    fn a_failing_service_sees_a_bounded_multiple_of_the_load() {
        let budget = Budget::default();
        let calls = 1000;
        let mut repetitions = 0;
        for _ in 0..calls {
            budget.pay_in();
            repetitions += [budget.take(), budget.take()].into_iter().filter(|taken| *taken).count();
        }
        assert!(repetitions <= calls / 5, "{repetitions} repetitions of {calls} calls");
    }
}
