//! The grammar of `#[session(..)]`: which keys, how often, with which kind of value. What they mean is `validate`'s.

pub(crate) mod entry;
pub(crate) mod examples;
pub(crate) mod keys;
pub(crate) mod list;
pub(crate) mod value;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{Attribute, ExprPath, Lit, LitBool, LitStr, Meta, Path, Type};

use crate::errors::Errors;
use entry::{Entry, Form, entries};
use keys::{Known, Level};
use value::Slot;

/// `#[session(..)]` of a struct as it is written.
#[derive(Default)]
pub(crate) struct SessionAttr {
    /// Whether there is a `#[session(..)]` at all.
    pub(crate) present: bool,
    pub(crate) protection: Vec<Protection>,
    pub(crate) read_only: Slot<()>,
    pub(crate) name: Slot<LitStr>,
    pub(crate) max_age: Slot<(u64, Lit)>,
    pub(crate) extend: Slot<LitStr>,
    /// `cookie = true` or `cookie = false`; also filled, with `true`, for `cookie(..)`.
    pub(crate) cookie: Slot<LitBool>,
    pub(crate) cookie_settings: CookieSettings,
    pub(crate) header: Slot<Lit>,
    pub(crate) sources: Slot<Vec<Ident>>,
    pub(crate) typ: Slot<LitStr>,
    pub(crate) issuer: Slot<LitStr>,
    pub(crate) audience: Slot<Vec<LitStr>>,
    pub(crate) subject: Slot<LitStr>,
    pub(crate) clock_tolerance: Slot<(u64, Lit)>,
    pub(crate) required_claims: Slot<Vec<LitStr>>,
    pub(crate) id: Slot<ExprPath>,
    /// `csrf = "off"`.
    pub(crate) csrf: Slot<()>,
    pub(crate) hooks: Slot<Vec<(Ident, ExprPath)>>,
    pub(crate) state: Slot<Type>,
    pub(crate) extract: Slot<LitBool>,
    pub(crate) krate: Slot<Path>,
}

/// `jwe`, `jws` or one of them with its algorithms.
pub(crate) struct Protection {
    pub(crate) key: Ident,
    pub(crate) encrypted: bool,
    pub(crate) alg: Slot<LitStr>,
    pub(crate) enc: Slot<LitStr>,
}

#[derive(Default)]
pub(crate) struct CookieSettings {
    pub(crate) path: Slot<LitStr>,
    pub(crate) domain: Slot<LitStr>,
    pub(crate) secure: Slot<LitBool>,
    pub(crate) http_only: Slot<LitBool>,
    pub(crate) same_site: Slot<LitStr>,
    pub(crate) partitioned: Slot<LitBool>,
    pub(crate) max_age: Slot<(u64, Lit)>,
    pub(crate) chunk_max_length: Slot<(usize, Lit)>,
    pub(crate) max_chunks: Slot<(usize, Lit)>,
}

/// Reads every `#[session(..)]` of the struct.
pub(crate) fn session_attr(attrs: &[Attribute], errors: &mut Errors) -> SessionAttr {
    let mut parsed = SessionAttr::default();
    let before = errors.count();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("session")) {
        parsed.present = true;
        for entry in attribute_entries(attr, "session", "jwe", errors) {
            with_known_key(entry, Level::Struct, errors, |key, entry, errors| {
                parsed.read(key, entry, errors)
            });
        }
    }
    if parsed.protection.is_empty() && errors.count() > before {
        // The word is there, and where it stands was reported: that it is missing would be a second error.
        parsed.protection.extend(attrs.iter().filter(|attr| attr.path().is_ident("session")).find_map(
            |attr| {
                let key = protection_word(quote::ToTokens::to_token_stream(&attr.meta))?;
                let encrypted = key == "jwe";
                Some(Protection { key, encrypted, alg: Slot::default(), enc: Slot::default() })
            },
        ));
    }
    parsed
}

