//! Writes the seeds that are made of `material`, and `material` itself where it is missing: keys and tokens are random,
//! so they are made once and kept. The other seeds are text, and written by hand.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;
use unjwt::Jwk;
use unjwt_fuzz::material::{self, GENERATED, keys, path, tokens};
use unjwt_fuzz::{encrypted, request, signed};

fn main() -> Result<(), Box<dyn Error>> {
    keep("material/keys.json", || {
        let keys = GENERATED.iter().map(|(alg, curve)| {
            let jwk = if curve.is_empty() { Jwk::generate(alg) } else { Jwk::generate_on_curve(alg, curve) };
            Ok(((*alg).to_owned(), jwk?))
        });
        keys.collect::<Result<BTreeMap<_, _>, unjwt::ConfigError>>()
    })?;
    keep("material/tokens.json", || {
        let made = [signed::make(), encrypted::make(), request::make()];
        Ok(made.into_iter().flatten().collect::<BTreeMap<_, _>>())
    })?;
    token_seeds("signed", material::signing().iter().map(|pair| pair.name))?;
    token_seeds("encrypted", material::encrypting().iter().map(|pair| pair.name))?;
    key_seeds()
}

/// Makes a file of `material`, unless it is there.
fn keep<T: Serialize>(
    file: &str,
    make: impl FnOnce() -> Result<T, unjwt::ConfigError>,
) -> Result<(), Box<dyn Error>> {
    let file = path(file);
    if !file.exists() {
        fs::write(file, serde_json::to_string_pretty(&make()?)? + "\n")?;
    }
    Ok(())
}

fn seed(target: &str, name: &str, parts: &[&[u8]]) -> Result<(), Box<dyn Error>> {
    let folder = path("seeds").join(target);
    fs::create_dir_all(&folder)?;
    Ok(fs::write(folder.join(name.replace('+', "-")), parts.concat())?)
}

/// Each valid token whole, with one change, and with a part of another.
fn token_seeds<'n>(target: &str, names: impl Iterator<Item = &'n str>) -> Result<(), Box<dyn Error>> {
    for (reader, name) in names.chain(["session"]).enumerate() {
        let reader = [b'a' + u8::try_from(reader)?];
        for (nth, token) in tokens()[&format!("{target}/{name}")].iter().enumerate() {
            let index = [b'a' + u8::try_from(nth)?];
            seed(target, &format!("{name}-{nth}"), &[&reader, b"a", token.as_bytes()])?;
            seed(target, &format!("{name}-{nth}-changed"), &[&reader, b"b", &index, &[4, 0, 40, 1]])?;
            seed(
                target,
                &format!("{name}-{nth}-grafted"),
                &[&reader, b"b", &index, &[8, 0, 1, 0, 1, 0, 9, b'A']],
            )?;
        }
    }
    Ok(())
}

/// Each key whole, its public half, its PEM, and all of them as a set.
fn key_seeds() -> Result<(), Box<dyn Error>> {
    let mut publics = Vec::new();
    for (name, jwk) in keys() {
        seed("keys", &format!("{name}-jwk"), &[b"a", &serde_json::to_vec(jwk)?])?;
        seed(
            "keys",
            &format!("{name}-changed"),
            &[b"d", name.as_bytes(), b"\n\"use\":\"sig\",\"kid\":null"],
        )?;
        if let Some(public) = jwk.public() {
            seed("keys", &format!("{name}-public"), &[b"a", &serde_json::to_vec(&public)?])?;
            publics.push(public);
        }
        if let Ok(pem) = jwk.to_pem() {
            seed("keys", &format!("{name}-pem"), &[b"c", pem.as_bytes()])?;
            seed("keys", &format!("{name}-der"), &[b"ea", &der(&pem)?])?;
            let pem = jwk.to_public_pem()?;
            seed("keys", &format!("{name}-public-pem"), &[b"c", pem.as_bytes()])?;
            seed("keys", &format!("{name}-public-der"), &[b"eb", &der(&pem)?])?;
        }
    }
    let set = unjwt::JwkSet::from(publics);
    seed("keys", "set", &[b"b", &serde_json::to_vec(&set)?])
}

/// What is in a PEM text.
fn der(pem: &str) -> Result<Vec<u8>, String> {
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    BASE64.decode(base64).map_err(|error| error.to_string())
}
