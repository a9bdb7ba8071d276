//! The types of keys.

use super::Jwk;

/// The type of a JWK (RFC 7518 §6.1, RFC 8037 §2), and the members that it gives a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyType {
    Rsa,
    Ec,
    Okp,
    Oct,
}

impl KeyType {
    /// Returns the key's type, or `None` if `kty` is unknown.
    pub(super) fn of(jwk: &Jwk) -> Option<Self> {
        Self::of_name(jwk.kty())
    }

    pub(super) fn of_name(kty: &str) -> Option<Self> {
        Some(match kty {
            "RSA" => Self::Rsa,
            "EC" => Self::Ec,
            "OKP" => Self::Okp,
            "oct" => Self::Oct,
            _ => return None,
        })
    }

    /// Returns the members that a thumbprint covers, in lexicographic order (RFC 7638 §3.2, RFC 8037 §2).
    pub(super) fn thumbprint_members(self) -> &'static [&'static str] {
        match self {
            Self::Rsa => &["e", "kty", "n"],
            Self::Ec => &["crv", "kty", "x", "y"],
            Self::Okp => &["crv", "kty", "x"],
            Self::Oct => &["k", "kty"],
        }
    }

    /// Returns the members without which there is no key of this type, beside its curve.
    pub(super) fn numbers(self) -> &'static [&'static str] {
        self.public_bytes().unwrap_or(&["k"])
    }

    /// Returns the members of the public half that are encoded bytes, or `None` for a symmetric key, which has
    /// no such half.
    pub(super) fn public_bytes(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Rsa => Some(&["n", "e"]),
            Self::Ec => Some(&["x", "y"]),
            Self::Okp => Some(&["x"]),
            Self::Oct => None,
        }
    }

    /// Returns the members of the public half, or `None` for a symmetric key.
    pub(super) fn public_members(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Rsa => Some(&["kty", "kid", "alg", "use", "enc", "n", "e"]),
            Self::Ec => Some(&["kty", "kid", "alg", "use", "enc", "crv", "x", "y"]),
            Self::Okp => Some(&["kty", "kid", "alg", "use", "enc", "crv", "x"]),
            Self::Oct => None,
        }
    }
}
