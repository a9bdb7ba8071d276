//! `issued_elsewhere`: the tokens of identity providers.

use syn::LitStr;
use unjwt_rules::{Place, Setting};

use super::Algorithms;
use crate::errors::Errors;
use crate::parse::SessionAttr;

/// The types that are accepted unless others are listed (RFC 7519 §5.1, RFC 9068 §2.1).
const TYPES: [&str; 2] = ["jwt", "at+jwt"];

/// The claims that the session checks anyway.
const REGISTERED: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// `issued_elsewhere`, sound.
pub(crate) struct Elsewhere {
    /// In lower case and without `application/`.
    pub(crate) types: Vec<String>,
    pub(crate) untyped: bool,
    pub(crate) audience_claim: Option<String>,
}

/// Checks the settings beside the others; returns what they say, if the key is there.
pub(super) fn check(
    attr: &SessionAttr,
    algorithms: Option<&Algorithms>,
    errors: &mut Errors,
) -> Option<Elsewhere> {
    let key = attr.issued_elsewhere.key()?;
    if matches!(algorithms, Some(Algorithms::Jwe { .. })) {
        errors.push(key, "`issued_elsewhere` needs `jws`: the tokens of identity providers are signed\nhelp: write `jws` in place of `jwe`");
    } else if attr.read_only.key().is_none() {
        errors.push(key, "`issued_elsewhere` needs `read_only`: this service only verifies the tokens of others\nhelp: add `read_only`");
    }
    let beside = [
        (attr.absolute.key(), "the issuer decides how long a login lasts"),
        (attr.revocable.key(), "the issuer ends its logins itself, and no store knows of them"),
        (attr.renew_after.key(), "the issuer renews its tokens itself"),
        (attr.rotation.key(), "the issuer renews its tokens itself"),
        (attr.login.key(), "the session is not made from a login of this service"),
        (attr.bind.get().and(attr.bind.key()), "its tokens are not renewed by this service"),
    ];
    for (other, reason) in beside {
        if let Some(other) = other {
            errors.push(
                other,
                format!("`{other}` does not go with `issued_elsewhere`: {reason}\nhelp: remove one of them"),
            );
        }
    }
    let settings = &attr.issued_elsewhere.settings;
    if let Some(typ) = attr.typ.key() {
        errors.push(typ, "`typ` is what this session writes, and it writes no token\nhelp: list the accepted types in `issued_elsewhere(typ = \"at+jwt\")`");
    }
    let types = match settings.typ.get() {
        Some(types) => types.iter().map(|typ| media_type(typ, errors)).collect(),
        None => TYPES.map(str::to_owned).to_vec(),
    };
    if let Some(listed) = settings.typ.get() {
        let values: Vec<_> = types.iter().map(String::as_str).collect();
        for (index, refusal) in unjwt_rules::claims::values(Setting::both("typ"), &values, Place::Attribute) {
            // Empty ones were reported.
            if values.get(index).is_some_and(|typ| !typ.is_empty()) {
                errors.refuse(listed.get(index), &refusal);
            }
        }
    }
    if let Some(untyped) = settings.untyped.key().filter(|_| settings.typ.key().is_none()) {
        errors.push(untyped, "`untyped` has no effect without `typ`: tokens without a type are accepted then\nhelp: remove it, or list the accepted types before it: `typ = \"at+jwt\"`");
    }
    Some(Elsewhere {
        types,
        untyped: settings.typ.key().is_none() || settings.untyped.get().is_some(),
        audience_claim: settings.audience_claim.get().map(|claim| audience_claim(claim, errors)),
    })
}

/// The type as it is compared (RFC 7515 §4.1.9).
fn media_type(literal: &LitStr, errors: &mut Errors) -> String {
    let written = literal.value();
    let typ = written.to_ascii_lowercase();
    if typ.is_empty() {
        errors
            .push(literal, "`typ` is empty\nhelp: write `untyped` beside the types if a token may have none");
    } else {
        super::check_media_type(literal, &typ, errors);
    }
    match typ.strip_prefix("application/") {
        Some(rest) if !rest.contains('/') => rest.to_owned(),
        _ => typ,
    }
}

fn audience_claim(literal: &LitStr, errors: &mut Errors) -> String {
    let claim = literal.value();
    if claim.is_empty() {
        errors.push(literal, "`audience_claim` is empty\nhelp: leave it out for `aud`, or write the claim that names this service, like `\"client_id\"`");
    } else if claim == "aud" {
        errors.push(
            literal,
            "the audience is in `aud` unless the attribute says otherwise\nhelp: remove `audience_claim`",
        );
    } else if REGISTERED.contains(&claim.as_str()) {
        errors.push(literal, format!("the claim `{claim}` does not name an audience: RFC 7519 gives it another meaning\nhelp: leave `audience_claim` out for `aud`, or write the claim that names this service, like `\"client_id\"`"));
    }
    claim
}
