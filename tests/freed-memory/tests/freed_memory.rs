//! No private member of a key, no secret and no password stays in memory that was freed.
#![forbid(unsafe_code)]

mod needles;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue};
use needles::{Needles, private_members};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Jwk, JwkSet, JwsKey, Session, Tokens, jose};
use unjwt_freed_memory::{Watched, watch};
use zeroize::Zeroize as _;

#[global_allocator]
static ALLOCATOR: Watched = Watched;

const SIGNING: [&str; 7] = ["HS256", "RS256", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const ENCRYPTING: [(&str, &str); 11] = [
    ("A128GCM", ""),
    ("A256GCM", ""),
    ("A256CBC-HS512", ""),
    ("A128KW", ""),
    ("A192KW", ""),
    ("A256KW", ""),
    ("A256GCMKW", ""),
    ("RSA-OAEP-256", ""),
    ("ECDH-ES", "P-256"),
    ("ECDH-ES+A256KW", "P-521"),
    ("ECDH-ES+A256KW", "X25519"),
];

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "signed", max_age = "1h")]
struct Signed {
    n: u32,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sealed", max_age = "1h")]
struct Sealed {
    n: u32,
}

fn generate((alg, curve): (&str, &str)) -> Jwk {
    if curve.is_empty() { Jwk::generate(alg) } else { Jwk::generate_on_curve(alg, curve) }.unwrap()
}

fn all() -> Vec<(&'static str, &'static str)> {
    SIGNING.map(|alg| (alg, "")).into_iter().chain(ENCRYPTING).collect()
}

/// Collects what was found, so that one run shows all of it.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn look(&mut self, what: &str, needles: &Needles, run: impl FnOnce()) {
        let freed = watch(run);
        for (name, bytes) in needles.iter() {
            if let Some(size) = freed.find(bytes) {
                self.0.push(format!("{what}: {name} in a block of {size} bytes"));
                return;
            }
        }
    }
}

impl Drop for Findings {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.0.is_empty(), "\n{}", self.0.join("\n"));
        }
    }
}

#[test]
fn the_allocator_finds_what_is_left_and_not_what_is_wiped() {
    let needles = Needles::text("password", "a secret that is left");
    let left = watch(|| drop(String::from("a secret that is left")));
    assert!(needles.iter().any(|(_, bytes)| left.find(bytes).is_some()));
    drop(left);
    let mut grown = String::from("a secret that is left");
    let left = watch(|| grown.reserve(1000));
    assert!(needles.iter().any(|(_, bytes)| left.find(bytes).is_some()));
    drop(left);
    let wiped = watch(|| drop(zeroize::Zeroizing::new(String::from("a secret that is left"))));
    assert!(needles.iter().all(|(_, bytes)| wiped.find(bytes).is_none()));
}

#[test]
fn generating() {
    let mut findings = Findings::default();
    for key in all() {
        let mut jwk = None;
        let freed = watch(|| jwk = Some(generate(key)));
        // The key is known only now; what was freed is still there.
        for (name, bytes) in private_members(jwk.as_ref().unwrap()).iter() {
            if let Some(size) = freed.find(bytes) {
                findings.0.push(format!("generate {key:?}: {name} in a block of {size} bytes"));
            }
        }
    }
}

#[test]
fn reading_changing_and_dropping() {
    let mut findings = Findings::default();
    for key in all() {
        let jwk = generate(key);
        let needles = private_members(&jwk);
        let json = serde_json::to_string(&jwk).unwrap();
        let set = serde_json::to_string(&JwkSet::from([jwk.clone(), generate(key)])).unwrap();
        findings.look(&format!("from_json {key:?}"), &needles, || drop(Jwk::from_json(&json).unwrap()));
        findings.look(&format!("to_json {key:?}"), &needles, || {
            // The caller's, who wipes it.
            jwk.to_json().zeroize();
        });
        findings.look(&format!("serde {key:?}"), &needles, || {
            drop(serde_json::from_str::<Jwk>(&json).unwrap());
        });
        findings.look(&format!("JwkSet {key:?}"), &needles, || {
            let set: JwkSet = serde_json::from_str(&set).unwrap();
            drop(set.public());
        });
        findings.look(&format!("changes {key:?}"), &needles, || {
            let jwk = Jwk::from_json(&json).unwrap();
            let jwk = jwk.with_kid("other").with_alg("other");
            drop((jwk.public(), jwk.thumbprint(), jwk.is_private(), format!("{jwk:?}")));
        });
    }
}

