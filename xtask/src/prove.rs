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
    /// Walk through many signals of one tenant: each once, in order, the last page as quick as the first
    Walk {
        /// How many
        #[arg(long, default_value_t = 200_000)]
        signals: u32,
    },
}

impl Proof {
    /// Runs the test on both engines, with its number in `PROVE`.
    pub(crate) fn run(self) -> Result<(), BoxError> {
        ["sqlite", "postgres"].into_iter().try_for_each(|engine| self.run_on(engine))
    }

    fn run_on(self, engine: &str) -> Result<(), BoxError> {
        println!("── on {engine} ──");
        const SERVER: &str = "connectors-server";
        let (package, test, number) = match self {
            Self::Kill { rounds } => {
                (SERVER, "durability::a_kill_right_after_an_acknowledgement_loses_nothing", rounds)
            }
            Self::Deliveries { cases } => {
                (SERVER, "fuzz::no_delivery_makes_the_service_fail_or_stores_half_a_signal", cases)
            }
            Self::Twin { cases } => ("connectors-mock", "generated::service_and_mock_answer_every_script_alike", cases),
            Self::Walk { signals } => {
                (SERVER, "walk::a_walk_sees_each_signal_once_and_ends_as_quickly_as_it_began", signals)
            }
        };
        let status = Command::new(cargo::path())
            .current_dir(root())
            // nextest fails where there is no such test; cargo test would call that a success.
            .args(["nextest", "run", "--locked", "--no-capture", "--package", package, "-E"])
            .arg(format!("test(={test})"))
            .env("PROVE", number.to_string())
            .env("TEST_DATABASE", engine)
            .status()?;
        if status.success() { Ok(()) } else { Err(format!("{test} does not hold with {number} on {engine}").into()) }
    }
}
