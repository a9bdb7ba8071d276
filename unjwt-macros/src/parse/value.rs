//! The values after `=` or in parentheses, read as the type that the key takes.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::Parser;
use syn::{Lit, LitBool, LitStr, Path};

use super::entry::{Entry, Form};
use super::examples::help;
use crate::errors::Errors;
use crate::validate::algorithm;

/// A setting: absent, written and understood, or written and reported.
pub(crate) struct Slot<T> {
    key: Option<Ident>,
    value: Option<T>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { key: None, value: None }
    }
}

impl<T> Slot<T> {
    /// Takes the entry's value, or reports what is wrong with it; a repeated key keeps the first.
    pub(crate) fn fill(
        &mut self,
        entry: &Entry,
        errors: &mut Errors,
        read: impl FnOnce(&Entry) -> syn::Result<T>,
    ) {
        let key = &entry.key;
        if self.key.is_some() {
            errors.push(key, format!("`{key}` is given twice\nhelp: remove one of them"));
            return;
        }
        self.key = Some(key.clone());
        self.value = errors.handle(read(entry));
    }

    /// Counts the key as written where it was reported that it could not be read: that it is missing would be
    /// a second error.
    pub(crate) fn recover(&mut self, find: impl FnOnce() -> Option<Ident>) {
        if self.key.is_none() {
            self.key = find();
        }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// The key, even if the value could not be read.
    pub(crate) fn key(&self) -> Option<&Ident> {
        self.key.as_ref()
    }

    /// Returns whether it was written and could not be read.
    pub(crate) fn is_broken(&self) -> bool {
        self.key.is_some() && self.value.is_none()
    }
}

pub(super) fn error(node: &impl ToTokens, message: String) -> syn::Error {
    syn::Error::new_spanned(node, message)
}

/// The error for what follows one of the `items` of a list without a comma between them.
pub(super) fn missing_comma(extra: &TokenTree, items: &str) -> syn::Error {
    error(extra, format!("expected `,` before `{extra}`\nhelp: separate the {items} with commas"))
}

/// The type in a string that was meant without quotes, or else the example.
pub(super) fn unquoted(quoted: &LitStr, example: &str) -> String {
    let name = quoted.value();
    if syn::parse_str::<syn::Type>(&name).is_ok() { name } else { example.to_owned() }
}

/// The tokens after `=`.
pub(super) fn tokens(entry: &Entry) -> syn::Result<&TokenStream> {
    let key = &entry.key;
    let word = key.to_string();
    match &entry.form {
        Form::Value(tokens) => Ok(tokens),
        Form::Flag => Err(error(key, format!("`{key}` needs a value{}", help(&word)))),
        Form::List(list) => {
            // The value that stands in the parentheses is shown in its place.
            let value = list.stream();
            let is_value = match word.as_str() {
                "login" => syn::parse2::<Path>(value.clone()).is_ok(),
                _ => syn::parse2::<Lit>(value.clone()).is_ok(),
            };
            let help = if is_value { format!("\nhelp: write `{key} = {value}`") } else { help(&word) };
            Err(error(list, format!("`{key}` takes one value after `=`{help}")))
        }
    }
}

/// Exactly one literal; what follows it was meant as the next setting.
fn literal(entry: &Entry, expected: &str) -> syn::Result<Lit> {
    let key = &entry.key;
    let word = key.to_string();
    let value = tokens(entry)?;
    let read =
        |input: syn::parse::ParseStream<'_>| Ok((input.parse::<Lit>().ok(), input.parse::<TokenStream>()?));
    match read.parse2(value.clone())? {
        (Some(literal), rest) => match rest.into_iter().next() {
            None => without_suffix(literal),
            Some(TokenTree::Punct(operator)) => Err(error(
                &operator,
                format!("`{key}` takes one literal: attributes are not evaluated\nhelp: write the result"),
            )),
            Some(extra) => Err(missing_comma(&extra, "settings")),
        },
        (None, _) => Err(error(value, format!("`{key}` takes {expected}{}", hint(value, &word, expected)))),
    }
}

/// A word without quotes is shown with them; one that stands for a value elsewhere has none here.
fn hint(value: &TokenStream, key: &str, expected: &str) -> String {
    let text = value.to_string().replace(' ', "");
    let is_word = text.chars().all(|c| c.is_alphanumeric() || "_-+".contains(c));
    let is_constant = is_word
        && text.contains(|c: char| c.is_ascii_uppercase())
        && !text.contains(|c: char| c.is_ascii_lowercase());
    if expected == "a string" && is_word && (!is_constant || algorithm::is_known(&text)) {
        return format!("\nhelp: write `{key} = \"{text}\"`");
    }
    if text == "None" && expected.contains("false") {
        return format!("\nhelp: write `{key} = false`");
    }
    if is_constant || text.contains("::") || text.contains('!') {
        return format!(
            ": attributes are read before constants, calls and macros are evaluated{}",
            help(key)
        );
    }
    help(key)
}

/// Refuses a suffix of a string or character, as rustc does outside of attributes; a number's suffix is
/// checked by its key.
pub(super) fn without_suffix(literal: Lit) -> syn::Result<Lit> {
    let suffix = match &literal {
        Lit::Str(string) => string.suffix(),
        Lit::ByteStr(string) => string.suffix(),
        Lit::CStr(string) => string.suffix(),
        Lit::Byte(byte) => byte.suffix(),
        Lit::Char(char) => char.suffix(),
        _ => "",
    };
    if suffix.is_empty() {
        return Ok(literal);
    }
    Err(error(
        &literal,
        format!("a string takes no suffix `{suffix}`\nhelp: remove it, or add a comma before it"),
    ))
}

fn wrong(entry: &Entry, expected: &str, literal: &Lit) -> syn::Error {
    error(literal, format!("`{}` takes {expected}{}", entry.key, help(&entry.key.to_string())))
}

pub(crate) fn string(entry: &Entry) -> syn::Result<LitStr> {
    match literal(entry, "a string")? {
        Lit::Str(string) => Ok(string),
        other => Err(wrong(entry, "a string", &other)),
    }
}

/// `key`, `key = true` or `key = false`.
pub(crate) fn boolean(entry: &Entry) -> syn::Result<LitBool> {
    if let Form::Flag = entry.form {
        return Ok(LitBool::new(true, entry.key.span()));
    }
    match literal(entry, "`true` or `false`")? {
        Lit::Bool(boolean) => Ok(boolean),
        Lit::Str(quoted) if matches!(quoted.value().as_str(), "true" | "false") => Err(error(
            &quoted,
            format!("`{0}` takes `true` or `false`\nhelp: write `{0} = {1}`", entry.key, quoted.value()),
        )),
        other => Err(wrong(entry, "`true` or `false`", &other)),
    }
}

/// A positive whole number.
pub(crate) fn number(entry: &Entry) -> syn::Result<(usize, Lit)> {
    let literal = literal(entry, "a whole number")?;
    let key = &entry.key;
    // The tokens of the value, since a negative number is two of them.
    let refuse = |message: String| Err(error(tokens(entry)?, message));
    let Lit::Int(int) = &literal else {
        return Err(wrong(entry, "a whole number", &literal));
    };
    let (digits, suffix) = (int.base10_digits(), int.suffix());
    if !suffix.is_empty() {
        return refuse(format!("`{key}` takes no suffix `{suffix}`\nhelp: write `{key} = {digits}`"));
    }
    match int.base10_parse::<usize>() {
        Ok(0) => refuse(format!("`{key}` must be at least 1\nhelp: leave `{key}` out for the default")),
        Ok(number) => Ok((number, literal)),
        Err(_) if digits.starts_with('-') => {
            refuse(format!("`{key}` must be at least 1: it cannot be negative\nhelp: remove the sign"))
        }
        Err(_) => refuse(format!("`{key}` is too large{}", help(&key.to_string()))),
    }
}

/// A duration in seconds.
pub(crate) fn duration(entry: &Entry) -> syn::Result<(u64, Lit)> {
    let literal = literal(entry, "a duration")?;
    if !matches!(literal, Lit::Str(_) | Lit::Int(_) | Lit::Float(_)) {
        return Err(wrong(entry, "a duration", &literal));
    }
    // The tokens of the value, since a negative number is two of them.
    let seconds = crate::duration::seconds(&literal).map_err(|message| match &entry.form {
        Form::Value(value) => error(value, message),
        _ => error(&literal, message),
    })?;
    Ok((seconds, literal))
}

/// A string or a boolean.
pub(crate) fn string_or_boolean(entry: &Entry) -> syn::Result<Lit> {
    let literal = literal(entry, "a string or `false`")?;
    match literal {
        Lit::Str(_) | Lit::Bool(_) => Ok(literal),
        other => Err(wrong(entry, "a string or `false`", &other)),
    }
}

/// A path, also one with generic arguments.
pub(crate) fn path(entry: &Entry) -> syn::Result<syn::ExprPath> {
    let value = tokens(entry)?;
    syn::parse2(value.clone()).map_err(|_| {
        let key = &entry.key;
        match syn::parse2::<LitStr>(value.clone()) {
            Ok(quoted) => error(
                &quoted,
                format!("`{key}` takes a path without quotes\nhelp: write `{key} = {}`", quoted.value()),
            ),
            Err(_) => error(value, format!("`{key}` takes the path of a function{}", help(&key.to_string()))),
        }
    })
}

/// The path of the runtime crate.
pub(crate) fn crate_path(entry: &Entry) -> syn::Result<Path> {
    let value = tokens(entry)?;
    Path::parse_mod_style.parse2(value.clone()).map_err(|_| match syn::parse2::<LitStr>(value.clone()) {
        Ok(quoted) => error(
            &quoted,
            format!("`crate` takes a path without quotes\nhelp: write `crate = {}`", quoted.value()),
        ),
        Err(_) => error(value, format!("`crate` takes the path of the `unjwt` crate{}", help("crate"))),
    })
}

pub(crate) fn ty(entry: &Entry) -> syn::Result<syn::Type> {
    let value = tokens(entry)?;
    syn::parse2(value.clone()).map_err(|_| match syn::parse2::<LitStr>(value.clone()) {
        Ok(quoted) => error(
            &quoted,
            format!("`{0}` takes a type without quotes\nhelp: write `{0} = {1}`", entry.key, quoted.value()),
        ),
        Err(_) => error(value, format!("`{}` takes a type{}", entry.key, help("state"))),
    })
}

/// A word that stands alone.
pub(crate) fn flag(entry: &Entry) -> syn::Result<()> {
    match &entry.form {
        Form::Flag => Ok(()),
        Form::Value(value) => Err(error(
            value,
            format!("`{0}` takes no value\nhelp: write `{0}` alone, or remove it", entry.key),
        )),
        Form::List(list) => {
            Err(error(list, format!("`{0}` takes no settings\nhelp: write `{0}` alone", entry.key)))
        }
    }
}

/// `csrf = "off"`. A help never shows it to somebody who wants the check.
pub(crate) fn csrf(entry: &Entry) -> syn::Result<()> {
    const ON: &str = "the check is on by default\nhelp: leave `csrf` out";
    const OFF: &str = "\nhelp: write `csrf = \"off\"` if pages of other origins may send the session's cookie, else leave `csrf` out";
    let written = match &entry.form {
        Form::Flag => return Err(error(&entry.key, format!("`csrf` alone has no effect: {ON}"))),
        Form::Value(value) => value.clone(),
        Form::List(list) if list.stream().is_empty() => {
            return Err(error(list, format!("`csrf()` has no effect: {ON}")));
        }
        Form::List(list) => list.stream(),
    };
    let word = match written.clone().into_iter().collect::<Vec<_>>().as_slice() {
        [TokenTree::Ident(word)] => Some(word.to_string()),
        [TokenTree::Literal(_)] => syn::parse2::<LitStr>(written.clone()).ok().map(|word| word.value()),
        _ => None,
    };
    match (word.map(|word| word.to_ascii_lowercase()).as_deref(), &entry.form) {
        (Some("on" | "true"), _) => Err(error(&written, format!("`csrf` has no effect here: {ON}"))),
        (Some("false" | "none"), _) => {
            Err(error(&written, format!("`csrf` is turned off by the word `off`{OFF}")))
        }
        (Some(word), _) if word != "off" => {
            Err(error(&written, format!("unknown `csrf` value `{word}`{OFF}")))
        }
        // Too much, too little, or no string.
        _ => string(entry).map(drop),
    }
}
