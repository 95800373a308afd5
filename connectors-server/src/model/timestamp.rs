//! Points in time, as the wire and the database hold them.

use std::{fmt, time::Duration};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

/// A point in time with microsecond precision, in the years 1 to 9999: RFC 3339 in UTC with six fraction digits on the wire,
/// an integer of microseconds since 1970 in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

/// Why a text is no timestamp of the contract. The `Display` form goes into `details`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an RFC 3339 timestamp with at most six fraction digits (a `+` in a query is written `%2B`)")]
pub struct TimestampError;

impl Timestamp {
    /// 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_135_596_800_000_000);
    /// The last microsecond of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// The time that lies `micros` microseconds after 1970-01-01T00:00:00Z, at the nearest end if it is out of range.
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// The time that lies `seconds` seconds after 1970-01-01T00:00:00Z, if it is in range.
    pub const fn from_seconds(seconds: i64) -> Option<Self> {
        match seconds.checked_mul(1_000_000) {
            Some(micros) if micros >= Self::MIN.0 && micros <= Self::MAX.0 => Some(Self(micros)),
            _ => None,
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The present, by the machine's clock.
    pub fn now() -> Self {
        Self::from_micros(Utc::now().timestamp_micros())
    }

    /// Parses RFC 3339 with any offset.
    ///
    /// # Errors
    /// More than six fraction digits are refused rather than cut: a bound that moved would silently change a result.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        let fraction = text.split_once('.').map_or("", |(_, rest)| rest);
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let separated = text.as_bytes().get(10).is_some_and(|byte| matches!(byte, b'T' | b't'));
        if !separated || digits > 6 {
            return Err(TimestampError);
        }
        let micros = DateTime::parse_from_rfc3339(text).map_err(|_| TimestampError)?.timestamp_micros();
        let time = Self::from_micros(micros);
        if time.0 == micros { Ok(time) } else { Err(TimestampError) }
    }

    /// This time moved by `duration` into the future, or the end of the range.
    pub fn after(self, duration: Duration) -> Self {
        Self::from_micros(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This time moved by `duration` into the past, or the begin of the range.
    pub fn before(self, duration: Duration) -> Self {
        Self::from_micros(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = DateTime::from_timestamp_micros(self.0).unwrap_or_else(|| unreachable!("the range is chrono's"));
        f.write_str(&time.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_in_utc_with_six_digits() {
        let time = Timestamp::parse("2026-01-02T05:04:05.5+02:00").unwrap();
        assert_eq!(time.to_string(), "2026-01-02T03:04:05.500000Z");
        assert_eq!(Timestamp::from_micros(-1).to_string(), "1969-12-31T23:59:59.999999Z");
    }

    #[test]
    fn stays_within_the_years_that_rfc_3339_can_write() {
        assert_eq!(Timestamp::from_micros(i64::MAX).to_string(), "9999-12-31T23:59:59.999999Z");
        assert_eq!(Timestamp::from_micros(i64::MIN).to_string(), "0001-01-01T00:00:00.000000Z");
        assert_eq!(Timestamp::MAX.after(Duration::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.before(Duration::MAX), Timestamp::MIN);
        assert_eq!(Timestamp::from_seconds(1_557_933_657_000), None);
        assert_eq!(Timestamp::from_seconds(i64::MIN), None);
        assert_eq!(Timestamp::from_seconds(0), Some(Timestamp::from_micros(0)));
        assert!(Timestamp::parse("0001-01-01T00:00:00+01:00").is_err());
    }

    #[test]
    fn refuses_what_is_not_rfc_3339_or_finer_than_a_microsecond() {
        for text in [
            "",
            "2026-01-02",
            "2026-01-02 03:04:05Z",
            "2026-01-02T03:04:05",
            "2026-01-02T03:04:05.1234567Z",
            "2026-13-02T03:04:05Z",
            "1767323045",
        ] {
            assert_eq!(Timestamp::parse(text), Err(TimestampError), "{text}");
        }
    }
}
