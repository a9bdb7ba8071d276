//! `hooks(..)`: functions, and the events that they receive.

use proc_macro2::Ident;
use syn::ExprPath;

use super::entry::{Entry, Form};
use super::table::HookSettings;
use super::value::{self, Slot};
use super::{examples, list};
use crate::errors::Errors;

/// A function under the key of a hook.
pub(crate) struct Hook {
    pub(crate) path: ExprPath,
    /// Its event in `unjwt::hooks`.
    pub(crate) event: &'static str,
    pub(crate) kind: HookKind,
}

/// The result of a hook.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum HookKind {
    /// Nothing, or an error.
    Session,
    /// A key, if there is one.
    KeyLookup,
}

/// Reads a hook that receives this event.
pub(super) fn hook(event: &'static str) -> impl FnOnce(&Entry) -> syn::Result<Hook> {
    move |entry| Ok(Hook { path: value::path(entry)?, event, kind: HookKind::Session })
}

/// Reads a hook that finds a key.
pub(super) fn lookup(event: &'static str) -> impl FnOnce(&Entry) -> syn::Result<Hook> {
    move |entry| Ok(Hook { path: value::path(entry)?, event, kind: HookKind::KeyLookup })
}

/// `hooks(..)`.
#[derive(Default)]
pub(crate) struct HooksSetting(Slot<HookSettings>);

impl HooksSetting {
    pub(super) fn read(&mut self, entry: &Entry, errors: &mut Errors) {
        let Form::List(_) = entry.form else {
            return self.0.fill(entry, errors, |entry| {
                let message = format!("`hooks` takes a list{}", examples::help("hooks"));
                Err(syn::Error::new_spanned(&entry.key, message))
            });
        };
        let hooks = HookSettings::read(list::entries_of(entry, errors), errors);
        self.0.fill(entry, errors, |_| Ok(hooks));
    }

    pub(crate) fn key(&self) -> Option<&Ident> {
        self.0.key()
    }

    pub(crate) fn get(&self) -> Option<&HookSettings> {
        self.0.get()
    }

    /// The hooks that could be read, under their names.
    pub(crate) fn declared(&self) -> Vec<(&Ident, &Hook)> {
        let Some(hooks) = self.get() else { return Vec::new() };
        let HookSettings { on_read, on_update, on_clear, on_expire, on_error, on_reuse, renew, key_lookup } =
            hooks;
        [on_read, on_update, on_clear, on_expire, on_error, on_reuse, renew, key_lookup]
            .into_iter()
            .filter_map(|slot| Some((slot.key()?, slot.get()?)))
            .collect()
    }
}
