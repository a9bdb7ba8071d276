//! The additions of `revocable`: its part of the specification, the values of `by(..)`, and the functions that name
//! the logins with one value.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Type, WherePredicate, parse_quote};

use super::Frame;
use super::spec::option;
use crate::model::{Field, Model, argument_of, mentions_parameter};
use crate::parse::SessionAttr;
use crate::parse::max_logins::MaxLogins;
use crate::validate::{Revocable, login};

/// `Spec::revocable`.
pub(super) fn spec(krate: &TokenStream, revocable: &Revocable) -> TokenStream {
    let Revocable { recheck, serve, groups, max_logins } = revocable;
    let serve = option(*serve);
    let max_logins = option(max_logins.map(|MaxLogins { count, ends_oldest }| {
        let limit = if ends_oldest { quote!(EndOldest) } else { quote!(Refuse) };
        quote!((#count, #krate::__private::LoginLimit::#limit))
    }));
    quote! {
        #krate::__private::RevocableSpec {
            recheck: #recheck,
            serve: #serve,
            groups: &[#(#groups),*],
            max_logins: #max_logins,
        }
    }
}

/// The fields that `by(..)` names, each once.
pub(super) fn groups<'a>(model: &'a Model<'a>, attr: &'a SessionAttr) -> Vec<(&'a Ident, &'a Field<'a>)> {
    let mut groups: Vec<(&Ident, &Field<'_>)> = Vec::new();
    for name in attr.revocable.settings.by.get().into_iter().flatten() {
        if let Some(field) = login::field(model, name)
            && !groups.iter().any(|(_, other)| other.ident == field.ident)
        {
            groups.push((name, field));
        }
    }
    groups
}

/// `Session::__add_login_groups`.
pub(super) fn add_groups(frame: &Frame<'_>) -> Option<TokenStream> {
    // A field with a mistake may not be serializable, which would be a second error.
    if frame.groups.is_empty() || frame.is_fallback {
        return None;
    }
    let krate = &frame.krate;
    let adds = frame.groups.iter().map(|(name, field)| {
        let ident = field.ident;
        // A type that serde cannot write is reported at the word that asks for it.
        let span = Span::call_site().located_at(name.span());
        quote_spanned!(span=> #krate::bounds::GroupField::__add_to(&self.#ident, __groups);)
    });
    Some(quote! {
        fn __add_login_groups(&self, __groups: &mut #krate::__private::Groups) {
            #(#adds)*
        }
    })
}

/// The bounds of a generic struct's fields in `by(..)`.
pub(super) fn predicates(frame: &Frame<'_>) -> Vec<WherePredicate> {
    let krate = &frame.krate;
    let of_parameters = frame
        .groups
        .iter()
        .map(|(_, field)| &field.field.ty)
        .filter(|ty| !frame.is_fallback && mentions_parameter(&frame.model.input.generics, ty));
    of_parameters.map(|ty| parse_quote!(#ty: #krate::__private::Serialize)).collect()
}

/// `T::by_user(&user)` for each field.
pub(super) fn functions(frame: &Frame<'_>) -> TokenStream {
    let functions = frame.groups.iter().enumerate().map(|(index, (name, field))| {
        let krate = &frame.krate;
        let vis = &frame.model.input.vis;
        let argument = field.ident;
        let function = format_ident!("by_{}", argument.unraw(), span = name.span());
        let ty = value_type(field);
        let doc = format!(
            "All logins whose `{}` has this value, to end or to list them together.",
            argument.unraw()
        );
        quote! {
            #[doc = #doc]
            #[must_use]
            #vis fn #function<__Q>(#argument: &__Q) -> #krate::LoginGroup<Self>
            where
                __Q: #krate::bounds::FieldValue<#ty> + ?::core::marker::Sized,
            {
                #krate::__private::login_group(#index, #argument)
            }
        }
    });
    quote!(#(#functions)*)
}

/// The type of a value that a login has in the field: a `None` is in no group.
fn value_type<'t>(field: &'t Field<'_>) -> &'t Type {
    let ty = &field.field.ty;
    argument_of(ty, "Option").unwrap_or(ty)
}
