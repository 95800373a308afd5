//! Whom the server runs as. PostgreSQL refuses to run as root.

use std::{io, process::Command};

/// A user who is not root.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unprivileged {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Unprivileged {
    /// The user to become: `None` unless this process is root's; then `postgres` if there is that user, else `nobody`.
    pub(super) fn needed() -> io::Result<Option<Self>> {
        if own_uid()? != 0 {
            return Ok(None);
        }
        let find = |name| Ok::<_, io::Error>(Self { uid: id(&["-u", name])?, gid: id(&["-g", name])? });
        find("postgres").or_else(|_| find("nobody")).map(Some)
    }
}

/// The user whose process this is.
pub(super) fn own_uid() -> io::Result<u32> {
    id(&["-u"])
}

fn id(arguments: &[&str]) -> io::Result<u32> {
    let output = Command::new("id").args(arguments).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| io::Error::other(format!("id {}: {text}", arguments.join(" "))))
}
