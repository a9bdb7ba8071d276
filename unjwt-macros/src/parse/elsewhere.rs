//! `issued_elsewhere` and `issued_elsewhere(..)`.

use proc_macro2::Ident;
use syn::{LitBool, LitStr};

use super::entry::{Entry, Form};
use super::list;
use super::table::ElsewhereSettings;
use super::value::{Slot, error};
use crate::errors::Errors;

/// The key `issued_elsewhere`, alone or with settings.
#[derive(Default)]
pub(crate) struct ElsewhereSetting {
    switch: Slot<()>,
    pub(crate) settings: ElsewhereSettings,
}

impl ElsewhereSetting {
    pub(super) fn read(&mut self, entry: &Entry, errors: &mut Errors) {
        let is_first = self.switch.key().is_none();
        self.switch.fill(entry, errors, switch);
        if is_first && !self.switch.is_broken() {
            self.settings = ElsewhereSettings::read(list::entries_of(entry, errors), errors);
        }
    }

    /// The key, even if what follows it could not be read.
    pub(crate) fn key(&self) -> Option<&Ident> {
        self.switch.key()
    }
}

/// Refuses a value where none belongs.
fn switch(entry: &Entry) -> syn::Result<()> {
    match &entry.form {
        Form::Flag => Ok(()),
        // Strings alone can only be types.
        Form::List(list) => match syn::parse2::<LitStr>(list.stream()) {
            Ok(typ) => {
                let message = format!("`issued_elsewhere` takes named settings\nhelp: write `issued_elsewhere(typ = {})`", typ.token());
                Err(error(list, message))
            }
            Err(_) => Ok(()),
        },
        Form::Value(value) => Err(match syn::parse2::<LitBool>(value.clone()) {
            Ok(off) if !off.value => error(
                value,
                "tokens are issued by this session's services unless the attribute says otherwise\nhelp: remove it".to_owned(),
            ),
            _ => error(
                value,
                "`issued_elsewhere` takes its settings in parentheses, without `=`\nhelp: write `issued_elsewhere` alone, or `issued_elsewhere(typ = \"at+jwt\")`".to_owned(),
            ),
        }),
    }
}
