//! `revocable` and `revocable(..)`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Lit, LitBool};

use super::entry::{Entry, Form};
use super::list;
use super::table::{Level, RevocableSettings};
use super::value::Slot;
use crate::errors::Errors;

/// The key `revocable`, alone or with settings.
#[derive(Default)]
pub(crate) struct RevocableSetting {
    /// `Some` for `revocable = false`.
    switch: Slot<Option<LitBool>>,
    pub(crate) settings: RevocableSettings,
}

impl RevocableSetting {
    pub(super) fn read(&mut self, entry: &Entry, errors: &mut Errors) {
        let is_first = self.switch.key().is_none();
        self.switch.fill(entry, errors, switch);
        if is_first && !self.switch.is_broken() {
            self.settings = RevocableSettings::read(list::entries_of(entry, errors), errors);
        }
    }

    /// The key, if logins are to be ended: not where a value after it leaves that open.
    pub(crate) fn key(&self) -> Option<&Ident> {
        self.switch.key().filter(|_| matches!(self.switch.get(), Some(None)))
    }

    /// The value of `revocable = false`.
    pub(crate) fn off(&self) -> Option<&LitBool> {
        self.switch.get()?.as_ref()
    }
}

/// Refuses a value where none belongs, but for `false`.
fn switch(entry: &Entry) -> syn::Result<Option<LitBool>> {
    let value = match &entry.form {
        Form::Flag => return Ok(None),
        Form::Value(value) => value.clone(),
        Form::List(list) if syn::parse2::<LitBool>(list.stream()).is_ok() => list.stream(),
        Form::List(_) => return Ok(None),
    };
    let message = match syn::parse2::<Lit>(value.clone()) {
        Ok(Lit::Bool(off)) if !off.value && matches!(entry.form, Form::Value(_)) => return Ok(Some(off)),
        Ok(Lit::Bool(off)) if !off.value => {
            "logins are not `revocable` unless the attribute says so\nhelp: remove it".to_owned()
        }
        Ok(_) => {
            "`revocable` takes no value\nhelp: write `revocable` alone, or `revocable(by(user))`; leave it out beside `login`, with which the session ends".to_owned()
        }
        Err(_) => {
            format!(
                "`revocable` takes its settings in parentheses, without `=`\nhelp: write `{}`",
                meant(&value)
            )
        }
    };
    Err(syn::Error::new_spanned(&value, message))
}

/// The settings after a needless `=`, where there are any.
fn meant(value: &TokenStream) -> String {
    match value.clone().into_iter().collect::<Vec<_>>().as_slice() {
        [TokenTree::Group(settings)] if !settings.stream().is_empty() => {
            format!("revocable({})", settings.stream())
        }
        [key @ TokenTree::Ident(_), TokenTree::Group(_)]
            if Level::Revocable.keys().contains(&&*key.to_string()) =>
        {
            format!("revocable({})", value.to_token_stream())
        }
        _ => "revocable(by(user))".to_owned(),
    }
}