/// The first `jwe` or `jws` among the tokens that is no value, in whatever brackets or quotes.
fn protection_word(tokens: TokenStream) -> Option<Ident> {
    let mut is_value = false;
    tokens.into_iter().find_map(|token| {
        let skipped = std::mem::replace(&mut is_value, false);
        match token {
            TokenTree::Group(group) => protection_word(group.stream()),
            TokenTree::Punct(punct) => {
                is_value = punct.as_char() == '=';
                None
            }
            _ if skipped => None,
            TokenTree::Ident(word) => (word == "jwe" || word == "jws").then_some(word),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let start = text.trim_start_matches('"').get(..3);
                let start = start.filter(|start| matches!(*start, "jwe" | "jws"))?;
                Some(Ident::new(start, literal.span()))
            }
        }
    })
}

/// Whether a field is `#[session(confidential)]`, and where that is written.
pub(crate) fn confidential(attrs: &[Attribute], errors: &mut Errors) -> Option<Ident> {
    let mut confidential = Slot::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("session")) {
        for entry in attribute_entries(attr, "confidential", "confidential", errors) {
            with_known_key(entry, Level::Field, errors, |_, entry, errors| {
                confidential.fill(entry, errors, value::flag)
            });
        }
    }
    confidential.get().and_then(|()| confidential.key().cloned())
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
                format!("`#[{path}()]` says nothing\nhelp: write `#[{path}({example})]`, or remove it"),
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

/// Hands the entry on under its key; one whose key is merely misspelt too, with its own mistakes kept quiet.
fn with_known_key(
    entry: Entry,
    level: Level,
    errors: &mut Errors,
    read: impl FnOnce(&str, &Entry, &mut Errors),
) {
    match keys::check(&entry, level, errors) {
        Known::Yes => read(&entry.key.to_string(), &entry, errors),
        Known::Meant(key) => read(key, &entry, &mut Errors::default()),
        Known::No => {}
    }
}

impl SessionAttr {
    fn read(&mut self, key: &str, entry: &Entry, errors: &mut Errors) {
        match key {
            "jwe" | "jws" => self.protection.push(protection(entry, key == "jwe", errors)),
            "read_only" => self.read_only.fill(entry, errors, value::flag),
            "name" => self.name.fill(entry, errors, value::string),
            "max_age" => self.max_age.fill(entry, errors, value::duration),
            "extend" => self.extend.fill(entry, errors, value::string),
            "cookie" => self.read_cookie(entry, errors),
            "header" => self.header.fill(entry, errors, value::string_or_boolean),
            "sources" => self.sources.fill(entry, errors, list::words),
            "typ" => self.typ.fill(entry, errors, value::string),
            "issuer" => self.issuer.fill(entry, errors, value::string),
            "audience" => self.audience.fill(entry, errors, list::strings),
            "subject" => self.subject.fill(entry, errors, value::string),
            "clock_tolerance" => self.clock_tolerance.fill(entry, errors, value::duration),
            "required_claims" => self.required_claims.fill(entry, errors, list::strings),
            "id" => self.id.fill(entry, errors, value::path),
            "csrf" => self.csrf.fill(entry, errors, value::csrf),
            "hooks" => self.read_hooks(entry, errors),
            "state" => self.state.fill(entry, errors, value::ty),
            "extract" => self.extract.fill(entry, errors, value::boolean),
            "crate" => self.krate.fill(entry, errors, value::crate_path),
            _ => {}
        }
    }

