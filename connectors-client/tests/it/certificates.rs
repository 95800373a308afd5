//! Where a system has no certificates, as a slim container.

use std::{env, error::Error as _, process::Command};

use connectors_client::{Connectors, ErrorKind, OperatorToken};

/// Set for the process that finds no certificates.
const WITHOUT: &str = "CONNECTORS_CLIENT_TESTS_WITHOUT_CERTIFICATES";

fn build(url: &str) -> Result<Connectors, connectors_client::Error> {
    Connectors::builder(url).operator_token(OperatorToken::new("o-token")).build()
}

#[test]
fn only_https_needs_certificates() {
    build("http://127.0.0.1:8080").unwrap();
    if env::var(WITHOUT).is_ok() {
        let refused = build("https://connectors.example").unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Request);
        let causes = std::iter::successors(refused.source(), |cause| (*cause).source());
        let causes: Vec<_> = causes.map(ToString::to_string).collect();
        assert!(causes.iter().any(|cause| cause.contains("No CA certificates")), "{causes:?}");
    }
}

#[test]
fn plain_http_needs_none() {
    let mut again = Command::new(env::current_exe().unwrap());
    again.args(["--exact", "certificates::only_https_needs_certificates"]).env(WITHOUT, "yes");
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        again.env(name, "/nowhere");
    }
    let output = again.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
