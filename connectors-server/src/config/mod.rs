//! The service's configuration: environment variables, all checked at start, every problem listed at once.

mod environment;
mod operator_tokens;
mod parse;
mod provider_config;
mod redirects;
mod settings;
mod webhook_roots;

use std::{net::SocketAddr, num::NonZeroU32, time::Duration};

pub use environment::{ConfigError, Environment};
pub use operator_tokens::OperatorTokens;
pub use provider_config::{OAuthApp, ProviderConfig, ProviderConfigs, ProviderSetting};
pub use redirects::Redirects;
pub use settings::{SETTINGS, Setting, help, provider_settings};
pub use webhook_roots::WebhookRoots;

use url::Url;

use crate::{crypto::Vault, model::Secret};

/// How the logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Requests per second and burst, counted per operator token or peer address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests per second in the long run.
    pub per_second: NonZeroU32,
    /// Requests at once after a pause.
    pub burst: NonZeroU32,
}

/// Reads the database's URL alone, for the command that migrates it.
///
/// # Errors
/// If it is malformed.
pub fn database_url(env: &mut Environment) -> Result<Secret, ConfigError> {
    let url = env.parse("POBLYSH_DATABASE_URL", parse::database_url);
    env.finish().map(|()| url)
}

/// All that the service can be told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who may call the operator operations.
    pub operator_tokens: OperatorTokens,
    /// Seals tokens at rest.
    pub vault: Vault,
    /// From which each tenant's webhook secrets are derived. Empty: no tenant has a secret of its own.
    pub webhook_roots: WebhookRoots,
    /// Where the service listens.
    pub bind_addr: SocketAddr,
    /// The database. There may be a password in it.
    pub database_url: Secret,
    /// Connections to the database at once.
    pub database_connections: u32,
    /// Where providers reach this service, to have webhooks subscribed there.
    pub public_url: Option<Url>,
    /// Where providers send users back to.
    pub redirects: Redirects,
    /// Credentials and endpoints per provider.
    pub providers: ProviderConfigs,
    /// The longest request body, in bytes.
    pub max_body_bytes: usize,
    /// The longest webhook body, in bytes.
    pub max_webhook_bytes: usize,
    /// Bytes of large request bodies held in memory at once, over all requests.
    pub max_buffered_bytes: usize,
    /// Connections open at once.
    pub max_connections: usize,
    /// How often a caller may call; `None`: as often as it likes.
    pub rate_limit: Option<RateLimit>,
    /// How long a provider may take to answer.
    pub provider_timeout: Duration,
    /// How long a request's body may take to arrive, and a peer to read the next part of an answer.
    pub request_timeout: Duration,
    /// How long the service goes on serving, but is not ready, after it was told to stop.
    pub shutdown_delay: Duration,
    /// How long requests under way may go on after the service was told to stop.
    pub shutdown_timeout: Duration,
    /// The log filter, in `tracing`'s syntax.
    pub log: String,
    /// How the logs are written.
    pub log_format: LogFormat,
    /// What is odd but no error; logged at start.
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads the configuration from the process's environment.
    ///
    /// # Errors
    /// Lists everything that is wrong, each with the variable's name and what it should be.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_environment(&mut Environment::of_process())
    }

    /// Reads the configuration from `environment`.
    ///
    /// ```
    /// use connectors_server::config::{Config, Environment};
    ///
    /// let config = Config::from_environment(&mut Environment::new([
    ///     ("POBLYSH_OPERATOR_TOKENS", "first,second"),
    ///     ("POBLYSH_CRYPTO_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    /// ]))?;
    /// assert_eq!(config.bind_addr.to_string(), "127.0.0.1:8080");
    /// # Ok::<(), connectors_server::config::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn from_environment(env: &mut Environment) -> Result<Self, ConfigError> {
        let operator_tokens = OperatorTokens::read(env);
        let vault = parse::vault(env);
        let providers = ProviderConfigs::read(env);
        let config = Self {
            webhook_roots: WebhookRoots::read(env),
            bind_addr: env.parse("POBLYSH_API_BIND_ADDR", parse::socket_addr),
            database_url: env.parse("POBLYSH_DATABASE_URL", parse::database_url),
            database_connections: env.parse("POBLYSH_DATABASE_CONNECTIONS", parse::count),
            public_url: env.optional("POBLYSH_PUBLIC_URL", provider_config::base_url),
            redirects: Redirects::read(env, !providers.configured().is_empty()),
            max_body_bytes: env.parse("POBLYSH_MAX_BODY_BYTES", parse::size),
            max_webhook_bytes: env.parse("POBLYSH_MAX_WEBHOOK_BYTES", parse::size),
            max_buffered_bytes: env.parse("POBLYSH_MAX_BUFFERED_BYTES", parse::buffer),
            max_connections: env.parse("POBLYSH_MAX_CONNECTIONS", parse::size),
            rate_limit: env.optional("POBLYSH_RATE_LIMIT", parse::rate_limit),
            provider_timeout: env.parse("POBLYSH_PROVIDER_TIMEOUT_SECONDS", parse::provider_seconds),
            request_timeout: env.parse("POBLYSH_REQUEST_TIMEOUT_SECONDS", parse::seconds),
            shutdown_delay: env.parse("POBLYSH_SHUTDOWN_DELAY_SECONDS", parse::delay),
            shutdown_timeout: env.parse("POBLYSH_SHUTDOWN_TIMEOUT_SECONDS", parse::seconds),
            log: env.parse("POBLYSH_LOG", parse::log_filter),
            log_format: env.parse("POBLYSH_LOG_FORMAT", parse::log_format),
            providers,
            operator_tokens,
            vault,
            warnings: env.take_warnings(),
        };
        if config.max_buffered_bytes < config.max_webhook_bytes.max(config.max_body_bytes) {
            env.problem("POBLYSH_MAX_BUFFERED_BYTES", "must not be less than the longest single body");
        }
        env.finish().map(|()| config)
    }
}
