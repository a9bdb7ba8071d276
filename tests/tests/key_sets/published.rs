//! Sets as services publish them, read from `../shared/jwks` and `../shared/cases`, or from the folders in
//! `UNJWT_JWKS` and `UNJWT_CASES`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::{Value, json};
use unjwt::jose::{self, JwsAlg};
use unjwt::{ErrorKind, Jwk, JwkSet, JwsKey};
use unjwt_tests::told;

use super::ground::{alg, forged, public, refusal};

/// The folder, or `None` with a message. In continuous integration it must be there.
fn folder(variable: &str, name: &str) -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(name);
    let folder = std::env::var_os(variable).map_or_else(default, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    let message = format!("skipped: no sets in {} ({variable} names another folder)", folder.display());
    assert!(std::env::var_os("CI").is_none(), "{message}");
    told!("{message}");
    None
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn small_sets_are_usable() {
    let Some(folder) = folder("UNJWT_CASES", "cases") else { return };
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|is| is == "json")).collect();
    assert!(!paths.is_empty());
    for path in paths {
        let case = json(&path);
        assert_eq!(case["expected"], "valid");
        let key = JwsKey::verify_only(serde_json::from_value::<JwkSet>(case["jwks"].clone()).unwrap());
        let key = match case["pinned_alg"].as_str() {
            Some(name) => key.algorithm(alg(name)),
            None => key,
        };
        let verified = jose::verify(case["token"].as_str().unwrap(), &key);
        assert!(verified.is_ok_and(|token| token.payload == b"{}"), "{}", path.display());
    }
}

/// Two keys of ours that an algorithm takes: a key alone in a set is found under any name.
fn own(name: &str) -> &'static [Value; 2] {
    type Keys = [Value; 2];
    static ALL: LazyLock<Vec<(&'static str, Keys)>> = LazyLock::new(|| {
        let rsa = [(); 2].map(|()| Jwk::generate("RS256").unwrap());
        ALGS.map(|name| {
            let keys = if name.starts_with(['R', 'P']) {
                rsa.clone()
            } else {
                [(); 2].map(|()| Jwk::generate(name).unwrap())
            };
            let keys = keys.map(|jwk| public(&jwk.with_alg(name)));
            (name, keys)
        })
        .into()
    });
    &ALL.iter().find(|(own, _)| *own == name).unwrap().1
}

const ALGS: [&str; 11] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];

#[test]
fn a_published_set_works_for_each_usable_key_whatever_its_neighbours_are() {
    let Some(folder) = folder("UNJWT_JWKS", "jwks") else { return };
    let (mut usable, mut not, mut nothing_left) = (0, 0, 0);
    let sets = json(&folder.join("sets.json"));
    for (nth, case) in sets.as_array().unwrap().iter().enumerate() {
        let verdicts = case["members"].as_array().unwrap();
        let takes = |verdict: &Value, name: &str| {
            verdict["usable"].as_array().is_some_and(|algs| algs.iter().any(|alg| alg == name))
        };
        // With a name for each key, so that a token can ask whether that key is there.
        let mut named = case["set"].clone();
        for (index, member) in named["keys"].as_array_mut().unwrap().iter_mut().enumerate() {
            if member.is_object() {
                member["kid"] = json!(format!("member {index}"));
            }
        }
        for name in ALGS {
            let pinned = |set: &Value| {
                JwsKey::verify_only(serde_json::from_value::<JwkSet>(set.clone()).unwrap())
                    .algorithm(alg(name))
            };
            let as_it_is = pinned(&case["set"]);
            if verdicts.iter().any(|verdict| takes(verdict, name)) {
                let keys = case["set"]["keys"].as_array().unwrap();
                for (key, _) in keys.iter().zip(verdicts).filter(|(_, verdict)| takes(verdict, name)) {
                    let token = forged(name, key["kid"].as_str());
                    let error = jose::verify(&token, &as_it_is).unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::JwsSignatureInvalid, "{nth} {name} {key}: {error}");
                }
            } else {
                let text = refusal(&as_it_is);
                assert!(text.len() < 10_000, "{nth} {name}: {text}");
                nothing_left += 1;
            }
            let mut beside_ours = named.clone();
            beside_ours["keys"].as_array_mut().unwrap().extend(own(name).clone());
            let beside_ours = pinned(&beside_ours);
            for (index, verdict) in verdicts.iter().enumerate() {
                let kid = format!("member {index}");
                let error = jose::verify(&forged(name, Some(&kid)), &beside_ours).unwrap_err();
                let expected = if takes(verdict, name) {
                    usable += 1;
                    ErrorKind::JwsSignatureInvalid
                } else {
                    not += 1;
                    ErrorKind::KeyNotFound
                };
                assert_eq!(error.kind(), expected, "{nth} {name} {index} {verdict}: {error}");
            }
        }
    }
    assert!(usable > 0 && JwsAlg::ALL.len() == ALGS.len() + 3);
    told!(
        "{usable} uses of keys that are possible, {not} that are not, {nothing_left} sets with nothing for an algorithm"
    );
}
