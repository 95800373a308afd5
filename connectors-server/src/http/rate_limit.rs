//! Rate limits: one bucket for each operator token, and for each peer address that shows none.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    ops::Add,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use governor::{
    Quota,
    clock::{Clock as GovernorClock, Reference},
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::keyed::HashMapStateStore,
};

use super::{ErrorCode, Problem};
use crate::{clock::Clock, config::RateLimit};

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Bucket {
    /// The operator token at this position of the configuration.
    Operator(usize),
    /// A peer. IPv6 peers are counted by their /64, which is what one of them is given.
    Peer(IpAddr),
}

impl Bucket {
    pub(super) fn of_peer(address: IpAddr) -> Self {
        Self::Peer(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
                Some(v4) => IpAddr::V4(v4),
                None => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !0 << 64)),
            },
        })
    }
}

type Limiter = governor::RateLimiter<Bucket, HashMapStateStore<Bucket>, ServiceClock, NoOpMiddleware<Instant>>;

/// Counts requests.
pub(super) struct RateLimiter {
    limiter: Limiter,
    clock: ServiceClock,
    since_cleaning: AtomicU32,
}

/// After so many requests the buckets that are full again are dropped, so that passing peers don't pile up.
const CLEANED_EVERY: u32 = 4096;

impl RateLimiter {
    pub(super) fn new(limit: RateLimit, clock: Arc<dyn Clock>) -> Self {
        let clock = ServiceClock(clock);
        let quota = Quota::per_second(limit.per_second).allow_burst(limit.burst);
        Self {
            limiter: Limiter::new(quota, HashMapStateStore::default(), clock.clone()),
            clock,
            since_cleaning: AtomicU32::new(0),
        }
    }

    /// Counts a request, or says when it may be repeated.
    pub(super) fn check(&self, bucket: Bucket) -> Result<(), Problem> {
        if self.since_cleaning.fetch_add(1, Ordering::Relaxed) % CLEANED_EVERY == CLEANED_EVERY - 1 {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&bucket).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            let seconds = seconds.max(1);
            Problem::new(ErrorCode::RateLimited).retry_after(seconds)
        })
    }
}

impl fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RateLimiter(…)")
    }
}

/// The service's clock, as governor wants it.
#[derive(Debug, Clone)]
struct ServiceClock(Arc<dyn Clock>);

/// Nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Instant(u64);

impl GovernorClock for ServiceClock {
    type Instant = Instant;

    fn now(&self) -> Instant {
        Instant(u64::try_from(self.0.now().as_micros()).unwrap_or(0).saturating_mul(1_000))
    }
}

impl Add<Nanos> for Instant {
    type Output = Self;

    fn add(self, nanos: Nanos) -> Self {
        Self(self.0.saturating_add(nanos.as_u64()))
    }
}

impl Reference for Instant {
    fn duration_since(&self, earlier: Self) -> Nanos {
        Duration::from_nanos(self.0.saturating_sub(earlier.0)).into()
    }

    fn saturating_sub(&self, duration: Nanos) -> Self {
        Self(self.0.saturating_sub(duration.as_u64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_counted_by_address_or_64() {
        let bucket = |text: &str| Bucket::of_peer(text.parse().unwrap());
        assert_eq!(bucket("2001:db8:0:1::1"), bucket("2001:db8:0:1:ffff::2"));
        assert_ne!(bucket("2001:db8:0:1::1"), bucket("2001:db8:0:2::1"));
        assert_eq!(bucket("::ffff:192.0.2.1"), bucket("192.0.2.1"));
        assert_ne!(bucket("192.0.2.1"), bucket("192.0.2.2"));
    }
}
