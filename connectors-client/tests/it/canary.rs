//! Whatever is printed, no token is in it.
//!
//! The test runs its own binary, every other test of it, with all that the client and the libraries beneath can say turned on.

use std::{env, process::Command};

use tracing_subscriber::filter::LevelFilter;

use crate::peer::TOKEN;

/// Set for the tests that are listened to; to `leak`, for one that shows the token.
const LISTENING: &str = "CONNECTORS_CLIENT_TESTS_AT_TRACE";

/// Prints everything at TRACE, in a process that is listened to.
pub(crate) fn watch() {
    let Ok(how) = env::var(LISTENING) else { return };
    let printer = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_ansi(false).with_test_writer();
    // Of all tests of the process the first sets it.
    let _ = printer.try_init();
    if log::set_logger(&Printer).is_ok() {
        log::set_max_level(log::LevelFilter::Trace);
    }
    if how == "leak" {
        tracing::trace!(token = TOKEN, "a leak");
    }
}

/// Prints what libraries say through `log`: reqwest and rustls do.
struct Printer;

impl log::Log for Printer {
    fn enabled(&self, _metadata: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        println!("log {} {}", record.target(), record.args());
    }

    fn flush(&self) {}
}

/// All that the tests which are chosen so have printed.
fn printed(how: &str, tests: &[&str]) -> String {
    let mut suite = Command::new(env::current_exe().unwrap());
    suite.args(tests).arg("--nocapture").env(LISTENING, how);
    let output = suite.output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{text}");
    text
}

#[test]
fn the_whole_suite_prints_no_credential_at_trace() {
    let text = printed("yes", &["--skip", "canary::", "--skip", "weight::"]);
    // It did print.
    for expected in
        ["http.request.method=", "trying again", "connectors.operation=", "Unexpected", "log reqwest", "hyper_util"]
    {
        assert!(text.contains(expected), "nothing of {expected} in {} bytes", text.len());
    }
    // The operator token; an OAuth code; a state.
    for canary in [TOKEN, "c0de", "st4te"] {
        let shown = text.lines().find(|line| line.contains(canary));
        assert_eq!(shown, None, "{canary} was printed");
    }
}

#[test]
fn a_token_that_is_printed_would_be_found() {
    let text = printed("leak", &["--exact", "calls::a_public_call_carries_neither"]);
    assert!(text.contains(TOKEN), "{text}");
}
