//! The program `chromedriver`.

use std::{path::Path, process::Stdio, time::Duration};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, ChildStdout, Command},
};

use crate::Error;

const UP_WITHIN: Duration = Duration::from_secs(30);

/// chromedriver takes a port that is free for IPv6 and wants the same one for IPv4, where another program may have it.
const PORTS: usize = 10;
const PORT_TAKEN: &str = "port not available";

/// It runs in a process group of its own, with the browser that it starts: all are killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    /// Starts `program` on a port that is free; its temporary files go into `folder`.
    pub(crate) async fn start(program: &str, folder: &Path) -> Result<Self, Error> {
        let mut last = Self::start_once(program, folder).await;
        for _ in 1..PORTS {
            match last {
                Err(Error::DidNotComeUp { output }) if output.contains(PORT_TAKEN) => {
                    last = Self::start_once(program, folder).await;
                }
                decided => return decided,
            }
        }
        last
    }

    async fn start_once(program: &str, folder: &Path) -> Result<Self, Error> {
        let child = Command::new(program)
            .args(["--port=0", "--log-level=WARNING"])
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(Error::Missing)?;
        let mut driver = Self { child, port: 0 };
        let mut printed = String::new();
        if let Ok(Some((port, rest))) = tokio::time::timeout(UP_WITHIN, driver.port_printed(&mut printed)).await {
            driver.port = port;
            driver.drain(rest);
            return Ok(driver);
        }
        driver.kill();
        if let Some(mut errors) = driver.child.stderr.take() {
            let _ = tokio::time::timeout(UP_WITHIN, errors.read_to_string(&mut printed)).await;
        }
        Err(Error::DidNotComeUp { output: printed })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Reads until "ChromeDriver was started successfully on port 40123."
    async fn port_printed(&mut self, printed: &mut String) -> Option<(u16, BufReader<ChildStdout>)> {
        let mut output = BufReader::new(self.child.stdout.take()?);
        loop {
            let begin = printed.len();
            if output.read_line(printed).await.ok()? == 0 {
                return None;
            }
            if let Some((_, port)) = printed[begin..].trim_end().split_once("started successfully on port ") {
                return Some((port.trim_end_matches('.').parse().ok()?, output));
            }
        }
    }

    /// A pipe that nobody reads would stop it once it is full.
    fn drain(&mut self, mut output: BufReader<ChildStdout>) {
        let errors = self.child.stderr.take();
        tokio::spawn(async move { tokio::io::copy(&mut output, &mut tokio::io::sink()).await });
        if let Some(mut errors) = errors {
            tokio::spawn(async move { tokio::io::copy(&mut errors, &mut tokio::io::sink()).await });
        }
    }

    fn kill(&self) {
        if let Some(id) = self.child.id().and_then(|id| i32::try_from(id).ok()) {
            let _ = killpg(Pid::from_raw(id), Signal::SIGKILL);
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn a_driver_that_does_not_come_up_is_reported_with_what_it_printed() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = Driver::start("ls", folder.path()).await.expect_err("`ls` is no driver");
        assert!(matches!(&error, Error::DidNotComeUp { output } if output.contains("--port")), "{error}");
    }

    #[tokio::test]
    async fn another_port_is_tried_when_one_is_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let script = folder.path().join("driver");
        let text = r#"#!/bin/sh
            echo >> "$0.tries"
            [ $(wc -l < "$0.tries") = 3 ] || { echo 'IPv4 port not available. Exiting...'; exit 1; }
            echo 'ChromeDriver was started successfully on port 4711.'
        "#;
        std::fs::write(&script, text).expect("the script is written");
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("it can be run");
        let driver =
            Driver::start(script.to_str().expect("a path"), folder.path()).await.expect("the third try succeeds");
        assert_eq!(driver.url(), "http://127.0.0.1:4711");
    }

    #[tokio::test]
    async fn a_missing_driver_is_reported_with_how_to_install_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = Driver::start("no-such-driver", folder.path()).await.expect_err("there is none");
        assert!(error.to_string().contains("apt-get install"), "{error}");
    }
}
