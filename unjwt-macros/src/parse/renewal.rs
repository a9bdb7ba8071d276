//! `login = ..`, `renew_after = ..` and the cookie's `max_age`: values that are more than a duration or a type.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::{Lit, LitStr, Type, TypePath};

use super::entry::{Entry, Form};
use super::value::{duration, error, string, tokens, unquoted};

/// The age from which a token is renewed.
#[derive(Clone, Copy)]
pub(crate) enum RenewAfter {
    Half,
    Seconds(u64),
}

/// `renew_after = "half"`, or a duration.
pub(super) fn renew_after(entry: &Entry) -> syn::Result<(RenewAfter, Lit)> {
    if let Form::Value(value) = &entry.form {
        let text = value.to_string();
        if text == "half" {
            return Err(error(
                value,
                "`renew_after` takes a string\nhelp: write `renew_after = \"half\"`".to_owned(),
            ));
        }
        if let Ok(literal) = syn::parse2::<LitStr>(value.clone()) {
            let text = literal.value();
            match text.trim().to_ascii_lowercase().as_str() {
                "half" if text == "half" => return Ok((RenewAfter::Half, Lit::Str(literal))),
                "half" | "halfway" | "50%" | "0.5" | "1/2" => {
                    return Err(error(
                        &literal,
                        format!(
                            "unknown `renew_after` value `{text}`\nhelp: write `\"half\"` for half of `max_age`, or a duration like `\"15m\"`"
                        ),
                    ));
                }
                _ => {}
            }
        }
    }
    let (seconds, literal) = duration(entry)?;
    Ok((RenewAfter::Seconds(seconds), literal))
}

/// The end of a cookie.
#[derive(Clone, Copy)]
pub(crate) enum CookieAge {
    /// With the browser.
    Session,
    Seconds(u64),
}

/// `max_age = "session"`, or a duration, where `false` is meant as the former.
pub(super) fn cookie_age(entry: &Entry) -> syn::Result<(CookieAge, Lit)> {
    const SESSION: &str = "help: write `max_age = \"session\"` for a cookie that ends with the browser, or leave it out for one that ends with its token";
    if let Form::Value(value) = &entry.form {
        if let Ok(literal) = syn::parse2::<LitStr>(value.clone()) {
            let text = literal.value();
            if text == "session" {
                return Ok((CookieAge::Session, Lit::Str(literal)));
            }
            if matches!(text.trim().to_ascii_lowercase().as_str(), "session" | "browser" | "browser_session")
            {
                return Err(error(&literal, format!("unknown `max_age` value `{text}`\n{SESSION}")));
            }
        }
        let text = value.to_string();
        if matches!(text.as_str(), "false" | "None" | "session") {
            return Err(error(
                value,
                format!("the cookie's `max_age` takes a duration or `\"session\"`\n{SESSION}"),
            ));
        }
    }
    let (seconds, literal) = duration(entry)?;
    Ok((CookieAge::Seconds(seconds), literal))
}

/// `login = RefreshToken`: the path of a type.
pub(super) fn login(entry: &Entry) -> syn::Result<TypePath> {
    let value = tokens(entry)?;
    match syn::parse2::<Type>(value.clone()) {
        Ok(Type::Path(path)) => Ok(path),
        Ok(other) => Err(error(
            &other,
            "`login` takes the name of another session's struct\nhelp: write `login = RefreshToken`"
                .to_owned(),
        )),
        Err(_) => Err(match string(entry) {
            Ok(quoted) => {
                let shown = unquoted(&quoted, "RefreshToken");
                error(
                    &quoted,
                    format!("`login` takes a struct, without quotes\nhelp: write `login = {shown}`"),
                )
            }
            Err(_) => error(
                &first(value),
                "`login` takes the name of another session's struct\nhelp: write `login = RefreshToken`"
                    .to_owned(),
            ),
        }),
    }
}

/// The first of the tokens, where the caret stands.
fn first(value: &proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    value.clone().into_iter().next().map_or_else(proc_macro2::TokenStream::new, TokenTree::into_token_stream)
}
