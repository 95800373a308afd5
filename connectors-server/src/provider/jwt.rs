//! JSON Web Tokens (RFC 7519) that providers show.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

use crate::model::Timestamp;

/// How far the clocks of provider and service may be apart.
const LEEWAY: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct Claims {
    /// In seconds since 1970; RFC 7519, section 2, allows fractions.
    exp: f64,
}

/// Whether the token is signed with HS256 under `key`, and no other algorithm, and has not expired.
pub(super) fn is_good(token: &str, key: &[u8], now: Timestamp) -> bool {
    let mut validation = Validation::new(Algorithm::HS256);
    // The crate would read the machine's clock.
    validation.validate_exp = false;
    // Whom it is for is told by the secret, which provider and app alone have.
    validation.validate_aud = false;
    let Ok(token) = decode::<Claims>(token, &DecodingKey::from_secret(key), &validation) else { return false };
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^53")]
    let latest = now.before(LEEWAY).as_micros() as f64 / 1e6;
    token.claims.exp > latest
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    use super::*;
    use crate::crypto::hmac_sha256;

    const NOW: i64 = 1_300_819_380;

    fn token(header: &Value, claims: &Value, key: &[u8]) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = hmac_sha256(key, &[signed.as_bytes()]);
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn is_good(token: &str, seconds: i64) -> bool {
        super::is_good(token, b"key", Timestamp::from_seconds(NOW + seconds).unwrap())
    }

    /// The example of RFC 7515, appendix A.1.
    #[test]
    fn the_example_of_the_rfc_is_good_until_it_expires() {
        let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leG\
                     FtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let key = URL_SAFE_NO_PAD.decode(key).unwrap();
        let is_good = |seconds| super::is_good(token, &key, Timestamp::from_seconds(NOW + seconds).unwrap());
        assert!(is_good(-1_000) && is_good(0) && is_good(59));
        assert!(!is_good(60) && !is_good(1_000_000));
    }

    #[test]
    fn only_hs256_with_a_time_to_expire_is_good() {
        let header = json!({"alg": "HS256", "typ": "JWT"});
        let claims = json!({"exp": NOW + 180, "iss": "atlassian", "aud": ["somebody"]});
        let good = token(&header, &claims, b"key");
        assert!(is_good(&good, 0));
        assert!(is_good(&token(&header, &json!({"exp": 1_300_819_380.5}), b"key"), 0));
        for alg in ["none", "None", "HS384", "HS512", "RS256", "ES256", "", "hs256"] {
            assert!(!is_good(&token(&json!({"alg": alg}), &claims, b"key"), 0), "{alg}");
        }
        for claims in [json!({}), json!({"exp": null}), json!({"exp": "1300819999"}), json!({"exp": -1}), json!([])] {
            assert!(!is_good(&token(&header, &claims, b"key"), 0), "{claims}");
        }
        assert!(!is_good(&token(&header, &claims, b"another"), 0));
        let unsigned = format!("{}.", good.rsplit_once('.').unwrap().0);
        for broken in ["", ".", "..", "a.b.c", &unsigned, unsigned.trim_end_matches('.'), &format!("{good}.x")] {
            assert!(!is_good(broken, 0), "{broken}");
        }
    }
}
