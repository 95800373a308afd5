//! Which problems each operation can answer with.

use crate::http::ErrorCode::{self, *};

/// How an operation is called.
pub(super) struct Rules {
    /// The operation.
    pub(super) id: &'static str,
    /// Whether it takes an operator token.
    pub(super) operator: Need,
    /// Whether it takes `X-Tenant-Id`.
    pub(super) tenant: Need,
    /// The problems of its own, beside those that `operator` and `tenant` bring.
    errors: &'static [ErrorCode],
}

/// Whether an operation takes a header.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    None,
    Optional,
    Required,
}

const fn rules(id: &'static str, operator: Need, tenant: Need, errors: &'static [ErrorCode]) -> Rules {
    Rules { id, operator, tenant, errors }
}

/// The rules of every operation.
pub(super) const RULES: &[Rules] = &[
    rules("get_service_info", Need::None, Need::None, &[RateLimited, ServiceUnavailable]),
    rules("get_health", Need::None, Need::None, &[]),
    rules("get_readiness", Need::None, Need::None, &[ServiceUnavailable]),
    rules("list_providers", Need::None, Need::None, &[ValidationFailed, RateLimited, ServiceUnavailable]),
    rules(
        "start_oauth",
        Need::Required,
        Need::Required,
        &[ProviderNotSupported, PayloadTooLarge, UnsupportedMediaType, ProviderNotConfigured],
    ),
    rules(
        "complete_oauth",
        Need::Optional,
        Need::Optional,
        &[
            OAuthStateInvalid,
            OAuthDenied,
            OAuthCodeRejected,
            ProviderNotSupported,
            ProviderNotConfigured,
            OAuthInProgress,
            ProviderError,
            ProviderTimeout,
        ],
    ),
    rules("list_connections", Need::Required, Need::Required, &[]),
    rules("get_connection", Need::Required, Need::Required, &[ConnectionNotFound]),
    rules("delete_connection", Need::Required, Need::Required, &[ConnectionNotFound]),
    rules("list_signals", Need::Required, Need::Required, &[]),
    rules("get_signal", Need::Required, Need::Required, &[SignalNotFound]),
    rules(
        "ingest_webhook",
        Need::Optional,
        Need::Optional,
        &[TenantHeaderRequired, InvalidSignature, ProviderNotSupported, ConnectionNotFound, PayloadTooLarge],
    ),
    rules(
        "ingest_signed_webhook",
        Need::None,
        Need::None,
        &[
            ValidationFailed,
            InvalidSignature,
            ProviderNotSupported,
            ConnectionNotFound,
            PayloadTooLarge,
            RateLimited,
            InternalError,
            ServiceUnavailable,
        ],
    ),
];

impl Rules {
    /// The rules of the operation `id`.
    pub(super) fn of(id: &str) -> &'static Self {
        RULES.iter().find(|rules| rules.id == id).unwrap_or_else(|| panic!("{id} has no rules"))
    }

    /// All problems that the operation can answer with, in the order of the contract.
    pub(super) fn errors(&self) -> Vec<ErrorCode> {
        let operator = [ValidationFailed, Unauthorized, RateLimited, InternalError, ServiceUnavailable];
        let by_operator = |code: &ErrorCode| self.operator != Need::None && operator.contains(code);
        let by_tenant = |code: &ErrorCode| self.tenant == Need::Required && TenantHeaderRequired == *code;
        let all = ErrorCode::ALL.iter();
        all.filter(|code| by_operator(code) || by_tenant(code) || self.errors.contains(code)).copied().collect()
    }
}
