//! The algorithms of RFC 7518 and RFC 8037, one row each.

/// Declares an algorithm enum from a table: variant, registered name, and the columns that the codecs read.
macro_rules! algorithms {
    (
        $(#[$meta:meta])* $name:ident { $($column:ident : $kind:ty),* $(,)? }
        $( $(#[$row_meta:meta])* $variant:ident = $wire:literal => { $($value:expr),* $(,)? } )*
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name { $( $(#[$row_meta])* $variant, )* }

        impl $name {
            /// Every algorithm of the table.
            pub const ALL: &'static [Self] = &[$( Self::$variant ),*];

            /// The registered name, as it stands in a protected header.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $wire, )* }
            }

            /// The algorithm with this registered name (case-sensitive, RFC 7515 §4.1.1).
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|algorithm| algorithm.name() == name)
            }

            algorithms!(@columns $name [$($column : $kind),*] $( $variant { $($value),* } )*);
        }
    };
    (@columns $name:ident [$($column:ident : $kind:ty),*] $( $variant:ident $values:tt )*) => {
        const fn row(self) -> ($($kind,)*) {
            match self { $( Self::$variant => algorithms!(@tuple $values), )* }
        }
    };
    (@tuple { $($value:expr),* }) => { ($($value,)*) };
}

/// A hash of the SHA-2 family (FIPS 180-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// Bytes of the digest.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// The hash of RSAES-OAEP and of its mask (RFC 7518 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OaepHash {
    Sha1,
    Sha2(Hash),
}

/// An AES key by its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AesKey {
    Aes128,
    Aes192,
    Aes256,
}

impl AesKey {
    /// Bytes of the key.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }
}

/// The construction behind a signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signature {
    /// HMAC (RFC 7518 §3.2).
    Hmac(Hash),
    /// RSASSA-PKCS1-v1_5 (RFC 7518 §3.3).
    RsaPkcs1(Hash),
    /// RSASSA-PSS (RFC 7518 §3.5).
    RsaPss(Hash),
    /// ECDSA on this curve, with the hash that belongs to it (RFC 7518 §3.4).
    Ecdsa(EcCurve),
    /// Ed25519 (RFC 8037 §3.1).
    Ed25519,
}

algorithms! {
    /// A JWS algorithm (`alg` of a signed token).
    JwsAlg { signature: Signature }
    /// HMAC with SHA-256.
    Hs256 = "HS256" => { Signature::Hmac(Hash::Sha256) }
    /// HMAC with SHA-384.
    Hs384 = "HS384" => { Signature::Hmac(Hash::Sha384) }
    /// HMAC with SHA-512.
    Hs512 = "HS512" => { Signature::Hmac(Hash::Sha512) }
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256 = "RS256" => { Signature::RsaPkcs1(Hash::Sha256) }
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384 = "RS384" => { Signature::RsaPkcs1(Hash::Sha384) }
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512 = "RS512" => { Signature::RsaPkcs1(Hash::Sha512) }
    /// RSASSA-PSS with SHA-256.
    Ps256 = "PS256" => { Signature::RsaPss(Hash::Sha256) }
    /// RSASSA-PSS with SHA-384.
    Ps384 = "PS384" => { Signature::RsaPss(Hash::Sha384) }
    /// RSASSA-PSS with SHA-512.
    Ps512 = "PS512" => { Signature::RsaPss(Hash::Sha512) }
    /// ECDSA on P-256 with SHA-256.
    Es256 = "ES256" => { Signature::Ecdsa(EcCurve::P256) }
    /// ECDSA on P-384 with SHA-384.
    Es384 = "ES384" => { Signature::Ecdsa(EcCurve::P384) }
    /// ECDSA on P-521 with SHA-512.
    Es512 = "ES512" => { Signature::Ecdsa(EcCurve::P521) }
    /// Ed25519 under its first name (RFC 8037).
    EdDsa = "EdDSA" => { Signature::Ed25519 }
    /// Ed25519 under its fully specified name (RFC 9864).
    Ed25519 = "Ed25519" => { Signature::Ed25519 }
}

impl JwsAlg {
    pub(crate) const fn signature(self) -> Signature {
        self.row().0
    }
}

