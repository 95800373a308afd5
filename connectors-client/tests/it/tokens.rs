//! Where the operator token comes from.

use std::fs;

use connectors_client::{Connectors, ErrorKind, OperatorToken, Retry, TokenFile};

use crate::peer::{Peer, Reply, TOKEN, json, problem, tenant};

const EMPTY: &str = r#"{"signals":[],"next_cursor":null}"#;

/// The tokens that the peer was shown.
fn shown(peer: &Peer) -> Vec<String> {
    let token = |request: &String| {
        let line = request.lines().find_map(|line| line.strip_prefix("authorization: Bearer "));
        line.unwrap_or_default().to_owned()
    };
    peer.seen().iter().map(token).collect()
}

#[tokio::test]
async fn a_file_is_read_again_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let peer = Peer::saying(|| json(EMPTY)).await;
    let tenant = tenant(Connectors::builder(&peer.url).token_source(TokenFile::new(&path)));
    for token in [TOKEN.to_owned(), format!("{TOKEN}-newer")] {
        fs::write(&path, format!("{token}\n")).unwrap();
        tenant.signals().page().await.unwrap();
        tenant.signals().page().await.unwrap();
    }
    let newer = format!("{TOKEN}-newer");
    assert_eq!(shown(&peer), [TOKEN, TOKEN, &newer, &newer]);
}

#[tokio::test]
async fn a_file_that_looks_the_same_is_read_again_after_a_401() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let tokens = [format!("{TOKEN}-1"), format!("{TOKEN}-2")];
    fs::write(&path, &tokens[0]).unwrap();
    let date = fs::metadata(&path).unwrap().modified().unwrap();
    let refused = format!("Bearer {}", tokens[0]);
    let peer = Peer::start(move |request, number| match number {
        0 => json(EMPTY),
        _ if request.contains(&refused) => problem(401, "UNAUTHORIZED", &[], ""),
        _ => json(EMPTY),
    })
    .await;
    let tenant = tenant(Connectors::builder(&peer.url).token_source(TokenFile::new(&path)).retry(Retry::none()));
    tenant.signals().page().await.unwrap();
    fs::write(&path, &tokens[1]).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(date).unwrap();
    tenant.signals().page().await.unwrap();
    assert_eq!(shown(&peer), [tokens[0].as_str(), &tokens[0], &tokens[1]]);
}

#[tokio::test]
async fn a_file_that_is_not_there_or_empty_gives_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let peer = Peer::saying(|| Reply::Silence).await;
    let tenant = tenant(Connectors::builder(&peer.url).token_source(TokenFile::new(&path)));
    let error = tenant.signals().page().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::TokenSource, 0));
    assert!(std::error::Error::source(&error).is_some());
    fs::write(&path, " \n").unwrap();
    assert_eq!(tenant.signals().page().await.unwrap_err().kind(), ErrorKind::TokenSource);
    assert!(peer.seen().is_empty());
}

#[tokio::test]
async fn a_closure_is_asked_before_each_call() {
    let peer = Peer::saying(|| json(EMPTY)).await;
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let source = move || {
        let number = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async move {
            match number {
                2 => Err("the vault is sealed"),
                number => Ok(OperatorToken::new(format!("{TOKEN}-{number}"))),
            }
        }
    };
    let tenant = tenant(Connectors::builder(&peer.url).token_source(source));
    tenant.signals().page().await.unwrap();
    tenant.signals().page().await.unwrap();
    let error = tenant.signals().page().await.unwrap_err();
    assert_eq!(error.to_string(), "list_signals: the token source gave no token");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "the vault is sealed");
    assert_eq!(shown(&peer), [format!("{TOKEN}-0"), format!("{TOKEN}-1")]);
}
