//! Parsers of single values. Each error says what the value must be.

use std::{net::SocketAddr, num::NonZeroU32, str::FromStr, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use url::Url;

use super::{Environment, LogFormat, RateLimit};
use crate::{
    crypto::{Vault, VaultKey},
    model::Secret,
};

/// A JSON array of strings, or a comma-separated list. Items are trimmed and must not be empty.
pub(super) fn list(text: &str) -> Result<Vec<String>, String> {
    let items: Vec<String> = if text.starts_with('[') {
        serde_json::from_str(text).map_err(|_| "must be a JSON array of strings, or a comma-separated list")?
    } else {
        text.split(',').map(str::to_owned).collect()
    };
    let items: Vec<String> = items.iter().map(|item| item.trim().to_owned()).collect();
    match items.as_slice() {
        [] => Err("must hold at least one value".into()),
        items if items.iter().any(String::is_empty) => Err("holds an empty value".into()),
        _ => Ok(items),
    }
}

/// A JSON array of secrets, or a single one, which may hold commas.
pub(super) fn secrets(text: &str) -> Result<Vec<String>, String> {
    if text.starts_with('[') { list(text) } else { Ok(vec![text.to_owned()]) }
}

/// Base64 keys of 32 bytes.
pub(super) fn keys(text: &str) -> Result<Vec<[u8; 32]>, String> {
    let decode = |item: &String| STANDARD.decode(item).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let keys: Option<Vec<_>> = list(text)?.iter().map(decode).collect();
    keys.ok_or_else(|| "must be base64 of exactly 32 bytes each; make one with: openssl rand -base64 32".into())
}

/// The vault, from the first of its two variables that is there.
pub(super) fn vault(env: &mut Environment) -> Vault {
    let name = if env.is_present("POBLYSH_CRYPTO_KEYS") { "POBLYSH_CRYPTO_KEYS" } else { "POBLYSH_CRYPTO_KEY" };
    if name == "POBLYSH_CRYPTO_KEYS" && env.is_present("POBLYSH_CRYPTO_KEY") {
        env.warning("POBLYSH_CRYPTO_KEY is ignored, because POBLYSH_CRYPTO_KEYS is set");
    }
    if env.get(name).is_none() {
        env.problem(name, "is required: base64 of 32 bytes; make one with: openssl rand -base64 32");
    }
    let keys = env.optional(name, keys).unwrap_or_else(|| vec![[0; 32]]);
    Vault::new(keys.iter().map(VaultKey::new).collect())
}

pub(super) fn socket_addr(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "must be an address and a port, as 127.0.0.1:8080".into())
}

pub(super) fn database_url(text: &str) -> Result<Secret, String> {
    let is_postgres = text.starts_with("postgres:") || text.starts_with("postgresql:");
    match text.strip_prefix("sqlite:") {
        Some(path) => sqlite_file(path)?,
        None if is_postgres => postgres_database(text)?,
        None => return Err("must be a sqlite: or postgres: URL, as sqlite:poblysh-connectors.db".into()),
    }
    Ok(Secret::new(text))
}

fn sqlite_file(path: &str) -> Result<(), String> {
    let file = path.trim_start_matches('/').split('?').next().unwrap_or_default();
    if file.is_empty() || path.contains(":memory:") || path.contains("mode=memory") {
        return Err("must name a file: a database in memory loses what was acknowledged".into());
    }
    Ok(())
}

/// What a PostgreSQL URL may say behind its `?`.
const POSTGRES_PARAMETERS: &[&str] = &[
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

fn postgres_database(url: &str) -> Result<(), String> {
    // No value of the URL is repeated: there may be a password in it.
    let url = Url::parse(url).map_err(|error| format!("is no URL: {error}"))?;
    // One that is misspelt, as `sslmod`, must not be passed over.
    if let Some((unknown, _)) = url.query_pairs().find(|(name, _)| !POSTGRES_PARAMETERS.contains(&name.as_ref())) {
        return Err(format!("has a parameter `{unknown}`, which is none of {}", POSTGRES_PARAMETERS.join(", ")));
    }
    if url.path().trim_start_matches('/').is_empty() && !url.query_pairs().any(|(name, _)| name == "dbname") {
        return Err("must name a database, as postgres://user@host/database".into());
    }
    Ok(())
}

pub(super) fn count(text: &str) -> Result<u32, String> {
    number(text, 1, 1_000)
}

pub(super) fn size(text: &str) -> Result<usize, String> {
    number(text, 1, 1 << 30)
}

pub(super) fn buffer(text: &str) -> Result<usize, String> {
    number(text, 1 << 20, 1 << 40)
}

pub(super) fn delay(text: &str) -> Result<Duration, String> {
    number(text, 0, 600).map(Duration::from_secs)
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    number(text, 1, 600).map(Duration::from_secs)
}

pub(super) fn provider_seconds(text: &str) -> Result<Duration, String> {
    // An OAuth claim lasts 60 seconds, and completing one asks the provider twice.
    number(text, 1, 20).map(Duration::from_secs)
}

fn number<T: FromStr + PartialOrd + std::fmt::Display>(text: &str, least: T, most: T) -> Result<T, String> {
    let problem = format!("must be a whole number from {least} to {most}");
    text.parse().ok().filter(|value| *value >= least && *value <= most).ok_or(problem)
}

pub(super) fn rate_limit(text: &str) -> Result<RateLimit, String> {
    let parse = || {
        let (per_second, burst) = text.split_once('/')?;
        Some(RateLimit {
            per_second: NonZeroU32::from_str(per_second.trim()).ok()?,
            burst: NonZeroU32::from_str(burst.trim()).ok()?,
        })
    };
    parse().ok_or_else(|| "must be requests per second and burst, as 100/200".into())
}

pub(super) fn log_filter(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text)
        .map(|_| text.to_owned())
        .map_err(|error| format!("must be a log filter, as info,connectors_server=debug: {error}"))
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("must be text or json".into()),
    }
}
