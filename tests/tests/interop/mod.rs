//! The third-party tokens of `../shared/vectors`, and the calls of `unjwt::jose` for each.
#![allow(dead_code, unused_imports, reason = "each test file uses its part")]

use unjwt_tests::told;
mod decisions;

use std::path::PathBuf;

use serde_json::Value;
use unjwt::jose::{self, Enc, JweAlg};
use unjwt::{Error, ErrorKind, JweKey, Jwk, JwkSet, JwsKey};

pub use decisions::decided_otherwise;

/// A count of iterations that tests can afford, and that every example in an RFC stays below.
const MOST_ITERATIONS: u32 = 100_000;

/// A key that no token was made with.
const ANY_SECRET: [u8; 32] = [0x5a; 32];

/// One token, its key, and the expected result.
pub struct Case {
    pub name: String,
    pub source: String,
    pub group: String,
    pub encrypted: bool,
    pub form: String,
    pub token: String,
    pub key: Value,
    pub key_private: Option<Value>,
    pub alg: String,
    pub enc: String,
    /// `valid`, `invalid` or `acceptable`.
    pub result: String,
    pub flags: Vec<String>,
    pub payload: Option<Vec<u8>>,
    pub claims: Option<Value>,
    /// The time at which the claims are checked.
    pub now: Option<u64>,
}

/// A token that was accepted.
pub struct Accepted {
    pub header: jose::Header,
    pub payload: Vec<u8>,
}

/// Returns the folder with the vectors. If it is absent, a message is printed, and in continuous integration
/// that is an error.
pub fn folder() -> Option<PathBuf> {
    let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
    let folder = std::env::var_os("UNJWT_VECTORS").map_or_else(default, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    let message =
        format!("skipped: the vectors are not at {} (UNJWT_VECTORS names another folder)", folder.display());
    assert!(std::env::var_os("CI").is_none(), "{message}");
    told!("{message}");
    None
}

/// The files with tokens, by name, each with its cases.
pub fn files() -> Vec<(String, Vec<Case>)> {
    const WITH_TOKENS: [&str; 4] = ["wycheproof_", "rfc_", "interop_", "attacks_"];

    let Some(folder) = folder() else { return Vec::new() };
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.to_owned();
            WITH_TOKENS.iter().any(|prefix| name.starts_with(prefix)).then_some((name, path))
        })
        .map(|(name, path)| {
            let document: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            let cases = cases(&name, &document);
            (name, cases)
        })
        .filter(|(_, cases)| !cases.is_empty())
        .collect();
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    files
}

fn cases(file: &str, document: &Value) -> Vec<Case> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let ours = list(&document["cases"]).into_iter().filter_map(|case| Case::ours(file, &case));
    let wycheproof = list(&document["testGroups"]).into_iter().flat_map(|group| {
        list(&group["tests"])
            .into_iter()
            .filter_map(move |test| Case::wycheproof(file, &group, &test))
            .collect::<Vec<_>>()
    });
    ours.chain(wycheproof).collect()
}

impl Case {
    fn ours(file: &str, case: &Value) -> Option<Self> {
        let kind = case["kind"].as_str()?;
        let token = match &case["token"] {
            Value::String(token) => token.clone(),
            // A JSON serialisation.
            other => other.to_string(),
        };
        Some(Self {
            name: format!("{file} {}", case["id"]),
            source: text(case, "source"),
            group: text(case, "group"),
            encrypted: kind == "jwe",
            form: text(case, "form"),
            token,
            key: case["key"].clone(),
            key_private: Some(case["key_private"].clone()).filter(Value::is_object),
            alg: text(case, "alg"),
            enc: text(case, "enc"),
            result: text(case, "result"),
            flags: strings(&case["flags"]),
            payload: case["payload_hex"].as_str().map(hex),
            claims: Some(case["claims"].clone()).filter(Value::is_object),
            now: case["now"].as_u64(),
        })
    }

    fn wycheproof(file: &str, group: &Value, test: &Value) -> Option<Self> {
        let encrypted = test["jwe"].is_string();
        let token = test[if encrypted { "jwe" } else { "jws" }].as_str()?.to_owned();
        let public = Some(group["public"].clone()).filter(Value::is_object);
        let private = group["private"].clone();
        let form = if token.starts_with('{') { "json" } else { "compact" };
        Some(Self {
            name: format!("{file} {} {}", test["tcId"], text(test, "comment")),
            source: text(group, "source"),
            group: text(group, "comment"),
            encrypted,
            form: form.to_owned(),
            key: if encrypted { private.clone() } else { public.unwrap_or(private.clone()) },
            key_private: Some(private),
            alg: String::new(),
            enc: text(test, "enc"),
            result: text(test, "result"),
            flags: strings(&test["flags"]),
            payload: test["pt"].as_str().map(hex),
            claims: None,
            now: None,
            token,
        })
    }

    pub fn is_flagged(&self, flag: &str) -> bool {
        self.flags.iter().any(|own| own == flag)
    }

    /// A member of the token's header, for explanations and for naming what a key leaves open.
    pub fn header(&self, name: &str) -> Value {
        let segment = self.token.split('.').next().unwrap_or_default();
        serde_json::from_slice::<Value>(&base64url(segment))
            .map(|header| header[name].clone())
            .unwrap_or_default()
    }

