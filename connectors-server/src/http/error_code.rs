//! The codes of the contract's problems.

use axum::http::StatusCode;

use crate::model::open_enum;

open_enum! {
    /// Says which problem it is, for programs.
    ErrorCode,
    "Which problem it is, for programs; each is explained at `/docs/errors`. More values may be added: treat one that you don't know by its status.",
    example "VALIDATION_FAILED" {
        ValidationFailed = "VALIDATION_FAILED",
        TenantHeaderRequired = "TENANT_HEADER_REQUIRED",
        OAuthStateInvalid = "OAUTH_STATE_INVALID",
        OAuthDenied = "OAUTH_DENIED",
        OAuthCodeRejected = "OAUTH_CODE_REJECTED",
        Unauthorized = "UNAUTHORIZED",
        InvalidSignature = "INVALID_SIGNATURE",
        ProviderNotSupported = "PROVIDER_NOT_SUPPORTED",
        ConnectionNotFound = "CONNECTION_NOT_FOUND",
        SignalNotFound = "SIGNAL_NOT_FOUND",
        NotFound = "NOT_FOUND",
        MethodNotAllowed = "METHOD_NOT_ALLOWED",
        PayloadTooLarge = "PAYLOAD_TOO_LARGE",
        UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE",
        ProviderNotConfigured = "PROVIDER_NOT_CONFIGURED",
        OAuthInProgress = "OAUTH_IN_PROGRESS",
        RateLimited = "RATE_LIMITED",
        InternalError = "INTERNAL_ERROR",
        ProviderError = "PROVIDER_ERROR",
        ServiceUnavailable = "SERVICE_UNAVAILABLE",
        ProviderTimeout = "PROVIDER_TIMEOUT",
    }
}

impl ErrorCode {
    /// The status that the code comes with.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::ValidationFailed
            | Self::TenantHeaderRequired
            | Self::OAuthStateInvalid
            | Self::OAuthDenied
            | Self::OAuthCodeRejected => StatusCode::BAD_REQUEST,
            Self::Unauthorized | Self::InvalidSignature => StatusCode::UNAUTHORIZED,
            Self::ProviderNotSupported | Self::ConnectionNotFound | Self::SignalNotFound | Self::NotFound => {
                StatusCode::NOT_FOUND
            }
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::ProviderNotConfigured | Self::OAuthInProgress => StatusCode::CONFLICT,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::ProviderError => StatusCode::BAD_GATEWAY,
            Self::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::ProviderTimeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The problem's title: the same for each occurrence.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ValidationFailed => "The request is malformed",
            Self::TenantHeaderRequired => "X-Tenant-Id is missing",
            Self::OAuthStateInvalid => "The state can't be completed",
            Self::OAuthDenied => "The provider came back with an error",
            Self::OAuthCodeRejected => "The provider refuses the code",
            Self::Unauthorized => "The operator token is missing or wrong",
            Self::InvalidSignature => "The delivery is not signed as it must be",
            Self::ProviderNotSupported => "No such provider",
            Self::ConnectionNotFound => "No such connection",
            Self::SignalNotFound => "No such signal",
            Self::NotFound => "No such route",
            Self::MethodNotAllowed => "The route does not have this method",
            Self::PayloadTooLarge => "The body is too large",
            Self::UnsupportedMediaType => "The body is of the wrong media type",
            Self::ProviderNotConfigured => "The provider is not configured",
            Self::OAuthInProgress => "Another request is completing this state",
            Self::RateLimited => "Too many requests",
            Self::InternalError => "The service failed",
            Self::ProviderError => "The provider failed",
            Self::ServiceUnavailable => "The service is not available",
            Self::ProviderTimeout => "The provider did not answer in time",
        }
    }

    /// What it means and what to do, for `/docs/errors` and the OpenAPI document.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::ValidationFailed => {
                "A parameter, header or body is malformed, out of range or unknown. `details` names every field at \
                 fault and what it must be. Mend the request; repeating it is of no use."
            }
            Self::TenantHeaderRequired => {
                "The operation belongs to a tenant, and the request names none. Send `X-Tenant-Id` with the tenant's \
                 UUID; the service never infers it."
            }
            Self::OAuthStateInvalid => {
                "The `state` is unknown, older than 10 minutes, spent, of another provider or tenant, or `iss` is not \
                 the provider's. Start again with `POST /connect/{provider}`."
            }
            Self::OAuthDenied => {
                "The user declined, or the provider could not authorize; `details.provider_error` is the provider's \
                 code. Offer to connect again."
            }
            Self::OAuthCodeRejected => {
                "It was used before, is too old, or was made up. The state is spent. \
                 Start again with `POST /connect/{provider}`."
            }
            Self::Unauthorized => {
                "Send `Authorization: Bearer <operator_token>` once, with one of the tokens of \
                 `POBLYSH_OPERATOR_TOKENS`."
            }
            Self::InvalidSignature => {
                "The signature is missing, malformed or wrong, or this deployment has no secret to check it with. See \
                 that provider and service have the same secret; `connectors-server webhook-secret` prints a tenant's."
            }
            Self::ProviderNotSupported => "No provider has this slug. `GET /providers` lists them.",
            Self::ConnectionNotFound => {
                "The tenant has no connection with this id: it was deleted, or never was the tenant's."
            }
            Self::SignalNotFound => "The tenant has no signal with this id.",
            Self::NotFound => "The service has no such route. `GET /openapi.json` lists them.",
            Self::MethodNotAllowed => "The route exists with the methods that the header `Allow` lists.",
            Self::PayloadTooLarge => {
                "The body is longer than the service takes (`POBLYSH_MAX_BODY_BYTES`, `POBLYSH_MAX_WEBHOOK_BYTES`)."
            }
            Self::UnsupportedMediaType => "Send the body as `application/json`.",
            Self::ProviderNotConfigured => {
                "The provider is known, but this deployment has no OAuth credentials for it. Set \
                 `POBLYSH_<PROVIDER>_CLIENT_ID` and `POBLYSH_<PROVIDER>_CLIENT_SECRET`."
            }
            Self::OAuthInProgress => {
                "Another request is exchanging this very code now. Repeat the request after `retry_after` seconds; it \
                 then gets the connection."
            }
            Self::RateLimited => "Over the configured rate. Wait `retry_after` seconds.",
            Self::InternalError => {
                "Something failed that the request is not to blame for. The cause is in the service's log under \
                 `trace_id`."
            }
            Self::ProviderError => {
                "The provider answered with an error, answered nonsense, or could not be reached; `details` has its \
                 status and error code as far as there are any. The same code may be tried again."
            }
            Self::ServiceUnavailable => {
                "The database is out of reach, or the service is shutting down. Repeat the request after `retry_after` \
                 seconds."
            }
            Self::ProviderTimeout => "Nothing is lost: the same code may be tried again.",
        }
    }
}
