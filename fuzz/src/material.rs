//! Keys and tokens of the targets, made once by `cargo run --example seeds` and kept in `material`: an input that is a
//! changed token means the same on every machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use unjwt::jose::Enc;
use unjwt::{JweKey, Jwk, JwkSet, JwsKey};

/// The time of every session here: 2026-01-01T00:00:00Z.
pub const NOW: u64 = 1_767_225_600;

/// What every token of [`unjwt::jose`] here says.
pub const PAYLOAD: &[u8] = br#"{"sub":"ada","scope":["read","write"],"n":18446744073709551615}"#;

/// Keys or tokens by name.
pub type Named<T> = BTreeMap<String, T>;

pub fn clock() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW)
}

/// A file or folder of this crate.
pub fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// Every private or symmetric key.
pub fn keys() -> &'static Named<Jwk> {
    static KEYS: OnceLock<Named<Jwk>> = OnceLock::new();
    KEYS.get_or_init(|| read("material/keys.json"))
}

/// Valid tokens, and expired ones under names that say so.
pub fn tokens() -> &'static Named<Vec<String>> {
    static TOKENS: OnceLock<Named<Vec<String>>> = OnceLock::new();
    TOKENS.get_or_init(|| read("material/tokens.json"))
}

pub fn tokens_of(name: &str) -> Vec<String> {
    tokens().get(name).cloned().unwrap_or_else(|| panic!("`material/tokens.json` has no {name}"))
}

fn read<T: serde::de::DeserializeOwned>(file: &str) -> T {
    let text = fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// A key of [`keys`].
pub fn key(name: &str) -> Jwk {
    keys().get(name).cloned().unwrap_or_else(|| panic!("`material/keys.json` has no {name}"))
}

fn public(name: &str) -> Jwk {
    key(name).public().unwrap_or_else(|| panic!("{name} is symmetric"))
}

/// The keys that [`keys`] holds, by the algorithm and the curve for which they are generated.
pub const GENERATED: [(&str, &str); 17] = [
    ("HS256", ""),
    ("HS512", ""),
    ("RS256", ""),
    ("ES256", "P-256"),
    ("ES384", "P-384"),
    ("ES512", "P-521"),
    ("EdDSA", "Ed25519"),
    ("A256GCM", ""),
    ("A128CBC-HS256", ""),
    ("A128KW", ""),
    ("A192KW", ""),
    ("A256KW", ""),
    ("A128GCMKW", ""),
    ("RSA-OAEP-256", ""),
    ("ECDH-ES", "P-256"),
    ("ECDH-ES+A128KW", "P-521"),
    ("ECDH-ES+A256KW", "X25519"),
];

/// Who makes a kind of token and who reads it.
pub struct Pair<K> {
    pub name: &'static str,
    pub writers: Vec<K>,
    pub reader: K,
}

impl<K: Clone> Pair<K> {
    fn shared(name: &'static str, key: K) -> Self {
        Self { name, writers: vec![key.clone()], reader: key }
    }
}

/// Every kind of signed token.
pub fn signing() -> Vec<Pair<JwsKey>> {
    let halves = |name| Pair {
        name,
        writers: vec![JwsKey::from_jwk(key(name))],
        reader: JwsKey::verify_only(public(name)),
    };
    let pss = key("RS256").with_alg("PS256");
    vec![
        Pair::shared("HS256", JwsKey::from_jwk(key("HS256"))),
        Pair::shared("HS512", JwsKey::from_jwk(key("HS512"))),
        halves("RS256"),
        Pair::shared("PS256", JwsKey::from_jwk(pss)),
        halves("ES256"),
        halves("ES384"),
        halves("ES512"),
        halves("EdDSA"),
        Pair {
            name: "set",
            writers: ["RS256", "ES256", "EdDSA"].map(|name| JwsKey::from_jwk(key(name))).into(),
            reader: JwsKey::verify_only(
                ["RS256", "ES256", "EdDSA"].map(public).into_iter().collect::<JwkSet>(),
            ),
        },
    ]
}

/// Every kind of encrypted token. Passwords have the fewest iterations that the library allows.
pub fn encrypting() -> Vec<Pair<JweKey>> {
    let shared = |name| Pair::shared(name, JweKey::from_jwk(key(name)));
    let cbc = JweKey::from_jwk(key("A128KW")).encryption(Enc::A256CbcHs512);
    let password =
        JweKey::password("correct horse battery staple").iterations(1000).accept_iterations(1000..=1100);
    vec![
        shared("A256GCM"),
        shared("A128CBC-HS256"),
        Pair::shared("A128KW", cbc),
        shared("A192KW"),
        shared("A256KW"),
        shared("A128GCMKW"),
        Pair::shared("password", password),
        shared("RSA-OAEP-256"),
        shared("ECDH-ES"),
        shared("ECDH-ES+A128KW"),
        shared("ECDH-ES+A256KW"),
        Pair::shared("secret", JweKey::secret([7; 32])),
    ]
}
