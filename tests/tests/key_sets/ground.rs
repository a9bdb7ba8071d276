//! Keys to make sets of, and what the library says of a set.

use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::{Value, json};
use tracing_subscriber::util::SubscriberInitExt;
use unjwt::jose::{self, JwsAlg};
use unjwt::{Error, ErrorKind, Jwk, JwkSet, JwsKey};

/// The algorithms whose keys are mixed with others, one of each kind of key and more.
pub const FAMILIES: [&str; 6] = ["RS256", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

/// Two key pairs of one algorithm: one that is good in each set, and one to change.
pub struct Ground {
    pub alg: &'static str,
    /// Neither key names the algorithm, which is pinned instead.
    pub is_pinned: bool,
    pub good: Jwk,
    pub other: Jwk,
}

/// RSA keys take long to make, and these tests do not look at the private half.
static RSA: LazyLock<[Jwk; 2]> = LazyLock::new(|| [(); 2].map(|()| Jwk::generate("RS256").unwrap()));

impl Ground {
    /// `name` tells its keys from those of all others: what was logged once is not logged again.
    pub fn new(alg: &'static str, is_pinned: bool, name: &str) -> Self {
        let rsa = alg.starts_with("RS") || alg.starts_with("PS");
        let keys = if rsa { RSA.clone() } else { [(); 2].map(|()| Jwk::generate(alg).unwrap()) };
        let [good, other] = keys.map(|jwk| if is_pinned { without_alg(&jwk) } else { jwk.with_alg(alg) });
        Self {
            alg,
            is_pinned,
            good: good.with_kid(format!("{name} good")),
            other: other.with_kid(format!("{name} other")),
        }
    }

    pub fn kty(&self) -> &str {
        self.good.kty()
    }

    /// The number that is a public key, or the first one of it.
    pub fn number(&self) -> &'static str {
        if self.kty() == "RSA" { "n" } else { "x" }
    }

    /// The other key's public half with another value for a member, or without it.
    pub fn with(&self, name: &str, value: impl Into<Option<Value>>) -> Value {
        let mut members = public(&self.other);
        match value.into() {
            Some(value) => members[name] = value,
            None => drop(members.as_object_mut().unwrap().remove(name)),
        }
        members
    }

    pub fn verify_only(&self, set: JwkSet) -> JwsKey {
        self.pinned(JwsKey::verify_only(set))
    }

    pub fn pinned(&self, key: JwsKey) -> JwsKey {
        if self.is_pinned { key.algorithm(alg(self.alg)) } else { key }
    }

    /// A token of one of the two.
    pub fn token(&self, private: &Jwk) -> String {
        jose::sign(b"payload", &self.pinned(JwsKey::from_jwk(private.clone()))).unwrap()
    }
}

pub fn alg(name: &str) -> JwsAlg {
    *JwsAlg::ALL.iter().find(|alg| alg.name() == name).unwrap()
}

fn without_alg(jwk: &Jwk) -> Jwk {
    let mut members = serde_json::to_value(jwk).unwrap();
    members.as_object_mut().unwrap().remove("alg");
    serde_json::from_value(members).unwrap()
}

pub fn public(jwk: &Jwk) -> Value {
    serde_json::to_value(jwk.public().unwrap()).unwrap()
}

/// A set of members, each of them JSON.
pub fn set(members: &[&str]) -> JwkSet {
    serde_json::from_str(&format!(r#"{{"keys":[{}]}}"#, members.join(","))).unwrap()
}

/// The reason why the key is unusable, whatever the token.
pub fn refusal(key: &JwsKey) -> String {
    let error = jose::verify("e30.e30.e30", key).unwrap_err();
    if error.kind() == ErrorKind::KeyUnusable { error.to_string() } else { "the key is usable".to_owned() }
}

pub fn verify(key: &JwsKey, token: &str) -> Result<(), Error> {
    jose::verify(token, key).map(|verified| assert_eq!(verified.payload, b"payload"))
}

/// A token that names a key and that nobody signed, which is refused for another reason if that key is not there.
pub fn forged(alg: &str, kid: Option<&str>) -> String {
    let mut header = json!({"alg": alg});
    if let Some(kid) = kid {
        header["kid"] = kid.into();
    }
    format!(
        "{}.e30.AAAA",
        base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, header.to_string())
    )
}

/// Records what this thread logs.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the lines that are logged meanwhile.
pub fn logged(act: impl FnOnce()) -> Vec<String> {
    let log = Log::default();
    let ear = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || ear.clone()).finish();
    let guard = subscriber.set_default();
    act();
    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    text.lines().map(str::to_owned).collect()
}
