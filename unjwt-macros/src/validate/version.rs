//! `version`, `migrate(..)` and `readable_by`: the shape of the payload over time.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Lit, Type};

use crate::errors::Errors;
use crate::model::Model;
use crate::parse::SessionAttr;

/// `version`, sound.
pub(crate) struct Version {
    pub(crate) own: u32,
    pub(crate) readable_by: u32,
}

/// Checks the settings beside the others; returns what they say, if there is a `version`.
pub(super) fn check(model: &Model<'_>, attr: &SessionAttr, errors: &mut Errors) -> Option<Version> {
    if let Some(key) = attr.version.key().or(attr.migrate.key()).or(attr.readable_by.key())
        && attr.issued_elsewhere.key().is_some()
    {
        errors.push(key, format!("`{key}` does not go with `issued_elsewhere`: the issuer decides what its tokens contain\nhelp: remove one of them"));
        return None;
    }
    let own = attr.version.get().and_then(|(version, literal)| number(*version, literal, "version", errors));
    check_structs(model, attr, own, errors);
    let readable_by = readable_by(attr, own, errors);
    own.map(|own| Version { own, readable_by: readable_by.unwrap_or(own) })
}

fn number(number: usize, literal: &Lit, key: &str, errors: &mut Errors) -> Option<u32> {
    let number = u32::try_from(number).ok();
    if number.is_none() {
        errors.push(
            literal,
            format!("`{key}` is too large\nhelp: versions count from 1, one more with each change"),
        );
    }
    number
}

fn check_structs(model: &Model<'_>, attr: &SessionAttr, own: Option<u32>, errors: &mut Errors) {
    let Some(key) = attr.migrate.key() else {
        // Whatever else is wrong, this is as well.
        if let (Some(own), Some((_, literal))) = (own.filter(|own| *own > 1), attr.version.get()) {
            let ident = model.input.ident.unraw();
            let (names, gaps) =
                (shown(own, |version| format!("{ident}V{version}")), shown(own, |_| "_".to_owned()));
            let (older, which) = match own {
                2 => ("version 1".to_owned(), ""),
                _ => (format!("the versions before {own}"), " in each"),
            };
            errors.push(literal, format!(
                "nothing says how to read {older}\nhelp: add `migrate({names})`, the struct as it was{which}; or `migrate({gaps})` if no such token is left"
            ));
        }
        return;
    };
    let Some(structs) = attr.migrate.get() else { return };
    if attr.version.key().is_none() {
        let own = structs.len() + 1;
        errors.push(key, format!("`migrate` without `version`: nothing says which version the struct is\nhelp: add `version = {own}`"));
    } else if let Some(own) = own {
        count(structs, own, attr, model, errors);
    }
    check_each(structs, model, errors);
}

fn check_each(structs: &[Type], model: &Model<'_>, errors: &mut Errors) {
    let ident = model.input.ident.unraw();
    let mut seen: Vec<String> = Vec::new();
    for old in structs.iter().filter(|old| !matches!(old, Type::Infer(_))) {
        let text = old.to_token_stream().to_string();
        if is_session(old, &model.input.ident) {
            errors.push(old, format!("`{text}` is the session itself, which has changed since\nhelp: keep the struct as it was under another name, like `{ident}V1`"));
        } else if contains(old, "'") {
            errors.push(old, "an older version cannot borrow: it outlives the request's bytes\nhelp: use owned types in it, like `String` for `&str`");
        } else if contains(old, "_") {
            errors.push(old, "a struct has no parts that are left open\nhelp: write its whole type; `_` alone stands for a version that is no longer read");
        } else if seen.contains(&text) {
            errors.push(old, format!("`{text}` is named for two versions\nhelp: give each version the struct that it had; write `_` for one that is no longer read"));
        }
        seen.push(text);
    }
}

/// Returns whether the type is the session's, as its own module names it.
fn is_session(ty: &Type, ident: &Ident) -> bool {
    match ty {
        Type::Path(path) if path.qself.is_none() => {
            let names: Vec<_> = path.path.segments.iter().map(|segment| &segment.ident).collect();
            match names.as_slice() {
                [name] => *name == ident || *name == "Self",
                [this, name] => *this == "self" && *name == ident,
                _ => false,
            }
        }
        Type::Group(group) => is_session(&group.elem, ident),
        Type::Paren(paren) => is_session(&paren.elem, ident),
        _ => false,
    }
}

/// Returns whether one of the type's tokens is this one.
pub(crate) fn contains(ty: &Type, token: &str) -> bool {
    fn any(tokens: TokenStream, wanted: &str) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => any(group.stream(), wanted),
            other => other.to_string() == wanted,
        })
    }
    any(ty.to_token_stream(), token)
}

fn count(structs: &[Type], own: u32, attr: &SessionAttr, model: &Model<'_>, errors: &mut Errors) {
    let (named, needed) = (structs.len(), own as usize - 1);
    let said = format!(
        "`migrate` names {named} {}, and there {} before {own}",
        if named == 1 { "struct" } else { "structs" },
        match needed {
            0 => "is no version".to_owned(),
            1 => "is 1 version".to_owned(),
            _ => format!("are {needed} versions"),
        }
    );
    if named < needed {
        let (ident, missing) = (model.input.ident.unraw(), named + 1);
        errors.push(attr.migrate.key(), format!(
            "{said}\nhelp: add the struct of version {missing}, like `{ident}V{missing}`, since they stand oldest first; or `_` for a version of which no token is left"
        ));
    } else if let Some(extra) = structs.get(needed) {
        let all = if needed == 0 { "migrate".to_owned() } else { extra.to_token_stream().to_string() };
        errors.push(
            extra,
            format!(
                "{said}\nhelp: write `version = {}` if the session's struct has changed, or remove `{all}`",
                named + 1
            ),
        );
    }
}

/// Returns what stands for the older versions in `migrate(..)`.
fn shown(own: u32, one: impl Fn(u32) -> String) -> String {
    const MOST: u32 = 4;
    let mut shown: Vec<_> = (1..own).take(MOST as usize).map(one).collect();
    if own - 1 > MOST {
        shown.push("..".to_owned());
    }
    shown.join(", ")
}

fn readable_by(attr: &SessionAttr, own: Option<u32>, errors: &mut Errors) -> Option<u32> {
    let (oldest, literal) = attr.readable_by.get()?;
    let key = attr.readable_by.key();
    let oldest = number(*oldest, literal, "readable_by", errors)?;
    if attr.version.key().is_none() {
        errors.push(key, "`readable_by` without `version`: nothing says which version the struct is\nhelp: add `version = 2`, and `migrate(..)` with the struct as it was before");
        return None;
    }
    if attr.read_only.key().is_some() {
        errors.push(key, "`readable_by` is about what the session writes, and with `read_only` it writes nothing\nhelp: remove it");
        return None;
    }
    let own = own?;
    if oldest > own {
        errors.push(literal, format!("the session is of version {own}: there is no version {oldest} yet\nhelp: write the oldest version whose program understands this one, at most {own}"));
        return None;
    }
    if oldest == own {
        errors.push(key, format!("`readable_by = {own}` has no effect: a program of version {own} reads what it writes\nhelp: remove it, or write an older version whose program understands this one"));
        return None;
    }
    Some(oldest)
}
