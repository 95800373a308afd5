//! Generated files: written, or compared with what would be written.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{BoxError, catalogue, client};

/// What to do with a generated file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

impl Mode {
    pub(crate) fn of(check: bool) -> Self {
        if check { Self::Check } else { Self::Write }
    }
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// `openapi.json` from the server's code.
pub(crate) fn openapi(mode: Mode) -> Result<(), BoxError> {
    put(mode, "openapi.json", connectors_server::document(), "cargo xtask openapi")
}

/// The client from `openapi.json`; the mock's copy of the document, and its catalogue.
pub(crate) fn files(mode: Mode) -> Result<(), BoxError> {
    let document = fs::read_to_string(root().join("openapi.json"))?;
    let command = "cargo xtask codegen";
    put(mode, "connectors-mock/src/generated/openapi.json", &document, command)?;
    put(mode, "connectors-mock/src/generated/catalogue.json", &catalogue::generate()?, command)?;
    put(mode, "connectors-client/src/generated.rs", &client::generate(&document)?, command)
}

fn put(mode: Mode, path: &str, text: &str, command: &str) -> Result<(), BoxError> {
    let file = root().join(path);
    let stands = fs::read_to_string(&file).unwrap_or_default();
    match mode {
        _ if stands == text => println!("{path} is up to date"),
        Mode::Check => {
            let line = stands.lines().zip(text.lines()).take_while(|(stands, made)| stands == made).count() + 1;
            return Err(format!("{path} is stale from line {line} on; write it anew with: {command}").into());
        }
        Mode::Write => {
            fs::create_dir_all(file.parent().unwrap_or(&file))?;
            fs::write(&file, text)?;
            println!("{path} written");
        }
    }
    Ok(())
}
