//! `cookie = false` and `cookie(..)`.

use proc_macro2::TokenTree;
use syn::LitBool;

use super::entry::{Entry, Form};
use super::list;
use super::table::CookieSettings;
use super::value::{self, Slot};
use crate::errors::Errors;

/// The key `cookie`, whichever way it is written.
#[derive(Default)]
pub(crate) struct CookieSetting {
    /// `cookie = true` or `cookie = false`; also filled, with `true`, for `cookie(..)`.
    pub(crate) switch: Slot<LitBool>,
    pub(crate) settings: CookieSettings,
}

impl CookieSetting {
    pub(super) fn read(&mut self, entry: &Entry, errors: &mut Errors) {
        let Form::List(list) = &entry.form else {
            return self.switch.fill(entry, errors, switch);
        };
        if let Ok(switch) = syn::parse2::<LitBool>(list.stream()) {
            errors.push(
                &switch,
                format!("`cookie` is turned on or off with `=`\nhelp: write `cookie = {}`", switch.value),
            );
            return self.switch.fill(entry, errors, |_| Ok(switch));
        }
        let is_first = self.switch.key().is_none();
        self.switch.fill(entry, errors, |entry| Ok(LitBool::new(true, entry.key.span())));
        let settings = CookieSettings::read(list::entries_of(entry, errors), errors);
        if is_first {
            self.settings = settings;
        }
    }
}

/// Reads `cookie = ..`, or reports what was probably meant by it.
fn switch(entry: &Entry) -> syn::Result<LitBool> {
    match &entry.form {
        Form::Flag => Err(syn::Error::new_spanned(
            &entry.key,
            "`cookie` alone has no effect: it is on by default\nhelp: write `cookie = false`, or settings: `cookie(path = \"/\")`",
        )),
        Form::Value(value) if matches!(value.clone().into_iter().next(), Some(TokenTree::Group(_))) => {
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
    }
}
