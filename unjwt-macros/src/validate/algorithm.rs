//! The algorithms that `jwe(..)` and `jws(..)` may pin.

use proc_macro2::Ident;
use quote::format_ident;
use syn::LitStr;

use crate::errors::Errors;
use crate::suggest;

/// Registered name and variant of the runtime crate's enum, as in its `token/alg.rs`.
type Table = &'static [(&'static str, &'static str)];

pub(super) const JWS: Table = &[
    ("HS256", "Hs256"),
    ("HS384", "Hs384"),
    ("HS512", "Hs512"),
    ("RS256", "Rs256"),
    ("RS384", "Rs384"),
    ("RS512", "Rs512"),
    ("PS256", "Ps256"),
    ("PS384", "Ps384"),
    ("PS512", "Ps512"),
    ("ES256", "Es256"),
    ("ES384", "Es384"),
    ("ES512", "Es512"),
    ("EdDSA", "EdDsa"),
    ("Ed25519", "Ed25519"),
];

pub(super) const JWE: Table = &[
    ("dir", "Dir"),
    ("A128KW", "A128Kw"),
    ("A192KW", "A192Kw"),
    ("A256KW", "A256Kw"),
    ("A128GCMKW", "A128GcmKw"),
    ("A192GCMKW", "A192GcmKw"),
    ("A256GCMKW", "A256GcmKw"),
    ("RSA-OAEP", "RsaOaep"),
    ("RSA-OAEP-256", "RsaOaep256"),
    ("RSA-OAEP-384", "RsaOaep384"),
    ("RSA-OAEP-512", "RsaOaep512"),
    ("ECDH-ES", "EcdhEs"),
    ("ECDH-ES+A128KW", "EcdhEsA128Kw"),
    ("ECDH-ES+A192KW", "EcdhEsA192Kw"),
    ("ECDH-ES+A256KW", "EcdhEsA256Kw"),
    ("PBES2-HS256+A128KW", "Pbes2Hs256A128Kw"),
    ("PBES2-HS384+A192KW", "Pbes2Hs384A192Kw"),
    ("PBES2-HS512+A256KW", "Pbes2Hs512A256Kw"),
];

pub(super) const ENC: Table = &[
    ("A128GCM", "A128Gcm"),
    ("A192GCM", "A192Gcm"),
    ("A256GCM", "A256Gcm"),
    ("A128CBC-HS256", "A128CbcHs256"),
    ("A192CBC-HS384", "A192CbcHs384"),
    ("A256CBC-HS512", "A256CbcHs512"),
];

/// The variant that a name in `jws(alg)`, `jwe(alg)` or `jwe(enc)` stands for.
pub(crate) fn variant(name: &LitStr, table: Table, errors: &mut Errors) -> Option<Ident> {
    let text = name.value();
    match find(table, &text) {
        Some(variant) => Some(format_ident!("{variant}")),
        None => {
            errors.push(name, refusal(&text, table));
            None
        }
    }
}

/// Returns whether one of the tables has it.
pub(crate) fn is_known(name: &str) -> bool {
    [JWS, JWE, ENC].into_iter().any(|table| find(table, name).is_some())
}

/// Returns whether it belongs in `jwe(enc)`.
pub(crate) fn encrypts_content(name: &str) -> bool {
    find(ENC, name).is_some()
}

fn find(table: Table, name: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == name).map(|(_, variant)| *variant)
}

fn refusal(name: &str, table: Table) -> String {
    if name.eq_ignore_ascii_case("none") {
        return "`none` gives no protection: anyone could write such a token\nhelp: choose an algorithm, or leave `alg` out and let the key decide".into();
    }
    if name.eq_ignore_ascii_case("RSA1_5") {
        return "`RSA1_5` is retired: its padding lets an attacker decrypt tokens by trial and error (RFC 8725 §3.2)\nhelp: write `RSA-OAEP-256`".into();
    }
    for (other, place) in [(JWS, "jws(alg = \"..\")"), (JWE, "jwe(alg = \"..\")"), (ENC, "jwe(enc = \"..\")")]
    {
        if find(other, name).is_some() {
            let (kind, wanted) = (kind(other), kind(table));
            return format!(
                "`{name}` is {kind}, expected {wanted}\nhelp: write `{}`, or choose {wanted} here",
                place.replace("..", name)
            );
        }
    }
    let names: Vec<_> = table.iter().map(|(name, _)| *name).collect();
    match suggest::nearest(name, &names) {
        Some(meant) => format!("unknown algorithm `{name}`\nhelp: did you mean `{meant}`?"),
        None => format!("unknown algorithm `{name}`\nhelp: choose one of {}", suggest::list(&names)),
    }
}

fn kind(table: Table) -> &'static str {
    if table.first() == JWS.first() {
        "a signature algorithm"
    } else if table.first() == JWE.first() {
        "a key management algorithm"
    } else {
        "a content encryption algorithm"
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The table is written twice, as the runtime crate cannot be asked from here; this keeps the two equal.
    #[test]
    fn tables_are_those_of_the_runtime_crate() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../unjwt/src/alg.rs");
        let Ok(source) = fs::read_to_string(&path) else {
            // The package of this crate on its own.
            eprintln!("SKIPPED: the runtime crate's sources are not at {}", path.display());
            return;
        };
        let rows: Vec<_> = source
            .lines()
            .filter_map(|line| {
                let (variant, rest) = line.trim().split_once(" = \"")?;
                let (name, _) = rest.split_once("\" => ")?;
                Some((name, variant))
            })
            .collect();
        assert_eq!(rows, [JWS, JWE, ENC].concat());
    }

    #[test]
    fn refuses_with_a_reason() {
        for (name, table, expected) in [
            ("RS265", JWS, "did you mean `RS256`?"),
            ("rs256", JWS, "did you mean `RS256`?"),
            ("A256KW", JWS, "`A256KW` is a key management algorithm, expected a signature algorithm"),
            ("HS256", JWE, "`HS256` is a signature algorithm, expected a key management algorithm"),
            ("A256GCM", JWE, "write `jwe(enc = \"A256GCM\")`"),
            ("none", JWS, "no protection"),
            ("RSA1_5", JWE, "is retired"),
            ("XYZ", ENC, "choose one of `A128GCM`"),
        ] {
            let message = refusal(name, table);
            assert!(message.contains(expected), "{message}");
        }
    }
}
