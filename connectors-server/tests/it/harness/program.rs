//! The program `connectors-server` as a process.

use std::{path::Path, process::Stdio};

use reqwest::{Method, Url};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use super::{Call, TOKEN};

/// A running `connectors-server serve`. Killed on drop.
pub struct Program {
    child: Child,
    base: Url,
    /// What it has logged until it served, and all that follows once it has ended.
    log: BufReader<tokio::process::ChildStderr>,
    pub logged: String,
}

impl Program {
    /// The program with nothing in its environment but `POBLYSH_` variables.
    pub fn command(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_connectors-server"));
        command.args(arguments).env_clear().envs(variables.iter().copied()).kill_on_drop(true);
        command
    }

    /// Serves on a free port, with the least configuration and a database in `folder`.
    pub async fn serve(folder: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = Self::command(&["serve"], variables);
        command
            .env("POBLYSH_OPERATOR_TOKENS", TOKEN)
            .env("POBLYSH_CRYPTO_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
            .env("POBLYSH_API_BIND_ADDR", "127.0.0.1:0")
            .current_dir(folder)
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut logged = String::new();
        let address = loop {
            let start = logged.len();
            assert!(log.read_line(&mut logged).await.unwrap() > 0, "it ended: {logged}");
            let address = logged[start..].split_whitespace().find_map(|word| word.strip_prefix("address="));
            if let Some(address) = address {
                break address.to_owned();
            }
        };
        Self { child, base: format!("http://{address}/").parse().unwrap(), log, logged }
    }

    pub fn call(&self, method: Method, path: &str) -> Call {
        Call::new(method, self.base.join(path).unwrap())
    }

    /// `kill -9`.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM, and all that it logged until it ended. It must end well.
    pub async fn terminate(mut self) -> String {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
        let status = self.child.wait().await.unwrap();
        while self.log.read_line(&mut self.logged).await.unwrap() > 0 {}
        assert!(status.success(), "{status}: {}", self.logged);
        self.logged
    }
}
