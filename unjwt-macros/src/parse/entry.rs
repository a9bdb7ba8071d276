//! An attribute's tokens as entries: `key`, `key = value` or `key(list)`, each with its own mistakes.

use proc_macro2::{Delimiter, Group, Ident, Punct, TokenStream, TokenTree};
use quote::ToTokens;

use super::value::missing_comma;
use super::{examples, keys};
use crate::errors::Errors;

pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) form: Form,
}

pub(crate) enum Form {
    Flag,
    Value(TokenStream),
    List(Group),
}

/// Splits at commas, so that a mistake in one entry does not hide those in the others. `list` is what the
/// tokens stand in.
pub(crate) fn entries(tokens: TokenStream, list: &str, errors: &mut Errors) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut chunk = Vec::new();
    let mut angles = Angles::default();
    for token in tokens {
        match &token {
            TokenTree::Punct(comma) if comma.as_char() == ',' && angles.depth == 0 => {
                if chunk.is_empty() {
                    errors.push(&token, "expected a setting before this `,`\nhelp: remove it");
                } else {
                    entries.extend(errors.handle(entry(std::mem::take(&mut chunk), list)));
                }
                angles = Angles::default();
            }
            _ => {
                angles.see(&token);
                chunk.push(token);
            }
        }
    }
    if !chunk.is_empty() {
        entries.extend(errors.handle(entry(chunk, list)));
    }
    entries
}

/// The depth of `<..>` in a type, since angle brackets are not token groups.
#[derive(Default)]
struct Angles {
    depth: usize,
    in_value: bool,
    after_dash: bool,
}

impl Angles {
    fn see(&mut self, token: &TokenTree) {
        let punct = if let TokenTree::Punct(punct) = token { punct.as_char() } else { ' ' };
        match punct {
            '=' => self.in_value = true,
            '<' if self.in_value => self.depth += 1,
            '>' if !self.after_dash => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.after_dash = punct == '-';
    }
}

fn entry(chunk: Vec<TokenTree>, list: &str) -> syn::Result<Entry> {
    let mut tokens = chunk.into_iter();
    let key = match tokens.next() {
        Some(TokenTree::Ident(key)) => key,
        Some(TokenTree::Literal(literal)) => {
            return Err(error(
                &literal,
                format!(
                    "expected a setting, found `{literal}`\nhelp: write {}",
                    examples::unnamed(list, &literal.to_string())
                ),
            ));
        }
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            return Err(error(
                &group,
                "expected a setting, found parentheses around one\nhelp: remove the inner parentheses",
            ));
        }
        other => {
            let help = match (&other, tokens.next()) {
                (Some(TokenTree::Punct(not)), Some(TokenTree::Ident(key))) if not.as_char() == '!' => {
                    let takes_value = examples::example(&key.to_string()).contains('=');
                    let off = if takes_value { format!("write `{key} = false`") } else { "remove it".into() };
                    format!(" before `!`\nhelp: {off}")
                }
                _ => ", like `name = \"sid\"`".into(),
            };
            return Err(error(&other.map(ToTokens::into_token_stream), format!("expected a setting{help}")));
        }
    };
    let next = tokens.next();
    if let Some(TokenTree::Punct(dot)) = &next
        && let Some(word) = path_end(dot, tokens.clone())
    {
        let help = if keys::has_settings(&key.to_string()) {
            let example = examples::example(&word.to_string());
            // A setting with a list of its own has no `=`.
            let setting = if example.is_empty() || example.contains('=') {
                format!("{word} = ..")
            } else {
                example.to_owned()
            };
            format!("write `{key}({setting})`")
        } else {
            format!("write `{word}` alone")
        };
        return Err(error(dot, format!("a setting is a single word, not a path\nhelp: {help}")));
    }
    let form = match next {
        None => Form::Flag,
        Some(TokenTree::Punct(equals)) if equals.as_char() == '=' => {
            let value: TokenStream = tokens.by_ref().collect();
            if value.is_empty() {
                return Err(error(
                    &key,
                    format!("`{key}` has no value after `=`{}", examples::help(&key.to_string())),
                ));
            }
            if let Some(TokenTree::Punct(second)) = value.clone().into_iter().next()
                && matches!(second.as_char(), '=' | '>')
            {
                let help = examples::help(&key.to_string());
                return Err(error(&second, format!("expected `=` after `{key}`, found `={second}`{help}")));
            }
            Form::Value(value)
        }
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => Form::List(group),
        Some(TokenTree::Group(group)) => {
            return Err(error(
                &group,
                format!("`{key}` takes its settings in parentheses\nhelp: write `{key}(..)`"),
            ));
        }
        Some(TokenTree::Punct(end)) if end.as_char() == ';' => {
            return Err(error(&end, "expected `,`, found `;`\nhelp: separate the settings with commas"));
        }
        Some(other) => {
            return Err(error(
                &other,
                format!(
                    "expected `,`, `=` or `(..)` after `{key}`, found `{other}`{}",
                    examples::help(&key.to_string())
                ),
            ));
        }
    };
    match tokens.next() {
        None => Ok(Entry { key, form }),
        Some(extra) => Err(missing_comma(&extra, "settings")),
    }
}

/// The word that `.` or `::` leads to.
fn path_end(first: &Punct, mut rest: impl Iterator<Item = TokenTree>) -> Option<Ident> {
    let leads = match first.as_char() {
        '.' => true,
        ':' => matches!(rest.next(), Some(TokenTree::Punct(second)) if second.as_char() == ':'),
        _ => false,
    };
    match rest.next().filter(|_| leads) {
        Some(TokenTree::Ident(word)) => Some(word),
        _ => None,
    }
}

fn error(node: &impl ToTokens, message: impl std::fmt::Display) -> syn::Error {
    syn::Error::new_spanned(node, message)
}
