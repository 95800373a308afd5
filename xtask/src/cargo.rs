//! Running cargo.

use std::{path::PathBuf, process::Command};

use crate::{BoxError, root};

/// The cargo that runs this, so that all chores share its toolchain and target folder.
pub(crate) fn path() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// Builds and runs the program that writes the generated files.
pub(crate) fn codegen(what: &str, check: bool) -> Result<(), BoxError> {
    let mut command = Command::new(path());
    command.current_dir(root()).args(["run", "--quiet", "--locked", "--package", "codegen", "--", what]);
    if check {
        command.arg("--check");
    }
    if command.status()?.success() { Ok(()) } else { Err(format!("the generated files ({what}) are not right").into()) }
}

/// Builds the guide, and opens it unless it is asked not to.
pub(crate) fn guide(no_open: bool, check: bool) -> Result<(), BoxError> {
    println!("Building the guide; the first time it takes some minutes.");
    let mut command = Command::new(path());
    command.current_dir(root()).args(["run", "--quiet", "--locked", "--package", "connectors-guide", "--"]);
    command
        .args([("--no-open", no_open), ("--check", check)].iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| flag));
    if command.status()?.success() { Ok(()) } else { Err("the guide could not be built".into()) }
}
