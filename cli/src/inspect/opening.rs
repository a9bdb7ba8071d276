//! Opens tokens with the keys of a file.

use std::path::Path;

use unjwt::jose::{self, JweAlg, JwsAlg};
use unjwt::keys::{KeyState, RingKey, RingKeys};
use unjwt::{Error, ErrorKind, JweKey, Jwk, JwkSet, JwsKey, NumericDate};

use super::token::{Form, Token};
use crate::date::spoken;
use crate::failure::Failure;
use crate::file;
use crate::keys::{Kind, Purpose, reason};

/// The most keys that are tried, as many as a ring has.
const MOST_KEYS: usize = 64;

/// The keys of a file. Those that are not of a ring never retire.
#[derive(Debug)]
pub(super) struct Keys(Vec<RingKey>);

/// A token's content, and the key that opened it.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) content: Vec<u8>,
    pub(super) kid: Option<String>,
    /// The time at which the key retired, which makes every service refuse the token.
    pub(super) retired: Option<NumericDate>,
}

impl Keys {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        Self::parse(&file::read(path)?)
            .map_err(|reason| Failure::File(format!("{} has no usable key: {reason}", path.display())))
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim_start_matches('\u{feff}').trim();
        if !text.starts_with('{') {
            let jwk = Jwk::from_pem(text).map_err(|error| {
                format!("{}; a file of keys is a ring, a JWK, a JWK Set or PEM", reason(&error))
            })?;
            return Ok(Self(vec![RingKey::new(jwk)]));
        }
        let ring = RingKeys::from_json(text);
        if let Ok(ring) = &ring {
            return Ok(Self(ring.keys().to_vec()));
        }
        if let Ok(jwk) = Jwk::from_json(text) {
            return Ok(Self(vec![RingKey::new(jwk)]));
        }
        // Of a broken ring the times would be ignored.
        let is_ring = text.contains("\"activate_at\"") || text.contains("\"retire_at\"");
        match serde_json::from_str::<JwkSet>(text) {
            Ok(set) if !is_ring && !set.keys().is_empty() => {
                Ok(Self(set.keys().iter().take(MOST_KEYS).cloned().map(RingKey::new).collect()))
            }
            _ => Err(ring.err().map_or_else(String::new, |error| reason(&error))),
        }
    }

    /// Opens a token with the key that it names, or with each that is for its kind.
    pub(super) fn open(&self, text: &str, token: &Token, now: NumericDate) -> Result<Opened, String> {
        let (wanted, verb) = match token.form {
            Form::Jws => (Purpose::Signs, "verifies"),
            Form::Jwe => (Purpose::Encrypts, "decrypts"),
        };
        let is_fit = |key: &&RingKey| Kind::of(key.jwk()).purpose().is_none_or(|purpose| purpose == wanted);
        let fit: Vec<_> = self.0.iter().filter(is_fit).collect();
        if fit.is_empty() {
            return Err(format!("the file has no key that {verb}: name the file of the session's keys"));
        }
        let tried = match token.kid() {
            Some(kid) if fit.iter().any(|key| key.kid() == kid) => {
                fit.into_iter().filter(|key| key.kid() == kid).collect()
            }
            // Keys without an id may be the one.
            Some(kid) => {
                let unnamed: Vec<_> = fit.iter().copied().filter(|key| key.kid().is_empty()).collect();
                if unnamed.is_empty() {
                    let kids: Vec<_> = fit.iter().map(|key| format!("`{}`", key.kid())).collect();
                    return Err(format!(
                        "no key of the file is its key `{kid}`: there is {}",
                        kids.join(", ")
                    ));
                }
                unnamed
            }
            None => fit,
        };
        let mut refusal: Option<Error> = None;
        for key in &tried {
            match open_with(text, token, key.jwk()) {
                Ok(content) => {
                    let kid = Some(key.kid()).filter(|kid| !kid.is_empty()).map(str::to_owned);
                    let retired = key.retires_at().filter(|_| key.state(now) == KeyState::Retired);
                    return Ok(Opened { content, kid, retired });
                }
                // A key that does not fit says less than one that does and fails.
                Err(error) => match &refusal {
                    Some(first) if first.kind() != ErrorKind::KeyUnusable => {}
                    _ => refusal = Some(error),
                },
            }
        }
        let refusal = refusal.map_or_else(String::new, |error| error.to_string());
        Err(match tried.len() {
            1 => refusal,
            count => format!("none of {count} keys {verb}: {refusal}"),
        })
    }
}

fn open_with(text: &str, token: &Token, jwk: &Jwk) -> Result<Vec<u8>, Error> {
    let jwk = with_algorithm(jwk, token);
    match token.form {
        Form::Jws => jose::verify(text, &JwsKey::from_jwk(jwk)).map(|verified| verified.payload),
        Form::Jwe => jose::decrypt(text, &JweKey::from_jwk(jwk)).map(|decrypted| decrypted.plaintext),
    }
}

/// A key of PEM names no algorithm. Here, where a person asks, the token may: the key's type still decides which it can be.
fn with_algorithm(jwk: &Jwk, token: &Token) -> Jwk {
    match token.alg() {
        Some(alg) if jwk.alg().is_none() => {
            let is_known = match token.form {
                Form::Jws => JwsAlg::from_name(alg).is_some(),
                Form::Jwe => JweAlg::from_name(alg).is_some() && !alg.starts_with("PBES2"),
            };
            if is_known { jwk.with_alg(alg) } else { jwk.clone() }
        }
        _ => jwk.clone(),
    }
}

/// Says why a retired key's token is refused.
pub(super) fn retired(at: NumericDate, now: NumericDate) -> String {
    format!("its key retired {}", spoken(at, now))
}
