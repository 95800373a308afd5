//! What a proxy of the environment gets to see.

use std::{env, process::Command};

use connectors_client::{Connectors, ConnectorsBuilder, Credentials, OperatorToken, Retry};

use crate::peer::{Peer, Reply, TOKEN, json, response, tenant};

/// Set for the process whose environment names a proxy.
const BEHIND_A_PROXY: &str = "CONNECTORS_CLIENT_TESTS_BEHIND_A_PROXY";

/// The peer under an address that is another host's by its text, and reaches this one.
fn elsewhere(peer: &Peer, scheme: &str) -> ConnectorsBuilder<Credentials> {
    let port = peer.url.rsplit(':').next().unwrap();
    let builder = Connectors::builder(format!("{scheme}://0.0.0.0:{port}"));
    builder.operator_token(OperatorToken::new(TOKEN)).retry(Retry::none())
}

#[tokio::test]
async fn plain_http_goes_straight_to_the_service() {
    let peer = Peer::saying(|| json(r#"{"signals":[],"next_cursor":null}"#)).await;
    tenant(elsewhere(&peer, "http").allow_insecure_http()).signals().page().await.unwrap();
    tenant(peer.builder()).signals().page().await.unwrap();
    assert_eq!(peer.seen().len(), 2);
    if env::var(BEHIND_A_PROXY).is_ok() {
        // The environment's proxy is there, for whom it may serve: it gets to see no more than the name of the host.
        let tls = Peer::saying(|| Reply::Silence).await;
        tenant(elsewhere(&tls, "https")).signals().page().await.unwrap_err();
        // For this host it does not serve.
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let here = Connectors::builder(format!("https://{nobody}")).operator_token(OperatorToken::new(TOKEN));
        tenant(here.retry(Retry::none())).signals().page().await.unwrap_err();
        assert!(tls.seen().is_empty());
    }
}

#[tokio::test]
async fn a_proxy_of_the_environment_never_sees_the_token() {
    let proxy = Peer::saying(|| response("502 X", &[], "")).await;
    let mut again = Command::new(env::current_exe().unwrap());
    again.args(["--exact", "proxy::plain_http_goes_straight_to_the_service"]).env(BEHIND_A_PROXY, "yes");
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        again.env(name, &proxy.url);
    }
    again.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = tokio::task::spawn_blocking(move || again.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let seen = proxy.seen();
    assert!(seen.len() == 1 && seen[0].starts_with("CONNECT "), "{} requests", seen.len());
    assert!(!seen[0].contains(TOKEN));
}
