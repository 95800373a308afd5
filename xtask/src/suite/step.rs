//! A step of the suite: a command that must succeed.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
};

use super::slowest::Slowest;
use crate::{BoxError, cargo, root};

/// A step.
pub(super) struct Step {
    pub(super) name: &'static str,
    program: PathBuf,
    arguments: Vec<&'static str>,
    variable: Option<(&'static str, &'static str)>,
    reads_tests: bool,
}

impl Step {
    /// Runs cargo.
    pub(super) fn cargo(name: &'static str, arguments: &[&'static str]) -> Self {
        Self { name, program: cargo::path(), arguments: arguments.to_vec(), variable: None, reads_tests: false }
    }

    /// Runs nextest: tests that pass are counted, the others shown.
    pub(super) fn nextest(name: &'static str, arguments: &[&'static str]) -> Self {
        Self { reads_tests: true, ..Self::cargo(name, arguments) }
    }

    /// Sets an environment variable.
    pub(super) fn with(self, name: &'static str, value: &'static str) -> Self {
        Self { variable: Some((name, value)), ..self }
    }

    /// Runs a program that the workspace's build has made.
    pub(super) fn built(name: &'static str, program: &str, arguments: &[&'static str]) -> Self {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
        Self {
            name,
            program: target.join("debug").join(program),
            arguments: arguments.to_vec(),
            variable: None,
            reads_tests: false,
        }
    }

    /// Runs the step; what it prints goes through.
    pub(super) fn run(&self, slowest: &mut Slowest) -> Result<(), BoxError> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).envs(self.variable).current_dir(root());
        let status = if self.reads_tests {
            let mut child = command.stderr(Stdio::piped()).spawn()?;
            if let Some(stderr) = child.stderr.take() {
                for line in BufReader::new(stderr).lines() {
                    let line = line?;
                    if !slowest.read(&line) {
                        println!("{line}");
                    }
                }
            }
            child.wait()?
        } else {
            command.status()?
        };
        if status.success() { Ok(()) } else { Err(format!("{} failed: {self}", self.name).into()) }
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let program = self.program.file_name().unwrap_or_default().to_string_lossy();
        write!(f, "{program} {}", self.arguments.join(" "))
    }
}
