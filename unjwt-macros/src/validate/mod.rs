//! Checks of the settings, alone and together. Only what passes them is expanded.

pub(crate) mod algorithm;
mod bind;
mod claims;
mod cookie;
mod effects;
mod elsewhere;
mod lifetime;
pub(crate) mod login;
mod renewal;
mod source;
mod version;

use proc_macro2::Ident;
use syn::LitStr;
use unjwt_rules::text::{is_token, shown};
use unjwt_rules::{Place, Setting};

pub(crate) use cookie::Cookie;
pub(crate) use elsewhere::Elsewhere;
pub(crate) use login::Revocable;
pub(crate) use renewal::{Login, Rotation};
pub(crate) use source::Source;
pub(crate) use version::{Version, contains};

use crate::errors::Errors;
use crate::model::Model;
use crate::names;
use crate::parse::SessionAttr;
use crate::parse::protection::Pinned;
use crate::parse::table::{JweSettings, JwsSettings};
use crate::parse::value::Slot;
use crate::suggest;

/// A struct and settings without a known mistake.
pub(crate) struct Validated {
    pub(crate) type_name: String,
    pub(crate) name: String,
    pub(crate) typ: String,
    pub(crate) algorithms: Algorithms,
    pub(crate) read_only: bool,
    pub(crate) elsewhere: Option<Elsewhere>,
    pub(crate) max_age: Option<u64>,
    pub(crate) absolute: Option<u64>,
    pub(crate) revocable: Option<Revocable>,
    pub(crate) rotation: Option<Rotation>,
    pub(crate) login: Option<Login>,
    pub(crate) renew_after: Option<u64>,
    pub(crate) extend: Ident,
    pub(crate) version: Option<Version>,
    pub(crate) cookie: Option<Cookie>,
    pub(crate) header: Option<String>,
    pub(crate) sources: Vec<Source>,
    pub(crate) issuer: Option<String>,
    pub(crate) audience: Vec<String>,
    pub(crate) subject: Option<String>,
    pub(crate) clock_tolerance: u64,
    pub(crate) required_claims: Vec<String>,
    pub(crate) filtered: bool,
    pub(crate) fresh_members: bool,
    pub(crate) members: Vec<String>,
    pub(crate) csrf: bool,
    pub(crate) bound: bool,
}

/// The family and what is pinned of it, as variants of the runtime crate's enums.
pub(crate) enum Algorithms {
    Jwe { alg: Option<Ident>, enc: Option<Ident> },
    Jws { alg: Option<Ident> },
}

impl Validated {
    /// Checks everything; with any mistake, now or before, there is only the error.
    pub(crate) fn new(model: &Model<'_>, attr: &SessionAttr, mut errors: Errors) -> Result<Self, syn::Error> {
        let algorithms = algorithms(model, attr, &mut errors);
        let signed = matches!(algorithms, Some(Algorithms::Jws { .. }));
        let name = name(model, attr, &mut errors);
        let cookie = match attr.cookie.switch.get() {
            Some(enabled) if !enabled.value => None,
            _ => Some(Cookie::validate(attr, &name, !signed, &mut errors)),
        };
        let header = source::header(attr, &name, &mut errors);
        let sources = source::order(attr, cookie.is_some(), header.is_some(), &mut errors);
        lifetime::check(attr, cookie.is_some(), &mut errors);
        let elsewhere = elsewhere::check(attr, algorithms.as_ref(), &mut errors);
        let revocable = login::check(model, attr, &mut errors);
        let login = renewal::login(model, attr, &mut errors);
        let rotation = renewal::rotation(attr, cookie.is_some(), &mut errors);
        let bound = bind::check(attr, &name, cookie.as_ref(), &mut errors);
        let renew_after = renewal::renew_after(attr, cookie.is_some(), &mut errors);
        renewal::effects(attr, &mut errors);
        let version = version::check(model, attr, &mut errors);
        effects::check(attr, sources.is_empty() && cookie.is_none() && header.is_none(), &mut errors);
        let members = claims::check(model, attr, signed, &mut errors);
        let validated = Self {
            type_name: syn::ext::IdentExt::unraw(&model.input.ident).to_string(),
            typ: typ(attr, &name, &mut errors),
            algorithms: algorithms.unwrap_or(Algorithms::Jws { alg: None }),
            read_only: attr.read_only.get().is_some(),
            elsewhere,
            max_age: attr.max_age.get().map(|(seconds, _)| *seconds),
            absolute: attr.absolute.get().map(|(seconds, _)| *seconds),
            revocable,
            rotation,
            login,
            renew_after,
            extend: extend(attr, &mut errors),
            version,
            cookie,
            header,
            sources,
            issuer: attr.issuer.get().map(|issuer| not_empty(Setting::ISSUER, issuer, &mut errors)),
            audience: distinct(Setting::AUDIENCE, attr.audience.get(), &mut errors),
            subject: attr.subject.get().map(|subject| not_empty(Setting::SUBJECT, subject, &mut errors)),
            clock_tolerance: attr.clock_tolerance.get().map_or(0, |(seconds, _)| *seconds),
            required_claims: distinct(Setting::REQUIRED_CLAIMS, attr.required_claims.get(), &mut errors),
            filtered: claims::needs_filter(model),
            fresh_members: claims::makes_members(model),
            members,
            csrf: attr.csrf.get().is_none(),
            bound,
            name,
        };
        errors.finish().map_or(Ok(validated), Err)
    }
}

