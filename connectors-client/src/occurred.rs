//! When signals occurred, as the service is asked for it.

use std::ops::{Bound, RangeBounds};

use chrono::{DateTime, Utc};

/// 0001-01-01T00:00:00Z and the last microsecond of the year 9999: what RFC 3339 can write, in microseconds from 1970.
const FIRST: i64 = -62_135_596_800_000_000;
const LAST: i64 = 253_402_300_799_999_999;

/// A range in whole microseconds, both bounds included.
#[derive(Clone, Debug)]
pub(crate) enum Occurred {
    /// From the one to the other, as far as they are bounds at all.
    Within { after: Option<DateTime<Utc>>, before: Option<DateTime<Utc>> },
    /// At no time that there is.
    Never,
}

impl Default for Occurred {
    fn default() -> Self {
        Self::Within { after: None, before: None }
    }
}

impl Occurred {
    pub(crate) fn within(range: &impl RangeBounds<DateTime<Utc>>) -> Self {
        // The microsecond that a time is in, and whether it begins there.
        let floor =
            |time: &DateTime<Utc>| (time.timestamp_micros(), time.timestamp_subsec_nanos().is_multiple_of(1000));
        let after = match range.start_bound() {
            Bound::Unbounded => FIRST,
            Bound::Included(start) => {
                let (floor, is_even) = floor(start);
                floor + i64::from(!is_even)
            }
            Bound::Excluded(start) => floor(start).0 + 1,
        };
        let before = match range.end_bound() {
            Bound::Unbounded => LAST,
            Bound::Included(end) => floor(end).0,
            Bound::Excluded(end) => {
                let (floor, is_even) = floor(end);
                floor - i64::from(is_even)
            }
        };
        if after.max(FIRST) > before.min(LAST) {
            return Self::Never;
        }
        let bound = |micros| DateTime::from_timestamp_micros(micros);
        Self::Within {
            after: Some(after).filter(|after| *after > FIRST).and_then(bound),
            before: Some(before).filter(|before| *before < LAST).and_then(bound),
        }
    }
}
