//! Points in time, as the wire holds them.

use std::{fmt, ops::RangeInclusive, time::Duration};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A point in time with microsecond precision, in the years 1 to 9999: RFC 3339 in UTC with six fraction digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Timestamp(i64);

/// What the service says of a text that is no timestamp.
const PROBLEM: &str =
    "must be an RFC 3339 timestamp with at most six fraction digits (a `+` in a query is written `%2B`)";

/// 0001-01-01T00:00:00Z, and the last microsecond of the year 9999.
const RANGE: RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;

impl Timestamp {
    /// The time that lies `micros` microseconds after 1970, at the nearest end if it is out of range.
    pub(crate) fn from_micros(micros: i64) -> Self {
        Self(micros.clamp(*RANGE.start(), *RANGE.end()))
    }

    /// Parses RFC 3339 with any offset and at most six fraction digits.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let fraction = text.split_once('.').map_or("", |(_, rest)| rest);
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let separated = text.as_bytes().get(10).is_some_and(|byte| matches!(byte, b'T' | b't'));
        if !separated || digits > 6 {
            return Err(PROBLEM.into());
        }
        let micros = DateTime::parse_from_rfc3339(text).map(|time| time.timestamp_micros()).ok();
        micros.filter(|micros| RANGE.contains(micros)).map(Self).ok_or_else(|| PROBLEM.into())
    }

    /// Microseconds since 1970.
    pub(crate) const fn as_micros(self) -> i64 {
        self.0
    }

    /// This time moved by `duration` into the future.
    pub(crate) fn after(self, duration: Duration) -> Self {
        Self::from_micros(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How much time lies between an earlier time and this one.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// This time moved by `duration` into the past.
    pub(crate) fn before(self, duration: Duration) -> Self {
        Self::from_micros(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(time: DateTime<Utc>) -> Self {
        Self::from_micros(time.timestamp_micros())
    }
}

impl From<Timestamp> for DateTime<Utc> {
    fn from(time: Timestamp) -> Self {
        Self::from_timestamp_micros(time.0).unwrap_or(Self::MAX_UTC)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&DateTime::from(*self).to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
