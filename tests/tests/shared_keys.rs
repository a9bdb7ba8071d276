//! Two sessions whose tokens would be accepted for one another are refused when the process starts.

use serde::{Deserialize, Serialize};
use unjwt::bounds::NoState;
use unjwt::{Config, ConfigError, JweKey, Jwk, JwkSet, JwsKey, Session, SessionConfigs as _, SessionHandle};

macro_rules! sessions {
    ($($(#[$meta:meta])* $name:ident)*) => {$(
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
        $(#[$meta])*
        struct $name {
            sub: String,
        }
    )*};
}

sessions! {
    #[session(jws, name = "one", typ = "JWT")] SignedOne
    #[session(jws, name = "two", typ = "JWT")] SignedTwo
    #[session(jws, name = "two", typ = "at+jwt")] SignedTyped
    #[session(jws, name = "three", typ = "JWT", read_only)] SignedReader
    #[session(jwe, name = "one", typ = "JWT", header = false)] SealedOne
    #[session(jwe, name = "two", typ = "JWT")] SealedTwo
    #[session(jwe, name = "one", cookie = false, header = "x-other", typ = "JWT")] SealedSameName
    #[session(jwe, name = "__Host-sid")] HostSid
    #[session(jwe, name = "sid")] Sid
    #[session(jws, name = "__Secure-sid", header = false)] SecureSid
    #[session(jws, name = "sid")] SignedSid
}

struct Pair<A: Session, B: Session> {
    a: SessionHandle<A>,
    b: SessionHandle<B>,
}

/// Two sessions together.
fn started<A, B>(a: Config<A>, b: Config<B>) -> Result<Pair<A, B>, ConfigError>
where
    A: Session<State = NoState>,
    B: Session<State = NoState>,
{
    let (a, b) = (a, b).build()?;
    Ok(Pair { a, b })
}

#[track_caller]
fn refused<A: Session<State = NoState>, B: Session<State = NoState>>(
    a: Config<A>,
    b: Config<B>,
    names: [&str; 2],
    typ: &str,
) {
    let error = started(a, b).map(|_| ()).expect_err("one key and one `typ`");
    let text = error.to_string();
    assert!(matches!(error, ConfigError::SharedKey { .. }), "{text}");

    for part in names.into_iter().chain([typ]) {
        assert!(text.contains(&format!("`{part}`")), "{text}");
    }
}

fn jwk(alg: &str) -> Jwk {
    Jwk::generate(alg).unwrap()
}

fn secret() -> JwsKey {
    JwsKey::secret([7; 64])
}

#[test]
fn one_key_and_one_typ_are_refused() {
    let names = ["SignedOne", "SignedTwo"];
    refused(SignedOne::config(secret()), SignedTwo::config(secret()), names, "JWT");
    // The same bytes as a JWK, under another name and for another hash.
    let k = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBw";
    let oct = Jwk::from_json(&format!(r#"{{"kty":"oct","k":"{k}","alg":"HS512","kid":"other"}}"#)).unwrap();
    refused(SignedOne::config(secret()), SignedTwo::config(JwsKey::from_jwk(oct)), names, "JWT");
    for alg in ["RS256", "ES256", "ES384", "ES512", "EdDSA"] {
        let jwk = jwk(alg);
        let renamed = jwk.with_kid("other");
        refused(
            SignedOne::config(JwsKey::from_jwk(jwk)),
            SignedTwo::config(JwsKey::from_jwk(renamed)),
            names,
            "JWT",
        );
    }
    // Another padding, and zeros before the number.
    let rsa = jwk("RS256");
    let json = rsa.to_json().replace(r#""e":"AQAB""#, r#""e":"AAEAAQ""#);
    let padded = Jwk::from_json(&json).unwrap().with_alg("PS384");
    refused(
        SignedOne::config(JwsKey::from_jwk(rsa)),
        SignedTwo::config(JwsKey::from_jwk(padded)),
        names,
        "JWT",
    );
}

#[test]
fn a_private_key_and_its_public_half_are_one_key() {
    for alg in ["RS256", "ES256", "EdDSA"] {
        let private = jwk(alg);
        let public = private.public().unwrap();
        let set = JwkSet::from([jwk(alg).public().unwrap(), public]);
        refused(
            SignedOne::config(JwsKey::from_jwk(private)),
            SignedReader::config(JwsKey::verify_only(set)),
            ["SignedOne", "SignedReader"],
            "JWT",
        );
    }
}

#[test]
fn retired_keys_count() {
    let names = ["SignedOne", "SignedTwo"];
    let own = || JwsKey::secret([8; 32]);
    refused(SignedOne::config(own()).also_reads(secret()), SignedTwo::config(secret()), names, "JWT");
    refused(SignedOne::config(secret()), SignedTwo::config(own()).also_reads(secret()), names, "JWT");
    refused(
        SignedOne::config(own()).also_reads(secret()),
        SignedTwo::config(JwsKey::secret([9; 32])).also_reads(secret()),
        names,
        "JWT",
    );
}

#[test]
fn keys_that_encrypt() {
    let names = ["SealedOne", "SealedTwo"];
    for alg in ["A256GCM", "A256CBC-HS512", "A192KW", "A256KW", "A128GCMKW"] {
        let jwk = jwk(alg);
        refused(
            SealedOne::config(JweKey::from_jwk(jwk.clone())),
            SealedTwo::config(JweKey::from_jwk(jwk.with_kid("other"))),
            names,
            "JWT",
        );
    }
    for (alg, curve) in [("RSA-OAEP-256", ""), ("ECDH-ES", "P-384"), ("ECDH-ES+A256KW", "X25519")] {
        let jwk = if curve.is_empty() { Jwk::generate(alg) } else { Jwk::generate_on_curve(alg, curve) };
        let jwk = jwk.unwrap();
        refused(
            SealedOne::config(JweKey::from_jwk(jwk.clone())).anyone_with_the_public_key_may_write(),
            SealedTwo::config(JweKey::from_pair(jwk.with_kid("other"), None))
                .anyone_with_the_public_key_may_write(),
            names,
            "JWT",
        );
    }
    // The password is the key, whatever the algorithm and the iterations.
    let password = || JweKey::password("correct horse battery staple").iterations(1000);
    refused(
        SealedOne::config(password()),
        SealedTwo::config(password().iterations(2000).algorithm(unjwt::jose::JweAlg::Pbes2Hs512A256Kw)),
        names,
        "JWT",
    );
}

#[test]
fn a_secret_makes_a_key_for_each_name() {
    let secret = || JweKey::secret([7; 32]);
    let pair = started(SealedOne::config(secret()), SealedTwo::config(secret())).unwrap();
    let token = pair.a.cookie_header(&SealedOne { sub: "ada".to_owned() }).unwrap();
    assert!(token.to_str().unwrap().starts_with("one="));
    started(HostSid::config(secret()), Sid::config(secret())).unwrap();
}

/// A page's cookie and an API's header, for example.
#[tokio::test]
async fn two_structs_of_one_name_are_views_of_one_session() {
    let secret = || JweKey::secret([7; 32]);
    let pair = started(SealedOne::config(secret()), SealedSameName::config(secret())).unwrap();
    let token = pair.a.seal(&SealedOne { sub: "ada".to_owned() }).await.unwrap().token;
    assert_eq!(pair.b.unseal_without_hooks(&token).await.unwrap().data.sub, "ada");
}

#[test]
fn a_prefix_of_the_cookies_name_is_not_in_its_typ() {
    let key = jwk("A256GCM");
    refused(
        HostSid::config(JweKey::from_jwk(key.clone())),
        Sid::config(JweKey::from_jwk(key)),
        ["HostSid", "Sid"],
        "sid+jwt",
    );
    refused(SecureSid::config(secret()), SignedSid::config(secret()), ["SecureSid", "SignedSid"], "sid+jwt");
}

#[tokio::test]
async fn another_key_another_typ_or_another_family_is_enough() {
    let pair = started(SignedOne::config(secret()), SignedTwo::config(JwsKey::secret([8; 32]))).unwrap();
    let token = pair.a.sign(&SignedOne { sub: "ada".to_owned() }).await.unwrap();
    assert!(pair.b.verify_without_hooks(token.token.as_str()).await.is_err());

    let pair = started(SignedOne::config(secret()), SignedTyped::config(secret())).unwrap();
    let token = pair.a.sign(&SignedOne { sub: "ada".to_owned() }).await.unwrap();
    assert!(pair.b.verify_without_hooks(token.token.as_str()).await.is_err());

    started(SealedTwo::config(JweKey::secret([7; 64])), SignedOne::config(secret())).unwrap();
    for alg in ["ES256", "RS256"] {
        started(SignedOne::config(JwsKey::from_jwk(jwk(alg))), SignedTwo::config(JwsKey::from_jwk(jwk(alg))))
            .unwrap();
    }
}

#[test]
fn the_message_says_what_to_write() {
    let error = started(SignedOne::config(secret()), SignedTwo::config(secret())).map(|_| ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`SignedOne` and `SignedTwo` would accept each other's tokens, since they share a key and the `typ` `JWT`: give \
         one of them a key of its own, or its own `typ`"
    );
    let key = || {
        JweKey::from_jwk(Jwk::from_json(r#"{"kty":"oct","k":"BwcHBwcHBwcHBwcHBwcHBw","alg":"dir"}"#).unwrap())
    };
    let error = started(SealedOne::config(key()), SealedTwo::config(key())).map(|_| ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`SealedOne` and `SealedTwo` would accept each other's tokens, since they share a key and the `typ` `JWT`: give \
         one of them a key of its own, or its own `typ`; `JweKey::secret` makes a key for each cookie name"
    );
}
