//! What goes wrong with the browser itself.

/// Why the browser did not do what it was told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The program is not there.
    #[error(
        "chromedriver can't be started ({0}); `apt-get install --no-install-recommends chromium chromium-driver` brings it"
    )]
    Missing(#[source] std::io::Error),
    /// The program was started, but does not listen.
    #[error("chromedriver did not come up: {output}")]
    DidNotComeUp {
        /// All that it printed.
        output: String,
    },
    /// Chromium was not started.
    #[error("chromedriver opens no session: {0}")]
    Session(#[from] fantoccini::error::NewSessionError),
    /// A command was refused.
    #[error(transparent)]
    Command(#[from] fantoccini::error::CmdError),
    /// An answer is not what chromedriver and axe document.
    #[error("an answer of the browser can't be read: {0}")]
    Answer(#[from] serde_json::Error),
    /// A file can't be written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}
