//! Where tokens come from.

use std::{error::Error, pin::Pin};

use super::OperatorToken;

/// What a [`TokenSource`] returns.
pub type TokenFuture<'a> =
    Pin<Box<dyn Future<Output = Result<OperatorToken, Box<dyn Error + Send + Sync>>> + Send + 'a>>;

/// Gives the operator token that is valid now; asked before each call.
///
/// An [`OperatorToken`] is one, of the same token for ever; so are a [`TokenFile`](crate::TokenFile), and any closure that
/// returns a future of a token:
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mock = connectors_mock::ConnectorsMock::start().await;
/// # let (url, token) = (mock.url(), mock.operator_token().to_owned());
/// # let read_from_vault = move || std::future::ready(Ok::<_, std::io::Error>(token.clone()));
/// use connectors_client::{Connectors, OperatorToken};
///
/// let connectors = Connectors::builder(url)
///     .token_source(move || {
///         let secret = read_from_vault();
///         async { secret.await.map(OperatorToken::new) }
///     })
///     .build()?;
/// # connectors.tenant(mock.tenant("acme").id()).signals().page().await?;
/// # Ok(())
/// # }
/// ```
///
/// A source that keeps a copy wants to know when the copy is worth nothing, and implements the trait:
///
/// ```
/// use std::sync::Mutex;
/// use connectors_client::{OperatorToken, TokenFuture, TokenSource};
///
/// struct Vault(Mutex<Option<OperatorToken>>);
///
/// impl TokenSource for Vault {
///     fn token<'a>(&'a self, refused: Option<&'a OperatorToken>) -> TokenFuture<'a> {
///         Box::pin(async move {
///             let kept = self.0.lock().unwrap().clone();
///             match kept {
///                 // Another call may have brought a newer one meanwhile.
///                 Some(token) if refused != Some(&token) => Ok(token),
///                 _ => {
///                     let token = OperatorToken::new(read_from_vault().await?);
///                     *self.0.lock().unwrap() = Some(token.clone());
///                     Ok(token)
///                 }
///             }
///         })
///     }
/// }
/// # async fn read_from_vault() -> Result<String, std::io::Error> { Ok(String::new()) }
/// ```
pub trait TokenSource: Send + Sync + 'static {
    /// The token. `refused` is one that the service has just answered with 401, so a copy that is kept of it is worth nothing;
    /// the call is repeated once with what comes now, if that is another and the budget of repetitions allows
    /// ([`Retry`](crate::Retry)).
    ///
    /// # Errors
    /// What stands in the way; the call fails with [`ErrorKind::TokenSource`](crate::ErrorKind::TokenSource), or, if a token was
    /// refused, with that answer, of which this is the [`source`](Error::source).
    fn token<'a>(&'a self, refused: Option<&'a OperatorToken>) -> TokenFuture<'a>;
}

/// The same token for ever.
impl TokenSource for OperatorToken {
    fn token<'a>(&'a self, _refused: Option<&'a OperatorToken>) -> TokenFuture<'a> {
        Box::pin(std::future::ready(Ok(self.clone())))
    }
}

/// What the closure returns, each time; after a 401 it is called once more.
impl<F, R, E> TokenSource for F
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = Result<OperatorToken, E>> + Send + 'static,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    fn token<'a>(&'a self, _refused: Option<&'a OperatorToken>) -> TokenFuture<'a> {
        let token = self();
        Box::pin(async { token.await.map_err(Into::into) })
    }
}
