//! The list of environment variables: what `--help` shows is what the configuration reads.

use std::collections::BTreeSet;

use crate::provider;

/// An environment variable.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The variable's name.
    pub name: &'static str,
    /// What holds when it is not set.
    pub default: Option<&'static str>,
    /// What it is, for `--help`.
    pub help: &'static str,
}

const fn setting(name: &'static str, default: Option<&'static str>, help: &'static str) -> Setting {
    Setting { name, default, help }
}

/// Every variable that is not one of a provider's.
pub const SETTINGS: &[Setting] = &[
    setting(
        "POBLYSH_OPERATOR_TOKENS",
        None,
        "Required. Bearer tokens of trusted callers: a JSON array of strings, or a comma-separated list.",
    ),
    setting(
        "POBLYSH_OPERATOR_TOKEN",
        None,
        "A single bearer token, for deployments made before POBLYSH_OPERATOR_TOKENS; ignored beside it.",
    ),
    setting(
        "POBLYSH_CRYPTO_KEYS",
        None,
        "Required. Keys that seal tokens at rest, newest first: base64 of 32 bytes each (openssl rand -base64 32).",
    ),
    setting("POBLYSH_CRYPTO_KEY", None, "A single such key; ignored beside POBLYSH_CRYPTO_KEYS."),
    setting("POBLYSH_API_BIND_ADDR", Some("127.0.0.1:8080"), "Address and port to listen on."),
    setting(
        "POBLYSH_DATABASE_URL",
        Some("sqlite:poblysh-connectors.db"),
        "The database: a sqlite: URL that names a file, or, for several replicas, a postgres: URL with a database's name, \
         as postgres://user:password@host/database?sslmode=verify-full.",
    ),
    setting(
        "POBLYSH_DATABASE_CONNECTIONS",
        Some("4"),
        "Connections to the database at once; with SQLite those that read, beside one that writes.",
    ),
    setting(
        "POBLYSH_WEBHOOK_ROOT_KEYS",
        None,
        "Keys from which each tenant's webhook secrets are derived, newest first, all accepted: base64 of 32 bytes each.",
    ),
    setting(
        "POBLYSH_PUBLIC_URL",
        None,
        "Where providers reach this service; webhooks that are made through a provider's API are made there.",
    ),
    setting(
        "POBLYSH_OAUTH_REDIRECT_URL",
        None,
        "Where providers send users back to: a URL at Poblysh Core with {provider} in it.",
    ),
    setting(
        "POBLYSH_OAUTH_REDIRECT_ALLOWLIST",
        None,
        "Further such URLs that a request may name in redirect_uri, comma-separated.",
    ),
    setting("POBLYSH_MAX_BODY_BYTES", Some("1048576"), "The longest request body, in bytes."),
    setting("POBLYSH_MAX_WEBHOOK_BYTES", Some("26214400"), "The longest webhook body, in bytes."),
    setting(
        "POBLYSH_MAX_BUFFERED_BYTES",
        Some("419430400"),
        "Bytes of bodies longer than POBLYSH_MAX_BODY_BYTES held in memory at once; further ones wait.",
    ),
    setting(
        "POBLYSH_MAX_CONNECTIONS",
        Some("768"),
        "Connections open at once; then the one that has been idle longest makes room for a new one.",
    ),
    setting(
        "POBLYSH_RATE_LIMIT",
        None,
        "Requests per second and burst for each operator token or peer address, as 100/200. Not limited unless set.",
    ),
    setting("POBLYSH_PROVIDER_TIMEOUT_SECONDS", Some("10"), "How long a provider may take to answer, 1 to 20."),
    setting(
        "POBLYSH_REQUEST_TIMEOUT_SECONDS",
        Some("30"),
        "How long a request's body may take to arrive, and a peer to read the next part of an answer.",
    ),
    setting(
        "POBLYSH_SHUTDOWN_DELAY_SECONDS",
        Some("0"),
        "How long after SIGTERM requests are still accepted while /readyz fails; give a load balancer time to notice.",
    ),
    setting("POBLYSH_SHUTDOWN_TIMEOUT_SECONDS", Some("30"), "How long requests may go on after SIGTERM."),
    setting("POBLYSH_LOG", Some("info"), "The log filter, as info,connectors_server=debug."),
    setting("POBLYSH_LOG_FORMAT", Some("text"), "text or json."),
];

/// The variables of every provider, with the fallbacks that some have.
pub fn provider_settings() -> Vec<(String, &'static str)> {
    let mut settings = Vec::new();
    let mut families = BTreeSet::new();
    for descriptor in provider::descriptors() {
        let prefix = super::provider_config::prefix(descriptor.name);
        settings.extend(COMMON.map(|(name, help, _)| (format!("{prefix}_{name}"), help)));
        settings.extend(descriptor.settings.iter().map(|it| (format!("{prefix}_{}", it.name), it.help)));
        families.extend(descriptor.family);
    }
    for family in families {
        let prefix = super::provider_config::prefix(family);
        // A provider may bear its family's name.
        let known: Vec<String> = settings.iter().map(|(name, _)| name.clone()).collect();
        let named = COMMON.map(|(name, _, help)| (format!("{prefix}_{name}"), help));
        settings.extend(named.into_iter().filter(|(name, _)| !known.contains(name)));
    }
    settings
}

/// The variables that all providers have, and what those of a family are.
const COMMON: [(&str, &str, &str); 4] = [
    (
        "CLIENT_ID",
        "The OAuth app's client id.",
        "The client id for the company's providers that have none of their own.",
    ),
    ("CLIENT_SECRET", "The OAuth app's client secret.", "The client secret to that client id."),
    (
        "WEBHOOK_SECRET",
        "The app's webhook secret, or a JSON array of several while it is rotated.",
        "The same for the company's providers that have none of their own.",
    ),
    (
        "BASE_URL",
        "Where its API and OAuth endpoints live, if not at the provider.",
        "The same for the company's providers that have none of their own.",
    ),
];

/// The part of `--help` that lists the variables.
pub fn help() -> String {
    let mut text = String::from("Environment variables:\n");
    for Setting { name, default, help } in SETTINGS {
        let default = default.map(|value| format!(" [default: {value}]")).unwrap_or_default();
        text.push_str(&format!("  {name}\n          {help}{default}\n"));
    }
    text.push_str("\nFor each provider:\n");
    for (name, help) in provider_settings() {
        text.push_str(&format!("  {name}\n          {help}\n"));
    }
    text
}
