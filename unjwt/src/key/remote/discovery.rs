//! The metadata of a provider (OpenID Connect Discovery 1.0 §4).

use serde::Deserialize;

use super::address;

/// The address of an issuer's metadata.
pub(super) fn address_of(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer))
}

/// Returns the address of the keys from an issuer's metadata. The error is for the log.
pub(super) fn jwks_uri(issuer: &str, metadata: &[u8], http_on_loopback: bool) -> Result<String, String> {
    #[derive(Deserialize)]
    struct Metadata {
        issuer: String,
        jwks_uri: String,
    }

    let metadata: Metadata = serde_json::from_slice(metadata).map_err(|error| {
        format!("its metadata is not a JSON object with the strings `issuer` and `jwks_uri` ({error})")
    })?;
    // OpenID Connect Discovery §4.3: identical, or another provider speaks for this one.
    if metadata.issuer != issuer {
        let stated: String = metadata.issuer.chars().take(200).collect();
        return Err(format!(
            "its metadata names the issuer {stated:?} instead: write that one, to the letter, if it is the one you mean"
        ));
    }
    address::check(&metadata.jwks_uri, http_on_loopback).map_err(|error| format!("`jwks_uri`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_that_of_the_issuer() {
        let metadata =
            |issuer: &str, jwks: &str| format!(r#"{{"issuer":"{issuer}","jwks_uri":"{jwks}","x":1}}"#);
        let found = |issuer: &str, json: &str| jwks_uri(issuer, json.as_bytes(), false);
        let issuer = "https://login.example/tenant";
        assert_eq!(
            found(issuer, &metadata(issuer, "https://keys.example/jwks")).as_deref(),
            Ok("https://keys.example/jwks")
        );
        assert_eq!(address_of(issuer), "https://login.example/tenant/.well-known/openid-configuration");
        assert_eq!(address_of("https://a.example/"), "https://a.example/.well-known/openid-configuration");
        for json in [
            metadata("https://login.example/tenant/", "https://keys.example/jwks"),
            metadata("https://evil.example", "https://keys.example/jwks"),
            metadata(issuer, "http://keys.example/jwks"),
            metadata(issuer, "http://127.0.0.1/jwks"),
            format!(r#"{{"issuer":"{issuer}"}}"#),
            "[]".to_owned(),
            String::new(),
        ] {
            assert!(found(issuer, &json).is_err(), "{json}");
        }
    }
}