fn algorithms(model: &Model<'_>, attr: &SessionAttr, errors: &mut Errors) -> Option<Algorithms> {
    let (first, rest) = match attr.protections.as_slice() {
        [] => {
            let help = "\nhelp: write `jwe` for a token that only this server can read, or `jws` for one that the client can read too";
            if model.input.attrs.iter().any(|attr| attr.path().is_ident("session")) {
                errors.push(
                    &model.input.ident,
                    format!(
                        "the session is declared as neither `jwe` nor `jws`{help}, as in `#[session(jwe)]`"
                    ),
                );
            } else {
                errors.push(&model.input.ident, "the struct has no `#[session(..)]` attribute\nhelp: write `#[session(jwe)]` for a token that only this server can read, or `#[session(jws)]` for one that the client can read too");
            }
            return None;
        }
        [first, rest @ ..] => (first, rest),
    };
    for other in rest {
        if other.is_encrypted() == first.is_encrypted() {
            errors.push(&other.key, format!("`{}` is given twice\nhelp: remove one of them", other.key));
        } else {
            errors.push(&other.key, "a session is either `jwe` or `jws`\nhelp: keep `jwe` for a token that only this server can read, or `jws` for one that the client can read too");
        }
    }
    let mut variant =
        |name: &Slot<LitStr>, table| name.get().and_then(|name| algorithm::variant(name, table, errors));
    Some(match &first.pinned {
        Pinned::Jwe(JweSettings { alg, enc }) => {
            Algorithms::Jwe { alg: variant(alg, algorithm::JWE), enc: variant(enc, algorithm::ENC) }
        }
        Pinned::Jws(JwsSettings { alg }) => Algorithms::Jws { alg: variant(alg, algorithm::JWS) },
    })
}

fn name(model: &Model<'_>, attr: &SessionAttr, errors: &mut Errors) -> String {
    let ident = &model.input.ident;
    match attr.name.get() {
        Some(name) => {
            errors.check(name, unjwt_rules::cookie::name(&name.value(), unjwt_rules::Place::Attribute));
            name.value()
        }
        None => {
            let name = names::snake_case(ident);
            if !is_token(&name) && !attr.name.is_broken() {
                errors.push(ident, format!("the struct's name gives the cookie name `{name}`, which is not ASCII\nhelp: write one: `name = \"sid\"`"));
            }
            name
        }
    }
}

fn typ(attr: &SessionAttr, name: &str, errors: &mut Errors) -> String {
    let Some(literal) = attr.typ.get() else { return names::typ(name) };
    let typ = literal.value();
    if typ.is_empty() {
        errors.push(
            literal,
            "`typ` is empty\nhelp: leave it out for one that no other session has, or write `typ = \"JWT\"`",
        );
    } else {
        check_media_type(literal, &typ, errors);
    }
    typ
}

/// Checks the characters of a `typ`.
fn check_media_type(literal: &LitStr, typ: &str, errors: &mut Errors) {
    if let Some(bad) = typ.chars().find(|c| !c.is_ascii_graphic() || "\"\\".contains(*c)) {
        errors.push(
            literal,
            format!(
                "`typ` is a media type and cannot contain {}\nhelp: write one like `typ = \"at+jwt\"`",
                shown(bad)
            ),
        );
    }
}

fn extend(attr: &SessionAttr, errors: &mut Errors) -> Ident {
    let variant = match attr.extend.get().map(LitStr::value).as_deref() {
        None | Some("update") => "Update",
        Some("rotate") => "Rotate",
        Some(other) => {
            let help = match suggest::nearest(other, &["update", "rotate"]) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "write `update` (every write moves the expiry) or `rotate` (only `replace` and `rotate` do)".into(),
            };
            errors.push(attr.extend.get(), format!("unknown `extend` value `{other}`\nhelp: {help}"));
            "Update"
        }
    };
    quote::format_ident!("{variant}")
}

fn not_empty(setting: Setting<'_>, literal: &LitStr, errors: &mut Errors) -> String {
    let value = literal.value();
    errors.check(literal, unjwt_rules::claims::value(setting, &value, Place::Attribute));
    value
}

/// The values of a list, none of them empty or repeated.
fn distinct(setting: Setting<'_>, literals: Option<&Vec<LitStr>>, errors: &mut Errors) -> Vec<String> {
    let literals = literals.map(Vec::as_slice).unwrap_or_default();
    let values: Vec<_> = literals.iter().map(LitStr::value).collect();
    for (index, refusal) in unjwt_rules::claims::values(setting, &values, Place::Attribute) {
        errors.refuse(literals.get(index), &refusal);
    }
    values
}
