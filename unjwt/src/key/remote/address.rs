//! The addresses from which keys may be fetched.

use http::Uri;

use crate::config_error::ConfigError;

/// Returns the address if keys may be fetched from it: over https, or over http from this machine if that is allowed.
pub(super) fn check(address: &str, http_on_loopback: bool) -> Result<String, ConfigError> {
    let refused = |reason: &str| remote_error(format!("the address `{}`: {reason}", shown(address)));
    let uri: Uri = address.parse().map_err(|_| refused("it is not a URL"))?;
    let Some(host) = uri.host().filter(|host| !host.is_empty()) else {
        return Err(refused("it has no host: write a whole URL, like `https://login.example`"));
    };
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(refused("it contains a user name or a password, which do not belong into a URL"));
    }
    let exact = uri.authority().is_some_and(|authority| {
        let rest = authority.as_str().strip_prefix(host);
        rest.is_some_and(|rest| {
            rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
        })
    });
    if !exact {
        return Err(refused("its host is not one name or address with at most a port"));
    }
    if address.contains('#') {
        return Err(refused("it has a fragment (`#..`), which no server receives: remove it"));
    }
    match uri.scheme_str() {
        Some("https") => Ok(address.to_owned()),
        Some("http") if http_on_loopback && is_loopback(host) => Ok(address.to_owned()),
        Some("http") if is_loopback(host) => Err(refused(
            "keys are fetched over https only: for a provider on this machine, call `.allow_http_on_loopback()`",
        )),
        _ => Err(refused(
            "keys are fetched over https only, since whoever changes them on the way signs in as anyone",
        )),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let ip = bare.parse::<std::net::IpAddr>();
    ip.is_ok_and(|ip| ip.is_loopback()) || host.eq_ignore_ascii_case("localhost")
}

/// The address without what stands before an `@`.
fn shown(address: &str) -> String {
    let after = address.rsplit_once('@').map_or(address, |(_, after)| after);
    after.chars().take(200).collect()
}

pub(super) fn remote_error(reason: String) -> ConfigError {
    ConfigError::KeySource { origin: "RemoteKeys", reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_required_but_on_loopback() {
        for address in
            ["https://login.example/jwks", "https://login.example:8443/x?y=z", "https://127.0.0.1/"]
        {
            assert!(check(address, false).is_ok(), "{address}");
        }
        for address in ["http://127.0.0.1:8080/jwks", "http://[::1]/jwks", "http://localhost/jwks"] {
            assert!(
                check(address, false).unwrap_err().to_string().contains("allow_http_on_loopback"),
                "{address}"
            );
            assert!(check(address, true).is_ok(), "{address}");
        }
        for address in [
            "http://login.example/jwks",
            "http://127.0.0.1.login.example/",
            "http://localhost.login.example/",
            "http://169.254.169.254/",
            "http://[::1]evil.example/",
            "http://[::1].evil.example/",
            "https://login.example:1:2/",
            "http://localhost@login.example/",
            "https://user:s3cr3t@login.example/",
            "https://login.example/#x",
            "ftp://login.example/",
            "file:///etc/keys",
            "login.example",
            "/jwks",
            "https://",
            "",
        ] {
            let error = check(address, true).unwrap_err().to_string();
            assert!(!error.contains("s3cr3t"), "{error}");
        }
    }
}
