//! Builds the book.

use std::path::{Path, PathBuf};

use mdbook_driver::MDBook;

use crate::BoxError;

/// The guide's folder: `book.toml`, the pages and the theme.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Builds the book of `root` into `target`; the path of its first page.
///
/// # Errors
/// If a page can't be read or rendered.
pub fn build(root: &Path, target: &Path) -> Result<PathBuf, BoxError> {
    let mut book = MDBook::load(root)?;
    book.config.build.build_dir = std::path::absolute(target)?;
    book.build()?;
    Ok(target.join("index.html"))
}
