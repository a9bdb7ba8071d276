//! The struct's fields as claims: reserved names, names taken twice, and what must not be readable.

use syn::{Ident, LitStr};
use unjwt_rules::{Place, Refusal, Setting};

use crate::errors::Errors;
use crate::model::{Field, Model};
use crate::parse::SessionAttr;
use crate::serde_attrs::{DefaultValue, WireName, WireNames};
use crate::suggest;

const RESERVED: [&str; 4] = ["jti", "iat", "exp", "nbf"];

/// Returns whether registered claims must be kept from the struct, which would take them for its own.
pub(crate) fn needs_filter(model: &Model<'_>) -> bool {
    model.serde.deny_unknown_fields.is_present()
        || model.fields.iter().any(|field| field.serde.flatten.is_present())
}

/// Returns whether a function of the user's makes a member that the payload lacks.
pub(crate) fn makes_members(model: &Model<'_>) -> bool {
    let of_fields = model.fields.iter().map(|field| &field.serde.default);
    of_fields.chain([&model.serde.default]).any(|default| matches!(default, Some(DefaultValue::Path(_))))
}

/// Checks the claims' names and what becomes of them; returns the names.
pub(crate) fn check(model: &Model<'_>, attr: &SessionAttr, signed: bool, errors: &mut Errors) -> Vec<String> {
    check_container(model, errors);
    let mut taken: Vec<(String, Option<&Ident>)> = Vec::new();
    if let Some(tag) = &model.serde.tag {
        let name = WireName { name: tag.value(), literal: Some(tag.clone()) };
        check_reserved(&name, tag, attr, errors);
        taken.push((name.name, None));
    }
    let mut rules_differ = false;
    for field in &model.fields {
        if signed {
            check_confidential(field, errors);
        }
        if !field.is_claim() || field.serde.flatten.is_present() {
            continue;
        }
        let names = field.serde.wire_names(field.ident, &model.serde);
        if !check_round_trip(model, field, &names, errors) && !rules_differ {
            rules_differ = true;
            report_rules(model, errors);
        }
        let mut own: Vec<(String, Option<&Ident>)> = Vec::new();
        for name in std::iter::once(names.write).chain(names.read) {
            if own.iter().any(|(own, _)| *own == name.name) {
                continue;
            }
            if check_reserved(&name, field.ident, attr, errors) {
                check_taken(&name, field.ident, &taken, errors);
            }
            own.push((name.name, Some(field.ident)));
        }
        taken.extend(own);
    }
    check_required(model, attr, errors);
    taken.into_iter().map(|(name, _)| name).collect()
}

fn check_container(model: &Model<'_>, errors: &mut Errors) {
    let serde = &model.serde;
    if serde.transparent.is_present() {
        errors.push(
            PathSpan(serde.transparent.span()),
            "a `transparent` struct has no names for its claims\nhelp: remove `transparent`, or put the type in a field of the session",
        );
    }
    if let Some(remote) = &serde.remote {
        errors.push(
            remote,
            format!("with `remote`, serde's traits are implemented for `{}` and not for this struct\nhelp: remove `remote`, or use the struct in a field of the session: `#[serde(with = \"{}\")]`", remote.value(), model.input.ident),
        );
    }
    let others = [("from", &serde.from), ("try_from", &serde.try_from), ("into", &serde.into)];
    // They come in pairs, and are one mistake.
    if let Some((key, other)) = others.into_iter().find_map(|(key, other)| Some((key, other.as_ref()?))) {
        let wire = other.value();
        errors.push(
            other,
            format!(
                "with `{key}`, the claims are those of `{wire}`, which the derive cannot see\nhelp: make `{wire}` the session, \
                 or give this struct the fields of the token"
            ),
        );
    }
}

