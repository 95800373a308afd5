//! What came back.

use std::fmt;

use reqwest::{StatusCode, header::HeaderMap};
use serde_json::Value;

/// An answer that the contract allows.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body's JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body's JSON, if the status is `status`.
    #[track_caller]
    pub fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self.json()
    }

    /// The problem's `details`, if its code is `code`.
    #[track_caller]
    pub fn refused(&self, code: &str) -> Value {
        let body = self.json();
        assert_eq!(body["code"], code, "{self:?}");
        body["details"].clone()
    }

    /// The problem with one field, if that is all that is wrong; returns what is said of it.
    #[track_caller]
    pub fn invalid(&self, field: &str) -> String {
        let details = self.refused("VALIDATION_FAILED");
        let details = details.as_object().unwrap();
        assert_eq!(details.keys().collect::<Vec<_>>(), [field], "{self:?}");
        details[field].as_str().unwrap().to_owned()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}\n{}", self.status, self.headers, String::from_utf8_lossy(&self.body))
    }
}
