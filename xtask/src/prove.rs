//! `cargo xtask prove`: tests that CI runs with small numbers, run with large ones.

use std::process::Command;

use clap::Subcommand;

use crate::{BoxError, cargo, root};

/// What to prove.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum Proof {
    /// Kill the service right after an acknowledgement, again and again: nothing acknowledged is lost
    Kill {
        /// How often
        #[arg(long, default_value_t = 100)]
        rounds: u32,
    },
    /// Send signed deliveries that no provider would send: none makes the service fail
    Deliveries {
        /// How many
        #[arg(long, default_value_t = 10_000)]
        cases: u32,
    },
    /// Run scripts that chance has written against service and mock: both answer alike
    Twin {
        /// How many
        #[arg(long, default_value_t = 1_000)]
        cases: u32,
    },
    /// Run the tests of the mock again and again, with few scripts of chance: none fails by chance
    Flakes {
        /// How often
        #[arg(long, default_value_t = 120)]
        rounds: u32,
    },
    /// Make many connections due at once on two replicas: each is fetched once, and none is left
    Upkeep {
        /// How many
        #[arg(long, default_value_t = 1_000)]
        connections: u32,
    },
    /// Walk through many signals of one tenant: each once, in order, the last page as quick as the first
    Walk {
        /// How many
        #[arg(long, default_value_t = 200_000)]
        signals: u32,
    },
}

impl Proof {
    /// Runs the test on both engines, with its number in `PROVE`; to look for flakes, all tests of the mock, that often.
    pub(crate) fn run(self) -> Result<(), BoxError> {
        ["sqlite", "postgres"].into_iter().try_for_each(|engine| self.run_on(engine))
    }

    fn run_on(self, engine: &str) -> Result<(), BoxError> {
        println!("── on {engine} ──");
        const SERVER: &str = "connectors-server";
        const MOCK: &str = "connectors-mock";
        let (package, test, number) = match self {
            Self::Kill { rounds } => {
                (SERVER, "durability::a_kill_right_after_an_acknowledgement_loses_nothing", rounds)
            }
            Self::Deliveries { cases } => {
                (SERVER, "fuzz::no_delivery_makes_the_service_fail_or_stores_half_a_signal", cases)
            }
            Self::Twin { cases } => (MOCK, "generated::service_and_mock_answer_every_script_alike", cases),
            Self::Walk { signals } => {
                (SERVER, "walk::a_walk_sees_each_signal_once_and_ends_as_quickly_as_it_began", signals)
            }
            Self::Upkeep { connections } => {
                (SERVER, "upkeep::connections_that_are_due_at_once_are_fetched_once_each_by_two_replicas", connections)
            }
            Self::Flakes { rounds } => {
                let again = ["--no-fail-fast", "--status-level", "fail", "--stress-count", &rounds.to_string()];
                // One script of each provider: what more of them find is no flake, and `Twin`'s to prove.
                let holds = nextest(MOCK, engine).args(again).env("PROVE", "1").status()?.success();
                return if holds { Ok(()) } else { Err("a test has failed that may not".into()) };
            }
        };
        let filter = format!("test(={test})");
        // nextest fails where there is no such test; cargo test would call that a success.
        let mut run = nextest(package, engine);
        run.args(["--no-capture", "-E", &filter]).env("PROVE", number.to_string());
        if run.status()?.success() {
            Ok(())
        } else {
            Err(format!("{test} does not hold with {number} on {engine}").into())
        }
    }
}

fn nextest(package: &str, engine: &str) -> Command {
    let mut command = Command::new(cargo::path());
    command.current_dir(root()).args(["nextest", "run", "--locked", "--package", package]);
    command.env("TEST_DATABASE", engine);
    command
}
