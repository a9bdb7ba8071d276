//! Errors and `Debug`.

use std::error::Error as StdError;
use std::fmt::{Debug, Write as _};

use http::{HeaderMap, header::SET_COOKIE};
use serde::{Deserialize, Serialize};
use unjwt::hooks::HookError;
use unjwt::jose::{self, Enc};
use unjwt::{JweKey, Jwk, JwkSet, JwsKey, RequestContext, Session};
use unjwt_tests::told;

use super::craft::encode;
use super::secrets::Secrets;
use super::support::TestClock;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "sealed", max_age = "1h")]
struct Sealed {
    sub: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "signed", max_age = "1h")]
struct Signed {
    sub: String,
}

const CLAIM: &str = "ada.lovelace@example.com";
const PASSWORD: &str = "battery staple, horse correct";
const SECRET: [u8; 32] = *b"\x91\x02\xa3zq\x1f\x80\x17\xfe\xed\x0a\x0b\x0c\xd1\xd2\xd3\x41\x99\x88\x77\x66\x55\x44\x33\x22\x11\xaa\xbb\xcc\xdd\xee\xf0";

/// Everything that a program can make a value say about itself.
#[derive(Default)]
struct Said(String);

impl Said {
    fn debug(&mut self, value: &dyn Debug) {
        writeln!(self.0, "{value:?} {value:#?}").unwrap();
    }

    fn error(&mut self, error: &dyn StdError) {
        let mut chain = Some(error);
        while let Some(error) = chain {
            writeln!(self.0, "{error} {error:#} {error:?} {error:#?}").unwrap();
            chain = error.source();
        }
    }
}

fn secrets(keys: &[&Jwk]) -> Secrets {
    let mut secrets = Secrets::default();
    secrets.bytes("secret", &SECRET);
    secrets.bytes("password", PASSWORD.as_bytes());
    secrets.text("claim", CLAIM);
    keys.iter().for_each(|jwk| secrets.jwk(jwk));
    secrets
}

/// The same key with another value for a member.
fn with(jwk: &Jwk, name: &str, value: impl Into<serde_json::Value>) -> Jwk {
    let mut members = serde_json::to_value(jwk).unwrap();
    members[name] = value.into();
    serde_json::from_value(members).unwrap()
}

fn private_members(jwk: &Jwk) -> Vec<String> {
    let members = serde_json::to_value(jwk).unwrap();
    let names = ["k", "d", "p", "q", "dp", "dq", "qi"];
    names.into_iter().filter(|name| members[*name].is_string()).map(str::to_owned).collect()
}

#[test]
fn no_refusal_of_a_key_quotes_it() {
    let keys = ["RS256", "ES256", "EdDSA", "HS256", "RSA-OAEP", "ECDH-ES", "A256KW", "A256GCMKW", "dir"]
        .map(|alg| Jwk::generate(alg).unwrap());
    let secrets = secrets(&keys.each_ref());
    let (mut said, mut refusals) = (Said::default(), 0);
    let mut refused = |signs: bool, jws: JwsKey, jwe: JweKey| {
        said.debug(&jws);
        said.debug(&jwe);
        let error = if signs {
            Signed::config(jws).build().map(drop)
        } else {
            Sealed::config(jwe).anyone_with_the_public_key_may_write().build().map(drop)
        };
        if let Err(error) = error {
            refusals += 1;
            said.error(&error);
        }
    };
    refused(true, JwsKey::secret(&SECRET[..31]), JweKey::secret([]));
    refused(false, JwsKey::secret([]), JweKey::secret(&SECRET[..31]));
    refused(false, JwsKey::secret([]), JweKey::password(&PASSWORD[..15]));
    refused(false, JwsKey::secret([]), JweKey::password(PASSWORD).iterations(1));
    refused(false, JwsKey::secret([]), JweKey::password(PASSWORD).encryption(Enc::A256Gcm).iterations(7));
    for (index, key) in keys.iter().enumerate() {
        let signs = index < 4;
        let other = Jwk::generate(key.alg().unwrap()).unwrap();
        let mut broken = vec![
            with(key, "use", "other"),
            with(key, "key_ops", serde_json::json!(["none"])),
            with(key, "alg", "none"),
            with(key, "kty", "none"),
            key.public().unwrap_or(key.clone()).with_alg("none"),
        ];
        for name in private_members(key) {
            let own = serde_json::to_value(key).unwrap()[&name].as_str().unwrap().to_owned();
            broken.push(with(key, &name, format!("{own}=")));
            broken.push(with(key, &name, format!("{own}A")));
            broken.push(with(key, &name, own[..own.len() / 2].to_owned()));
            broken.push(with(key, &name, serde_json::to_value(&other).unwrap()[&name].clone()));
            broken.push(with(key, &name, serde_json::json!([own])));
        }
        for broken in broken {
            let public = other.public().unwrap_or(other.clone());
            refused(signs, JwsKey::from_jwk(broken.clone()), JweKey::from_jwk(broken.clone()));
            refused(
                signs,
                JwsKey::from_pair(broken.clone(), public.clone()),
                JweKey::from_pair(broken, public),
            );
        }
    }
    // Texts that are no key, or hold one and something more.
    for key in &keys {
        let json = serde_json::to_string(key).unwrap();
        let pem = key.to_pem().unwrap_or_default();
        for text in [
            json.replacen('{', "[", 1),
            json[..json.len() - 1].to_owned(),
            json.replacen("\"kty\"", "\"k\"", 1),
            format!("{}{}", &json[..json.len() - 1], &json.replacen('{', ",", 1)),
            pem.clone(),
            pem.replace("PRIVATE", "SECRET"),
            pem.replacen("\n", "\nx", 2),
            format!("{pem}{pem}"),
        ] {
            for refusal in [Jwk::from_json(&text).err(), Jwk::from_pem(&text).err()].into_iter().flatten() {
                refusals += 1;
                said.error(&refusal);
            }
            if let Err(refusal) = serde_json::from_str::<Jwk>(&text) {
                said.error(&refusal);
            }
            if let Err(refusal) = serde_json::from_str::<JwkSet>(&format!("{{\"keys\":[{text}]}}")) {
                said.error(&refusal);
            }
        }
    }
    assert!(refusals > 100, "{refusals}");
    assert!(said.0.contains("the key cannot be used") && said.0.contains("needs at least 32 random ones"));
    assert_eq!(secrets.within(&said.0), Vec::<&str>::new());
    told!("{refusals} refusals of keys quote none of {} forms of secrets", secrets.count());
}

