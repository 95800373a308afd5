//! A token that stands in a file.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use zeroize::Zeroizing;

use super::{OperatorToken, TokenFuture, TokenSource};

/// The token that stands in a file, which is read again when it changes: a mounted secret, that something else rotates.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mock = connectors_mock::ConnectorsMock::start().await;
/// # let url = mock.url();
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("operator-token");
/// # std::fs::write(&path, mock.operator_token())?;
/// use connectors_client::{Connectors, TokenFile};
///
/// let connectors = Connectors::builder(url).token_source(TokenFile::new(path)).build()?;
/// # connectors.tenant(mock.tenant("acme").id()).signals().page().await?;
/// # Ok(())
/// # }
/// ```
///
/// The file holds one token; white space around it does not count. Before each call its date and length are looked at, which
/// is a call of the operating system that does not leave this host, so it blocks the thread for microseconds; keep the file on a
/// local disk. After a 401 it is read whatever its date.
pub struct TokenFile {
    path: PathBuf,
    read: Mutex<Option<(Version, OperatorToken)>>,
}

/// What changes when a file does.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Version(Option<SystemTime>, u64);

impl TokenFile {
    /// The file at this path. It is read when a token is needed.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), read: Mutex::new(None) }
    }

    fn current(&self, is_refused: bool) -> io::Result<OperatorToken> {
        // Before the text: if the file changes in between, it is read once more the next time.
        let version = Version::of(&self.path)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, token)) = &*read
            && *known == version
            && !is_refused
        {
            return Ok(token.clone());
        }
        let text = Zeroizing::new(fs::read_to_string(&self.path)?);
        let token = OperatorToken::new(text.trim());
        *read = Some((version, token.clone()));
        Ok(token)
    }
}

impl Version {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self(metadata.modified().ok(), metadata.len()))
    }
}

impl TokenSource for TokenFile {
    fn token<'a>(&'a self, refused: Option<&'a OperatorToken>) -> TokenFuture<'a> {
        Box::pin(std::future::ready(self.current(refused.is_some()).map_err(Into::into)))
    }
}

impl fmt::Debug for TokenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenFile").field("path", &self.path).finish_non_exhaustive()
    }
}
