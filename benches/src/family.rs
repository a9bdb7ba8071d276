//! The algorithm families that are compared, and a key for each.

use unjwt::{ConfigError, JweKey, Jwk, JwsKey};

/// The password of the PBES2 family.
pub const PASSWORD: &str = "correct horse battery staple";

/// OWASP's figure, which is the library's default and npm `unjwt`'s.
pub const ITERATIONS: u32 = 600_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Hs256,
    Dir,
    A256Kw,
    A256GcmKw,
    Pbes2,
    RsaOaep256,
    EcdhP256,
    EcdhX25519,
    Rs256,
    Ps256,
    Es256,
    EdDsa,
}

impl Family {
    pub const ALL: [Self; 12] = [
        Self::Hs256,
        Self::Dir,
        Self::A256Kw,
        Self::A256GcmKw,
        Self::Pbes2,
        Self::RsaOaep256,
        Self::EcdhP256,
        Self::EcdhX25519,
        Self::Rs256,
        Self::Ps256,
        Self::Es256,
        Self::EdDsa,
    ];

    /// In the names of benchmarks and on command lines.
    pub fn id(self) -> &'static str {
        match self {
            Self::Hs256 => "hs256",
            Self::Dir => "dir",
            Self::A256Kw => "a256kw",
            Self::A256GcmKw => "a256gcmkw",
            Self::Pbes2 => "pbes2",
            Self::RsaOaep256 => "rsa-oaep-256",
            Self::EcdhP256 => "ecdh-es-a256kw-p256",
            Self::EcdhX25519 => "ecdh-es-a256kw-x25519",
            Self::Rs256 => "rs256",
            Self::Ps256 => "ps256",
            Self::Es256 => "es256",
            Self::EdDsa => "eddsa",
        }
    }

    /// In tables.
    pub fn title(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Dir => "dir, A256GCM",
            Self::A256Kw => "A256KW",
            Self::A256GcmKw => "A256GCMKW",
            Self::Pbes2 => "PBES2, 600,000",
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::EcdhP256 => "ECDH-ES+A256KW, P-256",
            Self::EcdhX25519 => "ECDH-ES+A256KW, X25519",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// `alg` of its tokens (RFC 7518 §3.1 and §4.1, RFC 8037 §3.1).
    pub fn alg(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Dir => "dir",
            Self::A256Kw => "A256KW",
            Self::A256GcmKw => "A256GCMKW",
            Self::Pbes2 => "PBES2-HS256+A128KW",
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::EcdhP256 | Self::EcdhX25519 => "ECDH-ES+A256KW",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    pub fn is_signed(self) -> bool {
        matches!(self, Self::Hs256 | Self::Rs256 | Self::Ps256 | Self::Es256 | Self::EdDsa)
    }

    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.id() == id)
    }

    /// A new key; a password is none.
    ///
    /// # Errors
    ///
    /// OpenSSL's, which are not expected.
    pub fn generate(self) -> Result<Option<Jwk>, ConfigError> {
        match self {
            Self::Pbes2 => Ok(None),
            Self::EcdhP256 => Jwk::generate_on_curve(self.alg(), "P-256").map(Some),
            Self::EcdhX25519 => Jwk::generate_on_curve(self.alg(), "X25519").map(Some),
            _ => Jwk::generate(self.alg()).map(Some),
        }
    }
}

/// A family's key, which all who are compared use.
#[derive(Clone, Debug)]
pub struct Keys {
    pub family: Family,
    jwk: Option<Jwk>,
}

impl Keys {
    /// # Errors
    ///
    /// As [`Family::generate`].
    pub fn generate(family: Family) -> Result<Self, ConfigError> {
        Ok(Self { family, jwk: family.generate()? })
    }

    /// # Panics
    ///
    /// For a password.
    pub fn jwk(&self) -> &Jwk {
        self.jwk.as_ref().expect("a password is no JWK")
    }

    /// # Panics
    ///
    /// For a password.
    pub fn json(&self) -> serde_json::Value {
        serde_json::to_value(self.jwk()).expect("a JWK is JSON")
    }

    /// `kid` of the tokens.
    pub fn kid(&self) -> Option<&str> {
        match self.family {
            Family::Hs256 | Family::Dir => None,
            _ => self.jwk.as_ref()?.kid(),
        }
    }

    /// A symmetric key's bytes.
    ///
    /// # Panics
    ///
    /// For other keys.
    pub fn secret(&self) -> Vec<u8> {
        let json = self.json();
        let k = json["k"].as_str().expect("a symmetric key");
        crate::floor::base64url::decode(k).expect("base64url")
    }

    /// PKCS#8 in DER.
    ///
    /// # Panics
    ///
    /// For symmetric keys.
    pub fn private_der(&self) -> Vec<u8> {
        self.private_key().private_key_to_pkcs8().expect("PKCS#8")
    }

    /// A private key as OpenSSL has it.
    ///
    /// # Panics
    ///
    /// For symmetric keys.
    pub fn private_key(&self) -> openssl::pkey::PKey<openssl::pkey::Private> {
        let pem = self.jwk().to_pem().expect("a private key");
        openssl::pkey::PKey::private_key_from_pem(pem.as_bytes()).expect("PEM")
    }

    /// A public key as OpenSSL has it.
    ///
    /// # Panics
    ///
    /// For symmetric keys.
    pub fn public_key(&self) -> openssl::pkey::PKey<openssl::pkey::Public> {
        let pem = self.jwk().to_public_pem().expect("a public key");
        openssl::pkey::PKey::public_key_from_pem(pem.as_bytes()).expect("PEM")
    }

    /// A secret for HS256, which is what the library recommends: its tokens name no `kid`.
    pub fn jws(&self) -> JwsKey {
        match self.family {
            Family::Hs256 => JwsKey::secret(self.secret()),
            _ => JwsKey::from_jwk(self.jwk().clone()),
        }
    }

    /// A secret for `dir`, as for HS256.
    pub fn jwe(&self) -> JweKey {
        match self.family {
            Family::Pbes2 => JweKey::password(PASSWORD),
            Family::Dir => JweKey::secret(self.secret()),
            _ => JweKey::from_jwk(self.jwk().clone()),
        }
    }
}