    fn read_cookie(&mut self, entry: &Entry, errors: &mut Errors) {
        if let Form::List(group) = &entry.form
            && let Ok(switch) = syn::parse2::<LitBool>(group.stream())
        {
            errors.push(
                &switch,
                format!("`cookie` is switched with `=`\nhelp: write `cookie = {}`", switch.value),
            );
            return self.cookie.fill(entry, errors, |_| Ok(switch));
        }
        let Form::List(_) = entry.form else {
            return self.cookie.fill(entry, errors, |entry| match &entry.form {
                Form::Flag => Err(syn::Error::new_spanned(
                    &entry.key,
                    "`cookie` alone says nothing: it is on by default\nhelp: write `cookie = false`, or settings: `cookie(path = \"/\")`",
                )),
                Form::Value(value)
                    if matches!(value.clone().into_iter().next(), Some(TokenTree::Group(_))) =>
                {
                    Err(syn::Error::new_spanned(
                        value,
                        "`cookie` takes its settings without `=`\nhelp: write `cookie(path = \"/\")`",
                    ))
                }
                _ => value::boolean(entry).map_err(|error| match value::string(entry) {
                    Ok(name) if !matches!(name.value().as_str(), "true" | "false") => syn::Error::new_spanned(
                        &name,
                        format!("`cookie` takes no name\nhelp: write `name = {}`", name.token()),
                    ),
                    _ => error,
                }),
            });
        };
        self.cookie.fill(entry, errors, |entry| Ok(LitBool::new(true, entry.key.span())));
        let settings = &mut self.cookie_settings;
        for entry in list::entries_of(entry, errors).into_iter().flatten() {
            with_known_key(entry, Level::Cookie, errors, |key, entry, errors| {
                settings.read(key, entry, errors)
            });
        }
    }

    fn read_hooks(&mut self, entry: &Entry, errors: &mut Errors) {
        let Form::List(_) = entry.form else {
            return errors.push(&entry.key, format!("`hooks` takes a list{}", examples::help("hooks")));
        };
        let mut hooks: Vec<(Ident, Slot<ExprPath>)> = Vec::new();
        for hook in list::entries_of(entry, errors).into_iter().flatten() {
            with_known_key(hook, Level::Hooks, errors, |key, entry, errors| {
                let name = Ident::new(key, entry.key.span());
                match hooks.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, slot)) => slot.fill(entry, errors, value::path),
                    None => {
                        let mut slot = Slot::default();
                        slot.fill(entry, errors, value::path);
                        hooks.push((name, slot));
                    }
                }
            });
        }
        let hooks = hooks.into_iter().filter_map(|(name, path)| Some((name, path.get()?.clone()))).collect();
        self.hooks.fill(entry, errors, |_| Ok(hooks));
    }
}

impl CookieSettings {
    fn read(&mut self, key: &str, entry: &Entry, errors: &mut Errors) {
        match key {
            "path" => self.path.fill(entry, errors, value::string),
            "domain" => self.domain.fill(entry, errors, value::string),
            "secure" => self.secure.fill(entry, errors, value::boolean),
            "http_only" => self.http_only.fill(entry, errors, value::boolean),
            "same_site" => self.same_site.fill(entry, errors, value::string),
            "partitioned" => self.partitioned.fill(entry, errors, value::boolean),
            "max_age" => self.max_age.fill(entry, errors, value::cookie_duration),
            "chunk_max_length" => self.chunk_max_length.fill(entry, errors, value::number),
            "max_chunks" => self.max_chunks.fill(entry, errors, value::number),
            _ => {}
        }
    }
}

fn protection(entry: &Entry, encrypted: bool, errors: &mut Errors) -> Protection {
    let mut protection =
        Protection { key: entry.key.clone(), encrypted, alg: Slot::default(), enc: Slot::default() };
    if let Form::Value(value) = &entry.form {
        let key = entry.key.to_string();
        let help = match syn::parse2::<LitStr>(value.clone()) {
            Ok(name) => format!("\nhelp: write {}", examples::pinned(&key, &name.value())),
            Err(_) => examples::help(&key),
        };
        errors.push(value, format!("`{key}` takes no value after `=`{help}"));
        return protection;
    }
    let level = if encrypted { Level::Jwe } else { Level::Jws };
    for entry in list::entries_of(entry, errors).into_iter().flatten() {
        with_known_key(entry, level, errors, |key, entry, errors| match key {
            "alg" => protection.alg.fill(entry, errors, value::string),
            _ => protection.enc.fill(entry, errors, value::string),
        });
    }
    protection
}