    /// Returns whether an accepted payload is the right one.
    pub fn is_right(&self, payload: &[u8]) -> bool {
        let bytes = self.payload.as_ref().is_none_or(|expected| expected == payload);
        let claims = self.claims.as_ref().is_none_or(|expected| {
            serde_json::from_slice::<Value>(payload).is_ok_and(|claims| claims == *expected)
        });
        bytes && claims
    }

    /// Tries the token with every key that the case can mean, and with an unrelated one, so that the token is
    /// parsed even if the key is refused. Returns the first acceptance.
    pub fn attempt(&self) -> Result<Accepted, Error> {
        let mut refusal: Option<Error> = None;
        let attempts: Vec<Result<Accepted, Error>> = if self.encrypted {
            let open = |key: &JweKey| jose::decrypt(&self.token, key);
            let accepted =
                |jose::Decrypted { header, plaintext, .. }| Accepted { header, payload: plaintext };
            let keys = self.jwe_keys().into_iter().chain([JweKey::secret(ANY_SECRET)]);
            keys.map(|key| open(&key).map(accepted)).collect()
        } else {
            let open = |key: &JwsKey| jose::verify(&self.token, key);
            let accepted = |jose::Verified { header, payload, .. }| Accepted { header, payload };
            let keys = self.jws_keys().into_iter().chain([JwsKey::secret(ANY_SECRET)]);
            keys.map(|key| open(&key).map(accepted)).collect()
        };
        for attempt in attempts {
            match attempt {
                Ok(accepted) => return Ok(accepted),
                // What the token is refused for tells more than that one reading of the key does not work.
                Err(error) => {
                    let told =
                        refusal.as_ref().is_some_and(|earlier| earlier.kind() != ErrorKind::KeyUnusable);
                    refusal = if told { refusal } else { Some(error) };
                }
            }
        }
        Err(refusal.expect("a case has a key"))
    }

    /// The key as it stands, and once more with the algorithm of the case if it names none.
    fn jws_keys(&self) -> Vec<JwsKey> {
        if self.key["keys"].is_array() {
            return vec![JwsKey::verify_only(serde_json::from_value::<JwkSet>(self.key.clone()).unwrap())];
        }
        let Ok(jwk) = serde_json::from_value::<Jwk>(self.key.clone()) else {
            return vec![JwsKey::secret([])];
        };
        self.named(&jwk, &["RS256", "HS256"]).into_iter().map(JwsKey::from_jwk).collect()
    }

    fn jwe_keys(&self) -> Vec<JweKey> {
        let members: Vec<Value> = match &self.key["keys"] {
            Value::Array(keys) => keys.clone(),
            _ => vec![self.key.clone()],
        };
        let mut keys = Vec::new();
        for member in members {
            let Ok(jwk) = serde_json::from_value::<Jwk>(member.clone()) else {
                keys.push(JweKey::secret([]));
                continue;
            };
            for jwk in self.named(&jwk, &["RSA-OAEP", "A128KW", "A192KW", "A256KW", "ECDH-ES"]) {
                let key = match jwk.alg().and_then(JweAlg::from_name) {
                    // A password stands in a JWK as its bytes.
                    Some(alg) if alg.name().starts_with("PBES2") => {
                        let bytes = base64url(member["k"].as_str().unwrap_or_default());
                        let password = String::from_utf8_lossy(&bytes).into_owned();
                        JweKey::password(password)
                            .algorithm(alg)
                            .iterations(1000)
                            .accept_iterations(1000..=MOST_ITERATIONS)
                    }
                    _ => JweKey::from_jwk(jwk),
                };
                let pinned = Enc::from_name(&self.enc).map(|enc| key.clone().encryption(enc));
                keys.extend([pinned, Some(key)].into_iter().flatten());
            }
        }
        keys
    }

    /// The key for the algorithm that it names. If it names none: for those that the case may mean, and for
    /// the usual ones, so that a token is put to a key that works even where the case says nothing.
    fn named(&self, jwk: &Jwk, usual: &[&str]) -> Vec<Jwk> {
        if jwk.alg().is_some() {
            return vec![jwk.clone()];
        }
        let header = self.header("alg");
        let mut names = vec![self.alg.as_str(), header.as_str().unwrap_or_default()];
        names.extend(usual);
        names.retain(|name| !name.is_empty());
        names.dedup();
        let named = names.into_iter().map(|name| jwk.with_alg(name));
        [jwk.clone()].into_iter().chain(named).collect()
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Decodes base64url as leniently as possible, to inspect tokens that are to be refused.
pub fn base64url(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'-' | b'+' => Some(62),
        b'_' | b'/' => Some(63),
        _ => None,
    };
    let digits: Vec<u8> = text.bytes().filter_map(digit).collect();
    let mut bytes = Vec::new();
    for chunk in digits.chunks(4) {
        let value =
            chunk.iter().fold(0, |value, digit| value << 6 | u32::from(*digit)) << (6 * (4 - chunk.len()));
        bytes.extend(&value.to_be_bytes()[1..chunk.len().max(1)]);
    }
    bytes
}
