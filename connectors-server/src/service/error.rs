//! Why the service refuses, or fails.

use std::collections::BTreeMap;

use crate::{crypto::VaultError, provider::ProviderFailure, store::StoreError};

/// A refusal or a failure. The HTTP surface turns each into a problem of the contract.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the request says is malformed; each field with what is wrong.
    #[error("the request is malformed")]
    Invalid(BTreeMap<String, String>),
    /// No provider has that slug.
    #[error("no such provider")]
    ProviderNotSupported {
        /// The slug that was probably meant.
        nearest: Option<&'static str>,
    },
    /// There are no credentials for the provider.
    #[error("the provider {provider} is not configured")]
    ProviderNotConfigured {
        /// The provider's slug.
        provider: &'static str,
    },
    /// The state can't be completed; one answer for all reasons, so that nothing can be probed.
    #[error("the state can't be completed")]
    OAuthStateInvalid,
    /// The provider came back with an error.
    #[error("the provider came back with an error")]
    OAuthDenied {
        /// The provider's error code, fit to be shown.
        provider_error: String,
    },
    /// The provider refuses the code.
    #[error("the provider refuses the code")]
    OAuthCodeRejected {
        /// The provider's error code, fit to be shown.
        provider_error: String,
    },
    /// Another request is at this state.
    #[error("another request is completing this state")]
    OAuthInProgress,
    /// The tenant has no such connection.
    #[error("no such connection")]
    ConnectionNotFound,
    /// The tenant has no such signal.
    #[error("no such signal")]
    SignalNotFound,
    /// A delivery is not signed with a secret that this deployment has.
    #[error("the delivery's signature is not right")]
    InvalidSignature,
    /// The provider did not do what it was asked.
    #[error("the provider {provider} failed")]
    Provider {
        /// The provider's slug.
        provider: &'static str,
        /// What it did instead.
        #[source]
        failure: ProviderFailure,
    },
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// A sealed text could not be opened.
    #[error("a sealed text could not be opened")]
    Vault(#[from] VaultError),
    /// What was sealed is not what this version of the service seals.
    #[error("a sealed text is damaged")]
    Sealed(#[from] serde_json::Error),
    /// A task of the service ended before its time.
    #[error("a task of the service ended before its time")]
    Task(#[from] tokio::task::JoinError),
}

impl Error {
    /// One malformed field.
    pub(crate) fn invalid(field: &str, problem: impl Into<String>) -> Self {
        Self::Invalid(BTreeMap::from([(field.to_owned(), problem.into())]))
    }
}
