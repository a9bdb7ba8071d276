//! The grammar of `#[session(..)]`: which keys, how often, with which kind of value. What they mean is
//! `validate`'s.

mod bind;
pub(crate) mod cookie;
pub(crate) mod elsewhere;
pub(crate) mod entry;
pub(crate) mod examples;
mod fields;
pub(crate) mod hooks;
pub(crate) mod keys;
mod level;
pub(crate) mod list;
pub(crate) mod max_logins;
pub(crate) mod outage;
pub(crate) mod protection;
mod recover;
pub(crate) mod renewal;
pub(crate) mod revocable;
pub(crate) mod rotation;
pub(crate) mod table;
pub(crate) mod value;
mod version;

use proc_macro2::Ident;
use syn::{Attribute, Meta};

pub(crate) use table::SessionAttr;

use crate::errors::Errors;
use entry::{Entry, entries};
use table::FieldAttr;

/// Reads every `#[session(..)]` of the struct.
pub(crate) fn session_attr(attrs: &[Attribute], errors: &mut Errors) -> SessionAttr {
    let before = errors.count();
    let entries = session_entries(attrs, "session", "jwe", errors);
    let mut parsed = SessionAttr::read(entries, errors);
    if errors.count() > before {
        parsed.protections.recover(attrs);
        parsed.max_age.recover(|| recover::word("max_age", attrs));
        parsed.migrate.recover(|| recover::word("migrate", attrs));
    }
    parsed
}

/// The word of a field's `#[session(confidential)]`, if it has one.
pub(crate) fn confidential(attrs: &[Attribute], errors: &mut Errors) -> Option<Ident> {
    let entries = session_entries(attrs, "confidential", "confidential", errors);
    let FieldAttr { confidential } = FieldAttr::read(entries, errors);
    confidential.get().and_then(|()| confidential.key().cloned())
}

/// The entries of every `#[session(..)]`.
fn session_entries(attrs: &[Attribute], list: &str, example: &str, errors: &mut Errors) -> Vec<Entry> {
    let sessions = attrs.iter().filter(|attr| attr.path().is_ident("session"));
    sessions.flat_map(|attr| attribute_entries(attr, list, example, errors)).collect()
}

/// The entries of one attribute; `list` tells what it is, and `example` is what might stand in it.
pub(crate) fn attribute_entries(
    attr: &Attribute,
    list: &str,
    example: &str,
    errors: &mut Errors,
) -> Vec<Entry> {
    match &attr.meta {
        // On the struct it is what the attribute fails to say that is reported.
        Meta::List(written) if written.tokens.is_empty() && list != "session" => {
            let path = quote::ToTokens::to_token_stream(&written.path).to_string();
            errors.push(
                &attr.meta,
                format!("`#[{path}()]` is empty\nhelp: write `#[{path}({example})]`, or remove it"),
            );
            Vec::new()
        }
        Meta::List(written) => entries(written.tokens.clone(), list, errors),
        meta => {
            let path = quote::ToTokens::to_token_stream(meta.path()).to_string();
            errors.push(
                meta,
                format!("`#[{path}]` takes its settings in parentheses\nhelp: write `#[{path}({example})]`"),
            );
            Vec::new()
        }
    }
}
