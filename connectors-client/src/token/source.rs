//! Where tokens come from.

use std::{error::Error, pin::Pin};

use super::OperatorToken;

/// What a [`TokenSource`] returns.
pub type TokenFuture<'a> =
    Pin<Box<dyn Future<Output = Result<OperatorToken, Box<dyn Error + Send + Sync>>> + Send + 'a>>;

/// Gives the operator token that is valid now; asked before each request.
///
/// ```
/// use connectors_client::{OperatorToken, TokenFuture, TokenSource};
///
/// struct Vault;
///
/// impl TokenSource for Vault {
///     fn token<'a>(&'a self, _refused: Option<&'a OperatorToken>) -> TokenFuture<'a> {
///         Box::pin(async { Ok(OperatorToken::new(read_from_vault().await?)) })
///     }
/// }
/// # async fn read_from_vault() -> Result<String, std::io::Error> { Ok(String::new()) }
/// ```
pub trait TokenSource: Send + Sync + 'static {
    /// The token. `refused` is one that the service has just answered with 401, so a copy that is kept of it is worth nothing;
    /// the call is repeated once with what comes now, if that is another.
    ///
    /// # Errors
    /// What stands in the way; the call fails with [`ErrorKind::TokenSource`](crate::ErrorKind::TokenSource).
    fn token<'a>(&'a self, refused: Option<&'a OperatorToken>) -> TokenFuture<'a>;
}

/// The same token for ever.
impl TokenSource for OperatorToken {
    fn token<'a>(&'a self, _refused: Option<&'a OperatorToken>) -> TokenFuture<'a> {
        Box::pin(std::future::ready(Ok(self.clone())))
    }
}