/// Checks that the session writes every claim that it requires.
fn check_required(model: &Model<'_>, attr: &SessionAttr, errors: &mut Errors) {
    // A flattened field may write anything, and a `read_only` session writes nothing.
    if attr.read_only.key().is_some() || model.fields.iter().any(|field| field.serde.flatten.is_present()) {
        return;
    }
    let mut written: Vec<String> = model
        .fields
        .iter()
        .filter(|field| field.is_claim() && !field.serde.skip_serializing.is_present())
        .map(|field| field.serde.wire_names(field.ident, &model.serde).write.name)
        .chain(model.serde.tag.as_ref().map(LitStr::value))
        // The deployment may set `iss` and `aud`.
        .chain(["jti", "iat", "iss", "aud"].map(str::to_owned))
        .collect();
    written.extend(attr.max_age.key().map(|_| "exp".to_owned()));
    written.extend(attr.subject.key().map(|_| "sub".to_owned()));
    written.extend(attr.revocable.key().or(attr.login.key()).map(|_| "sid".to_owned()));
    let signed_in = attr.revocable.key().or(attr.absolute.key()).or(attr.login.key());
    written.extend(signed_in.map(|_| "auth_time".to_owned()));
    written.extend(attr.rotation.key().map(|_| "gen".to_owned()));
    for literal in attr.required_claims.get().into_iter().flatten() {
        let name = literal.value();
        if name.is_empty() || written.contains(&name) {
            continue;
        }
        let known: Vec<&str> = written.iter().map(String::as_str).collect();
        let help = match (suggest::nearest(&name, &known), name.as_str()) {
            (_, "exp") => "add `max_age`, which writes it".into(),
            (Some(meant), _) => format!("did you mean `{meant}`?"),
            (None, _) => format!("add a field `{name}`, or remove it from `required_claims`"),
        };
        errors.push(
            literal,
            format!(
                "the session never writes the claim `{name}`: it could not read its own token\nhelp: {help}"
            ),
        );
    }
}

/// A span where tokens are asked for.
struct PathSpan(proc_macro2::Span);

impl quote::ToTokens for PathSpan {
    fn to_tokens(&self, tokens: &mut proc_macro2::TokenStream) {
        tokens.extend([proc_macro2::TokenTree::Ident(Ident::new("_span", self.0))]);
    }
}

/// Returns whether the name is free; otherwise it is reported at the string, or at `owner`.
fn check_reserved(
    name: &WireName,
    owner: &impl quote::ToTokens,
    attr: &SessionAttr,
    errors: &mut Errors,
) -> bool {
    let text = name.name.as_str();
    let message = if RESERVED.contains(&text) && attr.issued_elsewhere.key().is_some() {
        format!(
            "the claim `{text}` is checked by the session itself\nhelp: remove the field; `Current` has the id and the times"
        )
    } else if RESERVED.contains(&text) {
        format!(
            "the claim `{text}` is written by the session itself\nhelp: choose another name; `current()` returns the id and the times"
        )
    } else if text == "rm" && attr.max_age.key().is_some() && attr.issued_elsewhere.key().is_none() {
        "the claim `rm` is written by the session itself: it keeps a lifetime that was chosen at login\nhelp: choose another name; a session without `max_age` does not reserve it".to_owned()
    } else if matches!(text, "v" | "vr")
        && attr.version.key().is_some()
        && attr.issued_elsewhere.key().is_none()
    {
        let meaning = match text {
            "v" => "it is the version of the payload",
            _ => "it is the oldest version whose programs understand the payload",
        };
        format!(
            "the claim `{text}` is written by the session itself: {meaning}\nhelp: choose another name; a session without `version` does not reserve it"
        )
    } else if let Some((meaning, free)) = of_login(text, attr) {
        format!(
            "the claim `{text}` is written by the session itself: {meaning}\nhelp: choose another name; {free} does not reserve it"
        )
    } else {
        let (key, setting) = match text {
            "iss" => (attr.issuer.key(), Setting::ISSUER),
            "aud" => (attr.audience.key(), Setting::AUDIENCE),
            "sub" => (attr.subject.key(), Setting::SUBJECT),
            _ if in_place_of_aud(text, attr) => {
                let message = format!(
                    "the claim `{text}` is checked by the session itself: `audience_claim` names it\nhelp: remove the field"
                );
                report(name.literal.as_ref(), owner, message, errors);
                return false;
            }
            _ => return true,
        };
        if attr.issued_elsewhere.key().is_some() && text != "sub" && key.is_none() {
            let returned = if text == "iss" { "; `Current::issuer` returns it" } else { "" };
            let message = format!(
                "the claim `{text}` is checked by the session itself, since its tokens are issued elsewhere\nhelp: remove the field{returned}"
            );
            report(name.literal.as_ref(), owner, message, errors);
            return false;
        }
        if key.is_none() {
            return true;
        }
        let Refusal { why, fix } = unjwt_rules::claims::declared(text, setting, Place::Attribute);
        format!("{why}\nhelp: {fix}")
    };
    report(name.literal.as_ref(), owner, message, errors);
    false
}

