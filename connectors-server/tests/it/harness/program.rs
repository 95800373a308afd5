//! The program `connectors-server` as a process.

use std::{
    process::Stdio,
    sync::{Arc, Mutex},
};

use reqwest::{Method, Url};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    task::JoinHandle,
};

use super::{Call, TOKEN, TestDatabase, soon, until};

/// As a variable's value: the variable is not set, though it belongs to the least configuration.
pub const UNSET: &str = "\0";

/// A running `connectors-server serve`. Killed on drop.
pub struct Program {
    child: Child,
    base: Url,
    log: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Program {
    /// The program with nothing in its environment but `POBLYSH_` variables.
    pub fn command(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_connectors-server"));
        command.args(arguments).env_clear().envs(variables.iter().copied()).kill_on_drop(true);
        command
    }

    /// Serves on a free port, with the least configuration and this database.
    pub async fn serve(database: &TestDatabase, variables: &[(&str, &str)]) -> Self {
        let least = [
            ("POBLYSH_OPERATOR_TOKENS", TOKEN),
            ("POBLYSH_CRYPTO_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            ("POBLYSH_API_BIND_ADDR", "127.0.0.1:0"),
        ];
        let mut command = Self::command(&["serve"], &least);
        command.env("POBLYSH_DATABASE_URL", database.url());
        for (name, value) in variables {
            match *value {
                UNSET => command.env_remove(name),
                value => command.env(name, value),
            };
        }
        let mut child = command.current_dir(database.folder.path()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let written = Arc::clone(&log);
        let reader = tokio::spawn(async move {
            while let Some(line) = lines.next_line().await.unwrap() {
                let mut log = written.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let mut program = Self { child, base: "http://127.0.0.1".parse().unwrap(), log, reader };
        program.logs("serving").await;
        let log = program.logged();
        let (_, address) = log.split_once("127.0.0.1:").unwrap();
        let port: String = address.chars().take_while(char::is_ascii_digit).collect();
        program.base.set_port(Some(port.parse().unwrap())).unwrap();
        program
    }

    fn logged(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until it has logged this.
    pub async fn logs(&self, text: &str) {
        let logs = || {
            let ended = self.reader.is_finished();
            let logged = self.logged();
            assert!(!ended || logged.contains(text), "it ended: {logged}");
            logged.contains(text)
        };
        until(&format!("it logs {text:?}"), logs).await;
    }

    pub fn call(&self, method: Method, path: &str) -> Call {
        Call::new(method, self.base.join(path).unwrap())
    }

    /// `kill -9`.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Sends a signal.
    pub async fn signal(&self, name: &str) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().await.unwrap().success());
    }

    /// Waits for its end, which must be a good one; all that it logged.
    pub async fn wait(self) -> String {
        let (success, log) = self.ended().await;
        assert!(success, "{log}");
        log
    }

    /// Waits for its end: whether it was a good one, and all that it logged.
    pub async fn ended(mut self) -> (bool, String) {
        let status = soon("it ends", self.child.wait()).await.unwrap();
        (&mut self.reader).await.unwrap();
        (status.success(), self.logged())
    }

    /// SIGTERM, and all that it logged until it ended. It must end well.
    pub async fn terminate(self) -> String {
        self.signal("TERM").await;
        self.wait().await
    }
}
