//! Which keys of a set verify a session's tokens.

use std::collections::HashMap;

use super::checks::{check_ops, check_use, named};
use super::jws_material::{algorithm, hmac_reader, secret_key, verifying_key};
use super::passed_over::{PassedOver, Unfit, nothing_left};
use super::{Jwk, JwkSet, checks, digest};
use crate::alg::{JwsAlg, Signature};
use crate::config_error::KeyError;
use crate::token::KeyDigest;
use crate::token::jws::JwsReader;

/// Whose keys a set holds, which decides what becomes of a broken one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Part of the configuration, in which a broken key is a mistake.
    Ours,
    /// A stranger's, whose other keys are as good as before.
    Others,
}

/// The algorithms that are given beside the keys.
#[derive(Clone, Copy)]
pub(super) struct Given {
    pub(super) pin: Option<JwsAlg>,
    /// That of keys which name none.
    pub(super) default: Option<JwsAlg>,
}

/// The keys of a set that verify for this session, those like `first` before the others.
pub(super) fn readers(
    publics: &JwkSet,
    first: Option<&Jwk>,
    given: Given,
    whose: Whose,
    passed_over: &mut Vec<PassedOver>,
) -> Result<Vec<JwsReader>, KeyError> {
    // Beside public keys a secret is a mistake, of which nobody may make use by choosing `alg`; and what cannot be
    // read may be a public key. Secrets are nobody's but ours.
    let secrets = first.is_none() && publics.holds_secrets_only();
    let whose = if secrets { Whose::Ours } else { whose };
    let mut readers = Readers::default();
    let mut pass_over = |member: PassedOver| {
        if whose == Whose::Ours && member.is_broken() {
            return Err(member.into_error());
        }
        passed_over.push(member);
        Ok(())
    };
    for unreadable in publics.unreadable() {
        pass_over(unreadable)?;
    }
    let is_alone = publics.len() == 1;
    for (place, jwk) in ordered(publics, first) {
        let reader = if secrets { shared_reader(jwk, given.pin) } else { reader(jwk, given) };
        if let Err(unfit) = reader.and_then(|reader| readers.add(jwk, reader)) {
            pass_over(PassedOver::jwk(jwk, (!is_alone).then_some(place), unfit))?;
        }
    }
    if readers.list.is_empty() { Err(nothing_left(passed_over)) } else { Ok(readers.list) }
}

/// The keys with their places in the set, `first` and its like before the others: that is the one which most
/// tokens need, and only so many are tried for a token without `kid`.
fn ordered<'s>(publics: &'s JwkSet, first: Option<&Jwk>) -> Vec<(usize, &'s Jwk)> {
    let Some(first) = first else { return publics.placed().collect() };
    let thumbprint = first.thumbprint();
    let (own, others): (Vec<_>, Vec<_>) =
        publics.placed().partition(|(_, public)| public.thumbprint() == thumbprint);
    own.into_iter().chain(others).collect()
}

/// The readers of a set so far, each of them once, and none of two between which a token could not choose.
#[derive(Default)]
struct Readers {
    list: Vec<JwsReader>,
    keys: HashMap<(Option<String>, KeyDigest), Vec<Signature>>,
    kids: HashMap<String, Vec<Signature>>,
}

impl Readers {
    fn add(&mut self, jwk: &Jwk, reader: JwsReader) -> Result<(), Unfit> {
        let signature = reader.alg.signature();
        let same = self.keys.entry((reader.kid.clone(), reader.digest)).or_default();
        if same.contains(&signature) {
            return Err(Unfit::NotMeant(KeyError::new(format!("{} is in the set twice", named(jwk)))));
        }
        if let Some(kid) = &reader.kid {
            // RFC 7517 §4.5 wants distinct ones, but for keys that are alternatives of each other.
            let with_kid = self.kids.entry(kid.clone()).or_default();
            if with_kid.contains(&signature) {
                return Err(Unfit::Broken(KeyError::new(format!(
                    "two keys of the set have the `kid` `{}` and the algorithm `{}`: give each its own `kid`",
                    checks::shown(kid),
                    reader.alg.name()
                ))));
            }
            with_kid.push(signature);
        }
        same.push(signature);
        self.list.push(reader);
        Ok(())
    }
}

fn reader(jwk: &Jwk, given: Given) -> Result<JwsReader, Unfit> {
    let public = public_half(jwk).map_err(Unfit::NotMeant)?;
    let alg = algorithm(&public, given.pin, given.default).map_err(Unfit::NotMeant)?;
    check_use(jwk, "sig").map_err(Unfit::NotMeant)?;
    // A private key's operations are its own: `sign` says that its public half verifies.
    check_ops(jwk, if jwk.is_private() { &["sign", "verify"] } else { &["verify"] })
        .map_err(Unfit::NotMeant)?;
    let kid = public.kid().map(str::to_owned);
    let key = verifying_key(&public, alg).map_err(Unfit::Broken)?;
    let digest = digest::of_public(&public).map_err(Unfit::Broken)?;
    Ok(JwsReader { alg, kid, digest, key })
}

/// One of several secrets.
fn shared_reader(jwk: &Jwk, pin: Option<JwsAlg>) -> Result<JwsReader, Unfit> {
    let alg = algorithm(jwk, pin, None).map_err(Unfit::NotMeant)?;
    check_use(jwk, "sig").map_err(Unfit::NotMeant)?;
    check_ops(jwk, &["verify"]).map_err(Unfit::NotMeant)?;
    let (hash, secret) = secret_key(jwk, alg).map_err(Unfit::Broken)?;
    Ok(hmac_reader(alg, jwk.kid().map(str::to_owned), hash, &secret))
}

fn public_half(jwk: &Jwk) -> Result<Jwk, KeyError> {
    jwk.public().ok_or_else(|| match jwk.kty() {
        "oct" => KeyError::new(format!("{} is symmetric and has no public half", named(jwk))),
        _ => checks::unknown_type(jwk),
    })
}
