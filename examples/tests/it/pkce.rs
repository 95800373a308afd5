use serde_json::json;

use crate::support::{CHALLENGE, VERIFIER, authorize_url, code, exchange, github, param, usual_exchange};

#[tokio::test]
async fn an_exchange_without_the_right_verifier_is_refused_and_spends_the_code() {
    let github = github().await;
    for verifier in [json!(null), json!(""), json!("wrong"), json!(CHALLENGE)] {
        let code = code(&github).await;
        let mut body = usual_exchange(&code);
        body["code_verifier"] = verifier.clone();
        body.as_object_mut().unwrap().retain(|_, value| !value.is_null());

        assert_eq!(exchange(&github, &body).await["error"], "bad_verification_code", "{verifier}");
        let retry = exchange(&github, &usual_exchange(&code)).await;
        assert_eq!(retry["error"], "bad_verification_code", "{verifier}");
    }
}

#[tokio::test]
async fn a_challenge_other_than_s256_is_refused_at_the_authorization() {
    let github = github().await;
    for params in [
        vec![("code_challenge", VERIFIER), ("code_challenge_method", "plain")],
        vec![("code_challenge", CHALLENGE)],
        vec![("code_challenge_method", "S256")],
        vec![("code_challenge", "short"), ("code_challenge_method", "S256")],
    ] {
        let callback = github.approve(&authorize_url(&github, &params)).await.unwrap();
        assert_eq!(param(&callback, "error").as_deref(), Some("invalid_request"), "{params:?}");
        assert_eq!(param(&callback, "code"), None, "{params:?}");
    }
}
