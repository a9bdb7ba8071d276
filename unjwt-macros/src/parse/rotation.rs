//! `rotation` and `rotation(..)`.

use proc_macro2::Ident;
use syn::{LitBool, LitStr};

use super::entry::{Entry, Form};
use super::list;
use super::table::RotationSettings;
use super::value::{self, Slot, error};
use crate::errors::Errors;
use crate::{duration, suggest};

/// The key `rotation`, alone or with settings.
#[derive(Default)]
pub(crate) struct RotationSetting {
    switch: Slot<()>,
    pub(crate) settings: RotationSettings,
}

impl RotationSetting {
    pub(super) fn read(&mut self, entry: &Entry, errors: &mut Errors) {
        let is_first = self.switch.key().is_none();
        self.switch.fill(entry, errors, switch);
        if is_first && !self.switch.is_broken() {
            self.settings = RotationSettings::read(list::entries_of(entry, errors), errors);
        }
    }

    /// The key, if tokens are to rotate: not where a value after it leaves that open.
    pub(crate) fn key(&self) -> Option<&Ident> {
        self.switch.key().filter(|_| !self.switch.is_broken())
    }
}

const WRITE: &str = "\nhelp: write `rotation` alone, or `rotation(window = \"30s\")`";

/// Refuses a value where none belongs.
fn switch(entry: &Entry) -> syn::Result<()> {
    match &entry.form {
        Form::Flag => Ok(()),
        Form::List(list) => {
            // A duration alone can only be the window.
            let stream = list.stream();
            match syn::parse2::<syn::Lit>(stream.clone()) {
                Ok(literal) if duration::seconds(&literal).is_ok() => Err(error(
                    &stream,
                    format!("`rotation` takes named settings\nhelp: write `rotation(window = {stream})`"),
                )),
                _ => Ok(()),
            }
        }
        Form::Value(value) => Err(match syn::parse2::<LitBool>(value.clone()) {
            Ok(off) if !off.value => {
                error(value, "tokens do not rotate unless the attribute says so\nhelp: remove it".to_owned())
            }
            _ => error(value, format!("`rotation` takes its settings in parentheses, without `=`{WRITE}")),
        }),
    }
}

/// The treatment of a login without a record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    End,
    Adopt,
}

/// `missing = "end"` or `missing = "adopt"`.
pub(super) fn missing(entry: &Entry) -> syn::Result<(Missing, LitStr)> {
    let literal = value::string(entry)?;
    match literal.value().as_str() {
        "end" => Ok((Missing::End, literal)),
        "adopt" => Ok((Missing::Adopt, literal)),
        other => {
            let help = match suggest::nearest(other, &["end", "adopt"]) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "write `end` (a login that the store does not know has ended) or `adopt` (it is taken over, after the loss of a store)".to_owned(),
            };
            Err(error(&literal, format!("unknown `missing` value `{other}`\nhelp: {help}")))
        }
    }
}