/// Returns whether the claim names the audience in place of `aud`.
fn in_place_of_aud(name: &str, attr: &SessionAttr) -> bool {
    let claim = attr.issued_elsewhere.settings.audience_claim.get();
    claim.is_some_and(|claim| claim.value() == name)
}

/// The meaning of a claim that a login has, and the session in which its name is free.
fn of_login(name: &str, attr: &SessionAttr) -> Option<(&'static str, &'static str)> {
    let has_login = attr.login.key().is_some();
    let free = if has_login { "a session without `login`" } else { "a session without `revocable`" };
    let (revocable, absolute) = (attr.revocable.key().is_some() || has_login, attr.absolute.key().is_some());
    match name {
        "sid" if revocable => Some(("it is the login's id, by which the login is ended", free)),
        "ep" if revocable => Some(("it tells whether all logins of a user have ended since", free)),
        "auth_time" if revocable || absolute => Some((
            "it is the time of the sign-in, which no renewal moves",
            if has_login { free } else { "a session without `absolute` and `revocable`" },
        )),
        "gen" if attr.rotation.key().is_some() => {
            Some(("it counts the renewals, by which copies are detected", "a session without `rotation`"))
        }
        "cnf" if attr.bind.get().is_some() => {
            Some(("it names the key of the device that the login is bound to", "a session without `bind`"))
        }
        _ => None,
    }
}

fn check_taken(name: &WireName, field: &Ident, taken: &[(String, Option<&Ident>)], errors: &mut Errors) {
    let Some((text, owner)) = taken.iter().find(|(taken, _)| *taken == name.name) else { return };
    let owner = owner.map_or_else(|| "serde's `tag`".into(), |owner| format!("the field `{owner}`"));
    report(
        name.literal.as_ref(),
        field,
        format!("the claim `{text}` is already taken by {owner}\nhelp: give one of them another name"),
        errors,
    );
}

fn report(literal: Option<&LitStr>, owner: &impl quote::ToTokens, message: String, errors: &mut Errors) {
    match literal {
        Some(literal) => errors.push(literal, message),
        None => errors.push(owner, message),
    }
}

fn check_confidential(field: &Field<'_>, errors: &mut Errors) {
    if let Some(confidential) =
        field.confidential.as_ref().filter(|_| !field.serde.skip_serializing.is_present() && field.is_claim())
    {
        errors.push(
            confidential,
            format!("`{}` would be readable by the client: a `jws` session is signed, not encrypted\nhelp: write `jwe` instead of `jws`, or keep the field on the server", field.ident),
        );
    }
}

/// Checks that the session can read what it writes; `false` where it is the struct's `rename_all` that
/// prevents that.
fn check_round_trip(model: &Model<'_>, field: &Field<'_>, names: &WireNames, errors: &mut Errors) -> bool {
    let serde = &field.serde;
    if field.may_be_absent(&model.serde) {
        return true;
    }
    let reason = if serde.skip_serializing.is_present() {
        "is never written but always required"
    } else if field.is_option() && serde.skip_serializing_if.is_some() {
        "is not always written but always required, even as an `Option`, since a function reads it"
    } else if serde.skip_serializing_if.is_some() {
        "is not always written but always required"
    } else if !names.read.iter().any(|name| name.name == names.write.name) {
        let (write, literal) = (&names.write.name, names.write.literal.as_ref());
        if literal.is_none() && names.read.iter().all(|name| name.literal.is_none()) {
            return false;
        }
        let message = format!(
            "the claim is written as `{write}` but never read under that name: the session could not read its own token\nhelp: add `alias = \"{write}\"`"
        );
        report(literal, field.ident, message, errors);
        return true;
    } else {
        return true;
    };
    errors.push(
        field.ident,
        format!(
            "`{}` {reason}: the session could not read its own token\nhelp: add `#[serde(default)]` to it",
            field.ident
        ),
    );
    true
}

/// One mistake, of however many fields.
fn report_rules(model: &Model<'_>, errors: &mut Errors) {
    let rules = &model.serde.rename_all;
    let rule = rules.write.as_ref().or(rules.read.first());
    let shown = rule.map(LitStr::value).unwrap_or_default();
    errors.push(
        rule,
        format!(
            "the claims are written under names that are never read: the session could not read its own token\nhelp: write `rename_all = \"{shown}\"` for both, or give the fields an `alias`"
        ),
    );
}
