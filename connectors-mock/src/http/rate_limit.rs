//! Rate limits, by the generic cell rate algorithm that the service's limiter uses.

use std::{collections::HashMap, num::NonZeroU32};

use super::Problem;
use crate::timestamp::Timestamp;

/// Requests per second in the long run, and at once after a pause.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RateLimit {
    pub(crate) per_second: NonZeroU32,
    pub(crate) burst: NonZeroU32,
}

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Bucket {
    /// The operator token at this position.
    Operator(usize),
    /// Everybody without one: all of them come from the same address.
    Peer,
}

/// When each bucket will be empty, in nanoseconds since 1970.
#[derive(Debug, Clone, Default)]
pub(crate) struct Buckets(HashMap<Bucket, i128>);

impl Buckets {
    /// Counts a request, or says when it may be repeated.
    pub(crate) fn count(&mut self, limit: Option<RateLimit>, bucket: Bucket, now: Timestamp) -> Result<(), Problem> {
        const SECOND: i128 = 1_000_000_000;
        let Some(limit) = limit else { return Ok(()) };
        let now = i128::from(now.as_micros()) * 1_000;
        let interval = SECOND / i128::from(limit.per_second.get());
        let tolerance = interval * i128::from(limit.burst.get() - 1);
        let empty = self.0.entry(bucket).or_insert(now);
        let earliest = *empty - tolerance;
        if now >= earliest {
            *empty = now.max(*empty) + interval;
            return Ok(());
        }
        let seconds = u64::try_from((earliest - now + SECOND - 1) / SECOND).unwrap_or(1).max(1);
        Err(Problem::new("RATE_LIMITED").retry_after(seconds))
    }
}
