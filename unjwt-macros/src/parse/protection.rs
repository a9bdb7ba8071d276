//! `jwe` and `jws`, alone or with the algorithms that they pin.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{Attribute, LitStr};

use super::entry::{Entry, Form};
use super::table::{JweSettings, JwsSettings};
use super::{examples, list};
use crate::errors::Errors;

/// One of the two words.
pub(crate) struct Protection {
    pub(crate) key: Ident,
    pub(crate) pinned: Pinned,
}

/// The family of tokens, with what is pinned of it.
pub(crate) enum Pinned {
    Jwe(JweSettings),
    Jws(JwsSettings),
}

/// The words in their order: the first counts, and more than one is a mistake.
#[derive(Default)]
pub(crate) struct Protections(Vec<Protection>);

impl Protection {
    /// The word with nothing pinned.
    fn bare(key: &Ident) -> Self {
        let pinned = if key == "jwe" {
            Pinned::Jwe(JweSettings::default())
        } else {
            Pinned::Jws(JwsSettings::default())
        };
        Self { key: key.clone(), pinned }
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        matches!(self.pinned, Pinned::Jwe(_))
    }

    fn read(entry: &Entry, errors: &mut Errors) -> Self {
        let mut protection = Self::bare(&entry.key);
        if let Form::Value(value) = &entry.form {
            let key = entry.key.to_string();
            let help = match syn::parse2::<LitStr>(value.clone()) {
                Ok(name) => format!("\nhelp: write {}", examples::pinned(&key, &name.value())),
                Err(_) => examples::help(&key),
            };
            errors.push(value, format!("`{key}` takes no value after `=`{help}"));
            return protection;
        }
        let entries = list::entries_of(entry, errors);
        match &mut protection.pinned {
            Pinned::Jwe(settings) => *settings = JweSettings::read(entries, errors),
            Pinned::Jws(settings) => *settings = JwsSettings::read(entries, errors),
        }
        protection
    }
}

impl Protections {
    pub(super) fn read(&mut self, entry: &Entry, errors: &mut Errors) {
        self.0.push(Protection::read(entry, errors));
    }

    pub(crate) fn as_slice(&self) -> &[Protection] {
        &self.0
    }

    /// Finds the word in attributes that could not be read: where it stands was reported, and that it is
    /// missing would be a second error.
    pub(super) fn recover(&mut self, attrs: &[Attribute]) {
        if self.0.is_empty() {
            let sessions = attrs.iter().filter(|attr| attr.path().is_ident("session"));
            let key =
                sessions.into_iter().find_map(|attr| word(quote::ToTokens::to_token_stream(&attr.meta)));
            self.0.extend(key.as_ref().map(Protection::bare));
        }
    }
}

/// The first `jwe` or `jws` among the tokens that is not a value, in whatever brackets or quotes.
fn word(tokens: TokenStream) -> Option<Ident> {
    let mut is_value = false;
    tokens.into_iter().find_map(|token| {
        let skipped = std::mem::replace(&mut is_value, false);
        match token {
            TokenTree::Group(group) => word(group.stream()),
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