/// The construction behind a key management algorithm: the way to a JWE's content encryption key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyManagement {
    /// The shared key is the content encryption key (RFC 7518 §4.5).
    Direct,
    /// AES key wrap (RFC 7518 §4.4).
    AesKw(AesKey),
    /// AES-GCM key wrap (RFC 7518 §4.7).
    AesGcmKw(AesKey),
    /// RSAES-OAEP (RFC 7518 §4.3).
    RsaOaep(OaepHash),
    /// ECDH-ES: the agreed key encrypts the content, or wraps the key that does (RFC 7518 §4.6).
    EcdhEs(Option<AesKey>),
    /// PBES2: PBKDF2 with HMAC of this hash, and AES key wrap (RFC 7518 §4.8).
    Pbes2 { hash: Hash, wrap: AesKey },
}

algorithms! {
    /// A JWE key management algorithm (`alg` of an encrypted token).
    JweAlg { management: KeyManagement }
    /// The shared key encrypts the content itself.
    Dir = "dir" => { KeyManagement::Direct }
    /// AES-128 key wrap.
    A128Kw = "A128KW" => { KeyManagement::AesKw(AesKey::Aes128) }
    /// AES-192 key wrap.
    A192Kw = "A192KW" => { KeyManagement::AesKw(AesKey::Aes192) }
    /// AES-256 key wrap.
    A256Kw = "A256KW" => { KeyManagement::AesKw(AesKey::Aes256) }
    /// Key wrap with AES-128-GCM.
    A128GcmKw = "A128GCMKW" => { KeyManagement::AesGcmKw(AesKey::Aes128) }
    /// Key wrap with AES-192-GCM.
    A192GcmKw = "A192GCMKW" => { KeyManagement::AesGcmKw(AesKey::Aes192) }
    /// Key wrap with AES-256-GCM.
    A256GcmKw = "A256GCMKW" => { KeyManagement::AesGcmKw(AesKey::Aes256) }
    /// RSAES-OAEP with SHA-1.
    RsaOaep = "RSA-OAEP" => { KeyManagement::RsaOaep(OaepHash::Sha1) }
    /// RSAES-OAEP with SHA-256.
    RsaOaep256 = "RSA-OAEP-256" => { KeyManagement::RsaOaep(OaepHash::Sha2(Hash::Sha256)) }
    /// RSAES-OAEP with SHA-384.
    RsaOaep384 = "RSA-OAEP-384" => { KeyManagement::RsaOaep(OaepHash::Sha2(Hash::Sha384)) }
    /// RSAES-OAEP with SHA-512.
    RsaOaep512 = "RSA-OAEP-512" => { KeyManagement::RsaOaep(OaepHash::Sha2(Hash::Sha512)) }
    /// ECDH-ES, the agreed key encrypts the content.
    EcdhEs = "ECDH-ES" => { KeyManagement::EcdhEs(None) }
    /// ECDH-ES with AES-128 key wrap.
    EcdhEsA128Kw = "ECDH-ES+A128KW" => { KeyManagement::EcdhEs(Some(AesKey::Aes128)) }
    /// ECDH-ES with AES-192 key wrap.
    EcdhEsA192Kw = "ECDH-ES+A192KW" => { KeyManagement::EcdhEs(Some(AesKey::Aes192)) }
    /// ECDH-ES with AES-256 key wrap.
    EcdhEsA256Kw = "ECDH-ES+A256KW" => { KeyManagement::EcdhEs(Some(AesKey::Aes256)) }
    /// A password: PBKDF2 with HMAC-SHA-256, AES-128 key wrap.
    Pbes2Hs256A128Kw = "PBES2-HS256+A128KW" => { KeyManagement::Pbes2 { hash: Hash::Sha256, wrap: AesKey::Aes128 } }
    /// A password: PBKDF2 with HMAC-SHA-384, AES-192 key wrap.
    Pbes2Hs384A192Kw = "PBES2-HS384+A192KW" => { KeyManagement::Pbes2 { hash: Hash::Sha384, wrap: AesKey::Aes192 } }
    /// A password: PBKDF2 with HMAC-SHA-512, AES-256 key wrap.
    Pbes2Hs512A256Kw = "PBES2-HS512+A256KW" => { KeyManagement::Pbes2 { hash: Hash::Sha512, wrap: AesKey::Aes256 } }
}

impl JweAlg {
    pub(crate) const fn management(self) -> KeyManagement {
        self.row().0
    }