#[tokio::test]
async fn no_debug_shows_what_a_value_keeps() {
    let clock = TestClock::new();
    let keys = ["ES256", "A256KW", "RSA-OAEP"].map(|alg| Jwk::generate(alg).unwrap());
    let [signing, wrapping, pair] = &keys;
    let mut secrets = secrets(&keys.each_ref());
    let mut said = Said::default();

    keys.iter().for_each(|jwk| said.debug(jwk));
    said.debug(&JwkSet::from(keys.to_vec()));
    for key in [
        JwsKey::secret(SECRET),
        JwsKey::from_jwk(signing.clone()),
        JwsKey::from_pair(signing.clone(), signing.clone()),
        JwsKey::verify_only(signing.clone()),
    ] {
        said.debug(&key);
    }
    for key in [
        JweKey::secret(SECRET),
        JweKey::password(PASSWORD),
        JweKey::from_jwk(wrapping.clone()),
        JweKey::from_pair(pair.clone(), None),
    ] {
        said.debug(&key);
    }
    let config = Sealed::config(JweKey::from_jwk(wrapping.clone()))
        .also_reads(JweKey::secret(SECRET))
        .clock(clock.read());
    said.debug(&config);
    let sealed = config.build().unwrap();
    let signed = Signed::config(JwsKey::from_jwk(signing.clone())).clock(clock.read()).build().unwrap();
    said.debug(&sealed);
    said.debug(&signed);

    let ada = || Sealed { sub: CLAIM.to_owned() };
    let mut headers = HeaderMap::new();
    let cookie = sealed.cookie_header(&ada()).unwrap();
    secrets.token("cookie", cookie.to_str().unwrap());
    headers.insert("cookie", cookie);
    said.debug(&headers);
    let context = RequestContext::new(&headers);
    let manager = sealed.manager(&context).await.unwrap();
    said.debug(&manager);
    said.debug(&manager.current());
    let written = manager.replace(ada()).await.unwrap();
    secrets.token("written", &written.token);
    said.debug(&written);
    said.debug(&written.token);
    said.debug(&context);
    // Whoever logs the response's headers does not log the session.
    let mut response = HeaderMap::new();
    context.finish(&mut response);
    assert!(response[SET_COOKIE].is_sensitive());
    said.debug(&response);

    let token = signed.sign(&Signed { sub: CLAIM.to_owned() }).await.unwrap().token;
    secrets.token("signed", &token);
    let (start, end) = token.split_at(token.len() - 20);
    let forged = format!("{start}{}{}", encode(b"forged"), &end[8..]);
    secrets.token("forged", &forged);
    said.error(&signed.verify_without_hooks(&forged).await.unwrap_err());
    said.error(&sealed.unseal_without_hooks(&token).await.unwrap_err());
    said.error(&sealed.unseal_without_hooks(CLAIM).await.unwrap_err());
    let error = HookError::from(signed.verify_without_hooks(&forged).await.unwrap_err());
    writeln!(said.0, "{error} {error:?}").unwrap();
    let key = JwsKey::from_jwk(signing.clone());
    said.debug(&jose::verify(&jose::sign(CLAIM.as_bytes(), &key).unwrap(), &key).unwrap());
    said.error(&jose::verify(&forged, &JwsKey::secret(&SECRET[..31])).unwrap_err());
    let key = JweKey::from_jwk(wrapping.clone());
    said.debug(&jose::decrypt(&jose::encrypt(CLAIM.as_bytes(), &key).unwrap(), &key).unwrap());

    for shown in
        ["JweKey::password(..)", "Token(..)", "Sensitive", "Tokens<Sealed>", "ERR_JWS_SIGNATURE_INVALID"]
    {
        assert!(said.0.contains(shown), "{shown}:\n{}", said.0);
    }
    assert_eq!(secrets.within(&said.0), Vec::<&str>::new(), "{}", said.0);
}
