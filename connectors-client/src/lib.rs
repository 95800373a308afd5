#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod answer;
mod builder;
mod callback_query;
mod clock;
mod connections;
mod connectors;
mod error;
mod exec;
#[allow(
    clippy::all,
    dead_code,
    missing_docs,
    unreachable_pub,
    unused_imports,
    reason = "generated; `cargo xtask codegen` writes it"
)]
#[rustfmt::skip]
mod generated;
mod ids;
mod ingest_webhook;
mod json_object;
mod occurred;
mod open_enum;
mod page;
mod redact;
mod retry;
mod scope;
mod service;
mod signals;
mod span;
mod start_oauth;
mod stream;
mod tenant;
mod tenant_id;
mod token;
mod trace_headers;

pub use self::{
    builder::{ConnectorsBuilder, Credentials, NoCredentials},
    callback_query::CallbackQuery,
    clock::Clock,
    connections::Connections,
    connectors::Connectors,
    error::{Error, ErrorKind},
    generated::{
        ConnectionStatus, ErrorCode, ReceiptStatus, SignalKind,
        types::{
            AuthorizeUrl, Connection, ExternalAccount, Health, Provider, Readiness, ReadinessChecks, Reference,
            ServiceInfo, Signal, WebhookReceipt,
        },
    },
    ids::{ConnectionId, SignalId},
    ingest_webhook::IngestWebhook,
    json_object::JsonObject,
    open_enum::UnknownValue,
    page::{Cursor, Page},
    retry::Retry,
    signals::Signals,
    start_oauth::StartOAuth,
    stream::ItemStream,
    tenant::Tenant,
    tenant_id::{InvalidTenantId, TenantId},
    token::{OperatorToken, TokenFile, TokenFuture, TokenSource},
    trace_headers::TraceHeaders,
};
use open_enum::open_enum;