    /// Returns whether a public key encrypts, which anyone may have.
    pub(crate) const fn is_asymmetric(self) -> bool {
        match self.management() {
            KeyManagement::RsaOaep(_) | KeyManagement::EcdhEs(_) => true,
            KeyManagement::Direct
            | KeyManagement::AesKw(_)
            | KeyManagement::AesGcmKw(_)
            | KeyManagement::Pbes2 { .. } => false,
        }
    }
}

/// The construction behind a content encryption algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// AES-GCM (RFC 7518 §5.3).
    Gcm(AesKey),
    /// AES-CBC and HMAC, encrypt then MAC (RFC 7518 §5.2).
    CbcHmac(AesKey, Hash),
}

algorithms! {
    /// A JWE content encryption algorithm (`enc`).
    Enc { content: Content, key_len: usize, iv_len: usize, tag_len: usize }
    /// AES-128-GCM.
    A128Gcm = "A128GCM" => { Content::Gcm(AesKey::Aes128), 16, 12, 16 }
    /// AES-192-GCM.
    A192Gcm = "A192GCM" => { Content::Gcm(AesKey::Aes192), 24, 12, 16 }
    /// AES-256-GCM.
    A256Gcm = "A256GCM" => { Content::Gcm(AesKey::Aes256), 32, 12, 16 }
    /// AES-128-CBC with HMAC-SHA-256.
    A128CbcHs256 = "A128CBC-HS256" => { Content::CbcHmac(AesKey::Aes128, Hash::Sha256), 32, 16, 16 }
    /// AES-192-CBC with HMAC-SHA-384.
    A192CbcHs384 = "A192CBC-HS384" => { Content::CbcHmac(AesKey::Aes192, Hash::Sha384), 48, 16, 24 }
    /// AES-256-CBC with HMAC-SHA-512.
    A256CbcHs512 = "A256CBC-HS512" => { Content::CbcHmac(AesKey::Aes256, Hash::Sha512), 64, 16, 32 }
}

impl Enc {
    pub(crate) const fn content(self) -> Content {
        self.row().0
    }

    /// Bytes of the content encryption key.
    pub(crate) const fn key_len(self) -> usize {
        self.row().1
    }

    /// Bytes of the initialization vector.
    pub(crate) const fn iv_len(self) -> usize {
        self.row().2
    }

    /// Bytes of the authentication tag.
    pub(crate) const fn tag_len(self) -> usize {
        self.row().3
    }
}

/// A curve of `kty` `EC` (RFC 7518 §6.2.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EcCurve {
    P256,
    P384,
    P521,
}

impl EcCurve {
    pub(crate) const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.name() == name)
    }

    /// Bytes of a coordinate, and of a private key.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// A curve of `kty` `OKP` (RFC 8037 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OkpCurve {
    Ed25519,
    X25519,
}

impl OkpCurve {
    pub(crate) const ALL: [Self; 2] = [Self::Ed25519, Self::X25519];
    /// Bytes of a key, private or public.
    pub(crate) const LEN: usize = 32;

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::X25519 => "X25519",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.name() == name)
    }
}

/// A curve of any kind of key pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    Ec(EcCurve),
    Okp(OkpCurve),
}

impl Curve {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        EcCurve::from_name(name).map(Self::Ec).or_else(|| OkpCurve::from_name(name).map(Self::Okp))
    }
}

impl From<EcdhCurve> for Curve {
    fn from(curve: EcdhCurve) -> Self {
        match curve {
            EcdhCurve::Ec(curve) => Self::Ec(curve),
            EcdhCurve::X25519 => Self::Okp(OkpCurve::X25519),
        }
    }
}

/// A curve on which keys are agreed (RFC 7518 §4.6, RFC 8037 §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EcdhCurve {
    Ec(EcCurve),
    X25519,
}

impl EcdhCurve {
    pub(crate) const ALL: [Self; 4] =
        [Self::Ec(EcCurve::P256), Self::Ec(EcCurve::P384), Self::Ec(EcCurve::P521), Self::X25519];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ec(curve) => curve.name(),
            Self::X25519 => OkpCurve::X25519.name(),
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.name() == name)
    }

    /// The `kty` of its keys.
    pub(crate) const fn kty(self) -> &'static str {
        match self {
            Self::Ec(_) => "EC",
            Self::X25519 => "OKP",
        }
    }

    /// Bytes of a coordinate, and of a private key.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Ec(curve) => curve.len(),
            Self::X25519 => OkpCurve::LEN,
        }
    }
}