#[test]
fn json_that_breaks() {
    let mut findings = Findings::default();
    for key in all() {
        let jwk = generate(key);
        let needles = private_members(&jwk);
        let json = serde_json::to_string(&jwk).unwrap();
        let open = json.strip_suffix('}').unwrap();
        for broken in [
            open.to_owned(),
            format!("{open},"),
            format!("{open}}}}}"),
            format!("{open},\"a\":}}"),
            format!("{open},\"kid\":\"twice\",\"kid\":\"twice\"}}"),
            format!("{open},\"use\":1}}"),
            format!("{open},\"key_ops\":\"sign\"}}"),
            format!("[{json},"),
            format!("{{\"kty\":\"RSA\",\"oth\":[{json},{{\"d\":"),
            json.replacen("\"kty\"", "\"no-kty\"", 1),
            format!("[{json}]"),
            format!("{{\"keys\":[{json}"),
            format!("{{\"keys\":[{json},{json}],\"keys\":[]}}"),
        ] {
            let what = format!("{key:?} {:?}", broken.get(broken.len() - 20..).unwrap());
            findings.look(&what, &needles, || {
                assert!(Jwk::from_json(&broken).is_err());
                assert!(serde_json::from_str::<JwkSet>(&broken).is_err());
            });
        }
        // JSON as it should be, and a member that no key has.
        let text = private_text(&jwk);
        for (from, to) in [(text.clone(), format!("{text}+")), (text.clone(), format!("{text}AAAA"))] {
            let jwk = Jwk::from_json(&json.replace(&from, &to)).unwrap();
            findings.look(&format!("malformed {key:?}"), &needles, || {
                drop(jose::sign(b"", &JwsKey::from_jwk(jwk.clone())));
                drop(jose::decrypt("", &JweKey::from_jwk(jwk.clone())));
                if let Ok(mut pem) = jwk.to_pem() {
                    pem.zeroize();
                }
            });
        }
    }
}

fn private_text(jwk: &Jwk) -> String {
    let json = serde_json::to_value(jwk).unwrap();
    ["d", "k"].iter().find_map(|name| json.get(name)?.as_str().map(str::to_owned)).unwrap()
}

#[test]
fn pem() {
    let mut findings = Findings::default();
    for key in all().into_iter().filter(|(alg, curve)| !curve.is_empty() || alg.starts_with(['R', 'E'])) {
        let jwk = generate(key);
        let needles = private_members(&jwk);
        let pem = jwk.to_pem().unwrap();
        findings.look(&format!("to_pem {key:?}"), &needles, || {
            // The caller's, who wipes it.
            jwk.to_pem().unwrap().zeroize();
        });
        findings.look(&format!("from_pem {key:?}"), &needles, || drop(Jwk::from_pem(&pem).unwrap()));
        let cut = pem.lines().filter(|line| !line.contains("END")).collect::<Vec<_>>().join("\n");
        findings.look(&format!("from_pem, cut {key:?}"), &needles, || {
            assert!(Jwk::from_pem(&cut).is_err());
        });
    }
}

#[test]
fn sessions() {
    let mut findings = Findings::default();
    for alg in SIGNING {
        let (jwk, old) = (generate((alg, "")), generate((alg, "")));
        let needles = private_members(&jwk).and(private_members(&old));
        let (json, old) = (serde_json::to_string(&jwk).unwrap(), serde_json::to_string(&old).unwrap());
        findings.look(&format!("a signed session {alg}"), &needles, || {
            let key = JwsKey::from_jwk(Jwk::from_json(&json).unwrap());
            let retired = JwsKey::from_jwk(Jwk::from_json(&old).unwrap());
            let sessions = Signed::config(key).also_reads(retired).build().unwrap();
            let line = sessions.__write(Signed { n: 1 }).unwrap();
            drop((line, sessions));
        });
        findings.look(&format!("jose {alg}"), &needles, || {
            let key = JwsKey::from_jwk(Jwk::from_json(&json).unwrap());
            let token = jose::sign(b"payload", &key).unwrap();
            assert_eq!(jose::verify(&token, &key).unwrap().payload, b"payload");
            assert!(jose::verify("a.b.c", &key).is_err());
        });
    }
    for key in ENCRYPTING {
        let (jwk, old) = (generate(key), generate(key));
        let needles = private_members(&jwk).and(private_members(&old));
        let (json, old) = (serde_json::to_string(&jwk).unwrap(), serde_json::to_string(&old).unwrap());
        findings.look(&format!("an encrypted session {key:?}"), &needles, || {
            let own = JweKey::from_jwk(Jwk::from_json(&json).unwrap());
            let retired = JweKey::from_jwk(Jwk::from_json(&old).unwrap());
            let config = Sealed::config(own).also_reads(retired).anyone_with_the_public_key_may_write();
            let sessions = config.build().unwrap();
            let line = sessions.__write(Sealed { n: 1 }).unwrap();
            drop((line, sessions));
        });
        findings.look(&format!("jose {key:?}"), &needles, || {
            let key = JweKey::from_jwk(Jwk::from_json(&json).unwrap());
            let token = jose::encrypt(b"payload", &key).unwrap();
            assert_eq!(jose::decrypt(&token, &key).unwrap().plaintext, b"payload");
            assert!(jose::decrypt("a.b.c.d.e", &key).is_err());
        });
    }
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "kept", max_age = "1h")]
struct Kept {
    text: String,
}

