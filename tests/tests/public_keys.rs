//! A key that encrypts with its public half proves nothing of who wrote a session: it takes a word of the
//! configuration.

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookError, KeyLookup};
use unjwt::{ConfigError, ErrorKind, JweKey, Jwk, RequestContext, Session, build, jose};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "vault")]
struct Vault {
    user: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "vault", read_only)]
struct Reader {
    user: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "vault", hooks(key_lookup = asymmetric))]
struct LookedUp {
    user: String,
}

async fn asymmetric(_: KeyLookup<'_, LookedUp>) -> Result<Option<JweKey>, HookError> {
    Ok(Some(key(&x25519())))
}

const PAIRS: [(&str, &str); 8] = [
    ("RSA-OAEP", ""),
    ("RSA-OAEP-256", ""),
    ("RSA-OAEP-512", ""),
    ("ECDH-ES", "P-256"),
    ("ECDH-ES", "X25519"),
    ("ECDH-ES+A128KW", "P-384"),
    ("ECDH-ES+A192KW", "P-521"),
    ("ECDH-ES+A256KW", "X25519"),
];

fn generate((alg, curve): (&str, &str)) -> Jwk {
    if curve.is_empty() { Jwk::generate(alg) } else { Jwk::generate_on_curve(alg, curve) }.unwrap()
}

fn key(jwk: &Jwk) -> JweKey {
    JweKey::from_jwk(jwk.clone())
}

/// The same at each call.
fn x25519() -> Jwk {
    static KEY: std::sync::LazyLock<Jwk> = std::sync::LazyLock::new(|| generate(("ECDH-ES", "X25519")));
    KEY.clone()
}

#[track_caller]
fn refused<T: std::fmt::Debug>(built: Result<T, ConfigError>, alg: &str, reason: &str) {
    let error = built.expect_err(alg);
    assert!(matches!(error, ConfigError::Key { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        format!(
            "{reason}`{alg}` encrypts with a public key, and whoever has that can write the session: use a symmetric key \
             like `JweKey::secret`, or call `.anyone_with_the_public_key_may_write()` on the configuration"
        )
    );
}

#[test]
fn it_is_refused_however_it_is_given() {
    const VAULT: &str = "Vault: the key cannot be used: ";
    for pair in PAIRS {
        let (jwk, alg) = (generate(pair), pair.0);
        let public = jwk.public().unwrap();
        refused(Vault::config(key(&jwk)).build(), alg, VAULT);
        refused(Vault::config(JweKey::from_pair(jwk.clone(), public)).build(), alg, VAULT);
        refused(
            Vault::config(JweKey::secret([7; 32])).also_reads(key(&jwk)).build(),
            alg,
            "Vault: the key cannot be used: `also_reads`: ",
        );
        refused(Reader::config(key(&jwk)).build(), alg, "Reader: the key cannot be used: ");
        refused(build(Vault::config(key(&jwk)), |vault| vault), alg, VAULT);
    }
}

#[tokio::test]
async fn it_is_accepted_with_the_word() {
    for pair in PAIRS {
        let jwk = generate(pair);
        let config = Vault::config(key(&jwk)).anyone_with_the_public_key_may_write();
        let sessions = config.build().unwrap();
        let vault = Vault { user: "ada".to_owned() };
        let token = sessions.seal(&vault).await.unwrap().token;
        let reader = Reader::config(key(&jwk)).anyone_with_the_public_key_may_write().build().unwrap();
        assert_eq!(reader.unseal_without_hooks(&token).await.unwrap().data.user, "ada");
        let after = Vault::config(JweKey::secret([7; 32])).also_reads(key(&jwk));
        let after = after.anyone_with_the_public_key_may_write().build().unwrap();
        assert_eq!(*after.unseal_without_hooks(&token).await.unwrap().data, vault);
    }
    // The word changes nothing for keys that need none.
    let sessions = Vault::config(JweKey::secret([7; 32])).anyone_with_the_public_key_may_write();
    assert!(sessions.build().is_ok());
}

#[tokio::test]
async fn a_looked_up_one_is_unusable_by_no_fault_of_the_token() {
    let jwk = x25519();
    let writer = Vault::config(key(&jwk)).anyone_with_the_public_key_may_write().build().unwrap();
    let cookie = writer.cookie_header(&Vault { user: "ada".to_owned() }).unwrap();
    let headers = HeaderMap::from_iter([(http::header::COOKIE, cookie)]);
    let current = |with_the_word: bool| {
        let config = LookedUp::config(JweKey::secret([7; 32]));
        let config = if with_the_word { config.anyone_with_the_public_key_may_write() } else { config };
        let (sessions, context) = (config.build().unwrap(), RequestContext::new(&headers));
        async move {
            let manager = sessions.manager(&context).await?;
            Ok::<_, unjwt::Error>(manager.current().is_some())
        }
    };
    let error = current(false).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeyUnusable);
    #[cfg(feature = "axum")]
    assert_eq!(
        axum::response::IntoResponse::into_response(error).status(),
        http::StatusCode::INTERNAL_SERVER_ERROR
    );
    assert!(current(true).await.unwrap());
}

#[test]
fn tokens_that_are_no_session_need_no_word() {
    for pair in PAIRS {
        let jwk = generate(pair);
        let token = jose::encrypt(b"plaintext", &JweKey::from_jwk(jwk.public().unwrap())).unwrap();
        assert_eq!(jose::decrypt(&token, &JweKey::from_jwk(jwk)).unwrap().plaintext, b"plaintext");
    }
}
