//! The files of the guide that are made from something else.

use std::{
    fs,
    path::{Path, PathBuf},
};

use connectors_examples::backend::Against;

use crate::{BoxError, diagrams, exchanges, tables};

/// Every generated file with its text: diagrams, tables, and exchanges as the mock answers them.
///
/// # Errors
/// If something they are made from is malformed.
pub async fn files(root: &Path) -> Result<Vec<(PathBuf, String)>, BoxError> {
    let pages = root.join("pages");
    let mut files = diagrams::files(&pages.join("diagrams"))?;
    for (name, text) in tables::all()? {
        files.push((pages.join("generated").join(format!("{name}.md")), text));
    }
    for exchange in exchanges::play(Against::Mock).await? {
        files.push((pages.join("exchanges").join(format!("{}.http", exchange.name)), exchange.text()?));
    }
    Ok(files)
}

/// Writes them.
///
/// # Errors
/// As [`files`], or if one can't be written.
pub async fn write(root: &Path) -> Result<(), BoxError> {
    for (path, text) in files(root).await? {
        if fs::read_to_string(&path).is_ok_and(|current| current == text) {
            continue;
        }
        fs::write(&path, text)?;
        println!("wrote {}", path.display());
    }
    Ok(())
}

/// Those that are not what would be written.
///
/// # Errors
/// As [`files`].
pub async fn stale(root: &Path) -> Result<Vec<PathBuf>, BoxError> {
    let mut stale = Vec::new();
    for (path, text) in files(root).await? {
        if fs::read_to_string(&path).unwrap_or_default() != text {
            stale.push(path);
        }
    }
    Ok(stale)
}