/// A session of which the payload is remembered, since each reading makes another struct.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "anew", max_age = "1h")]
#[expect(dead_code, reason = "only made")]
struct Anew {
    text: String,
    #[serde(skip, default = "one")]
    one: u32,
}

fn one() -> u32 {
    1
}

/// The end of a token, which no other one has; its start is that of all tokens of its key.
fn end_of(cookie: &HeaderValue) -> Needles {
    let token = cookie.to_str().unwrap();
    Needles::text("the token", &token[token.len() / 2..])
}

/// A token and its payload, when they are forgotten; a struct is wiped as far as its own `Drop` does.
#[test]
fn remembered_tokens() {
    macro_rules! look {
        ($findings:ident, $type:ident, $payload:expr, $new:expr) => {
            let name = stringify!($type);
            let headers = |tokens: &Tokens<$type>, text: &str| {
                let cookie = tokens.cookie_header(&$new(text.repeat(10))).unwrap();
                let needles = end_of(&cookie);
                (needles, HeaderMap::from_iter([(http::header::COOKIE, cookie)]))
            };
            let payload =
                || if $payload { Needles::text("the payload", "a text of ada") } else { Needles::none() };
            let read = |tokens: &Tokens<$type>, headers: &HeaderMap| {
                (0..3).for_each(|_| assert!(tokens.__read(headers).is_some()));
            };
            let build = |bytes: usize, hours: &Arc<AtomicU64>| {
                let hours = Arc::clone(hours);
                let clock =
                    move || SystemTime::UNIX_EPOCH + Duration::from_secs(hours.load(Ordering::SeqCst) * 3600);
                $type::config(JweKey::secret([7; 32])).token_cache(bytes).clock(clock).build().unwrap()
            };
            let hours = Arc::new(AtomicU64::new(1));

            let tokens = build(8 << 20, &hours);
            let (needles, ada) = headers(&tokens, "a text of ada ");
            read(&tokens, &ada);
            $findings.look(&format!("{name}, with its session"), &needles.and(payload()), || drop(tokens));

            let tokens = build(64 << 10, &hours);
            let (needles, ada) = headers(&tokens, "a text of ada ");
            let others: Vec<_> =
                (0..300).map(|n| headers(&tokens, &format!("a text of nobody {n}")).1).collect();
            read(&tokens, &ada);
            $findings.look(&format!("{name}, displaced"), &needles.and(payload()), || {
                others.iter().for_each(|other| read(&tokens, other));
            });

            let tokens = build(8 << 20, &hours);
            let (needles, ada) = headers(&tokens, "a text of ada ");
            read(&tokens, &ada);
            hours.fetch_add(1, Ordering::SeqCst);
            $findings.look(&format!("{name}, expired"), &needles, || assert!(tokens.__read(&ada).is_none()));
        };
    }
    let mut findings = Findings::default();
    look!(findings, Kept, false, |text| Kept { text });
    look!(findings, Anew, true, |text| Anew { text, one: 1 });
}

