//! The collection to which every step reports, so that all mistakes of one struct appear in one compilation.

use std::fmt::Display;

use quote::ToTokens;
use unjwt_rules::Refusal;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// Reports a mistake with the caret under all of `node`.
    pub(crate) fn push(&mut self, node: impl ToTokens, message: impl Display) {
        self.add(syn::Error::new_spanned(node, message));
    }

    /// Reports the refusal of the value at `node` by a rule.
    pub(crate) fn refuse(&mut self, node: impl ToTokens, refusal: &Refusal) {
        self.push(node, format!("{}\nhelp: {}", refusal.why, refusal.fix));
    }

    /// Reports the refusal of the value at `node`, if a rule refused it.
    pub(crate) fn check(&mut self, node: impl ToTokens, verdict: Result<(), Refusal>) {
        if let Err(refusal) = verdict {
            self.refuse(node, &refusal);
        }
    }

    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// Keeps the value, or reports why there is none.
    pub(crate) fn handle<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// The number of mistakes so far.
    pub(crate) fn count(&self) -> usize {
        self.0.iter().flatten().count()
    }

    pub(crate) fn finish(self) -> Option<syn::Error> {
        self.0
    }
}
