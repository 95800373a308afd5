//! What all handles of one [`Connectors`](crate::Connectors) share.

use std::{fmt, time::Duration};

use crate::{
    Retry,
    clock::Clock,
    retry::{Budget, Renewals},
    token::TokenSource,
    trace_headers::TraceHook,
};

pub(crate) struct Service {
    /// The service's URL, without a slash at its end.
    pub(crate) base: String,
    pub(crate) http: reqwest::Client,
    pub(crate) tokens: Box<dyn TokenSource>,
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) limits: Limits,
    pub(crate) retry: Retry,
    pub(crate) budget: Budget,
    pub(crate) renewals: Renewals,
    /// Adds what continues the caller's trace.
    pub(crate) trace: Option<Box<TraceHook>>,
}

/// What a call may take.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// A call with all its attempts.
    pub(crate) call: Duration,
    /// One attempt.
    pub(crate) attempt: Duration,
    /// Making a connection.
    pub(crate) connect: Duration,
    /// A body, in bytes.
    pub(crate) body: usize,
}

impl Limits {
    /// What one attempt of the operation may take. The service calls the provider twice to complete an authorization, and waits
    /// for each answer as long as for all of another operation.
    pub(crate) fn attempt(&self, operation: &str) -> Duration {
        if operation == "complete_oauth" { self.attempt.saturating_mul(3) } else { self.attempt }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(30),
            attempt: Duration::from_secs(10),
            connect: Duration::from_secs(5),
            body: 64 << 20,
        }
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("base", &self.base).field("limits", &self.limits).finish_non_exhaustive()
    }
}