#[test]
fn secrets_and_passwords() {
    let mut findings = Findings::default();
    let secret = "7c1f52a0c98e4b3d8a6f0e1d2c3b4a59687f";
    let needles = Needles::text("the secret", secret);
    let [mut signing, mut sealing, mut password] = [(); 3].map(|()| Some(secret.to_owned()));
    findings.look("what is given away", &needles, || {
        drop(JwsKey::secret(signing.take().unwrap()));
        drop(JweKey::secret(sealing.take().unwrap().into_bytes()));
        drop(JweKey::password(password.take().unwrap()));
    });
    findings.look("JwsKey::secret", &needles, || {
        let sessions = Signed::config(JwsKey::secret(secret)).build().unwrap();
        drop((sessions.__write(Signed { n: 1 }), sessions));
    });
    findings.look("JweKey::secret", &needles, || {
        let sessions = Sealed::config(JweKey::secret(secret)).build().unwrap();
        drop((sessions.__write(Sealed { n: 1 }), sessions));
    });
    findings.look("JweKey::password", &needles, || {
        let key = JweKey::password(secret).iterations(1000).accept_iterations(1000..=2000);
        let token = jose::encrypt(b"payload", &key).unwrap();
        assert_eq!(jose::decrypt(&token, &key).unwrap().plaintext, b"payload");
    });
    for refused in ["7c1f52a0c98e4b3", "7c1f52a0c98e4b3d8a6f0e1d2c3b4a5"] {
        let needles = Needles::text("the short secret", refused);
        findings.look("what is too short", &needles, || {
            assert!(jose::sign(b"", &JwsKey::secret(refused)).is_err());
            assert!(jose::encrypt(b"", &JweKey::secret(refused)).is_err());
            drop(jose::encrypt(b"", &JweKey::password(refused).iterations(1000)));
        });
    }
}

/// The key that a password's token is wrapped with (RFC 7518 §4.8): whoever has it opens that token.
#[test]
fn keys_derived_from_a_password() {
    let mut findings = Findings::default();
    let password = "7c1f52a0c98e4b3d8a6f0e1d2c3b4a59687f";
    let key = || JweKey::password(password).iterations(1000);
    let mut tokens: Vec<String> = (0..40).map(|_| jose::encrypt(b"payload", &key()).unwrap()).collect();
    let mut derived = Needles::text("the password", password);
    for token in &tokens {
        derived = derived.and(Needles::bytes("a derived key", &derive(password, token)));
    }
    findings.look("opened", &derived, || {
        let key = key();
        for token in &tokens {
            jose::decrypt(token, &key).unwrap();
            jose::decrypt(token, &key).unwrap();
        }
    });

    tokens.clear();
    let freed = watch(|| {
        let sessions = Sealed::config(key()).build().unwrap();
        for _ in 0..40 {
            let line = sessions.__write(Sealed { n: 1 }).unwrap();
            let line = line[0].to_str().unwrap();
            tokens.push(line.split(['=', ';']).nth(1).unwrap().to_owned());
        }
    });
    for token in &tokens {
        for (name, bytes) in Needles::bytes("a derived key", &derive(password, token)).iter() {
            if let Some(size) = freed.find(bytes) {
                findings.0.push(format!("written: {name} in a block of {size} bytes"));
            }
        }
    }
}

fn derive(password: &str, token: &str) -> [u8; 16] {
    let header = needles::decode(token.split('.').next().unwrap());
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    let salt = needles::decode(header["p2s"].as_str().unwrap());
    let salt = [b"PBES2-HS256+A128KW\0".as_slice(), &salt].concat();
    let count = u32::try_from(header["p2c"].as_u64().unwrap()).unwrap().try_into().unwrap();
    let mut key = [0; 16];
    aws_lc_rs::pbkdf2::derive(
        aws_lc_rs::pbkdf2::PBKDF2_HMAC_SHA256,
        count,
        &salt,
        password.as_bytes(),
        &mut key,
    );
    key
}

/// Memory that is not ours to wipe. Each of these is found: what is found no longer leaves the list.
#[test]
fn what_is_known_to_stay() {
    let jwk = generate(("HS256", ""));
    let needles = private_members(&jwk);
    let json = jwk.to_json();
    let escaped = {
        let text = private_text(&jwk);
        let first = text.chars().next().unwrap();
        json.replace(&text, &format!("\\u{:04x}{}", u32::from(first), &text[1..]))
    };
    let stays = |reason: &str, run: &dyn Fn()| {
        let freed = watch(run);
        assert!(needles.iter().any(|(_, bytes)| freed.find(bytes).is_some()), "{reason}: no longer so");
    };
    stays("the writer's buffer grows: `Jwk::to_json` is for this", &|| {
        serde_json::to_string(&jwk).unwrap().zeroize();
    });
    stays("serde_json resolves escapes in a buffer of its own, and base64url needs none", &|| {
        drop(Jwk::from_json(&escaped).unwrap());
    });
    stays(
        "serde_json reads from a reader through a buffer of its own: `Jwk::from_json` is for this",
        &|| {
            drop(serde_json::from_reader::<_, Jwk>(json.as_bytes()).unwrap());
        },
    );
    stays("the text of a key that the caller does not wipe", &|| drop(jwk.to_json()));
}
