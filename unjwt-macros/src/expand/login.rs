//! The additions of `revocable`: its part of the specification, the values of `by(..)`, and the functions that name
//! the logins with one value.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{LitStr, Type, WherePredicate, parse_quote};

use super::Frame;
use super::spec::option;
use crate::model::{Field, Model, argument_of, mentions_parameter};
use crate::parse::SessionAttr;
use crate::parse::max_logins::MaxLogins;
use crate::validate::{Login, Revocable, Rotation, Validated, login};

/// `Spec::revocable`.
pub(super) fn spec(krate: &TokenStream, revocable: &Revocable, rotation: Option<&Rotation>) -> TokenStream {
    let Revocable { recheck, serve, groups, max_logins } = revocable;
    let serve = option(*serve);
    let max_logins = option(max_logins.map(|MaxLogins { count, ends_oldest }| {
        let limit = if ends_oldest { quote!(EndOldest) } else { quote!(Refuse) };
        quote!((#count, #krate::__private::LoginLimit::#limit))
    }));
    let rotation = option(rotation.map(|Rotation { window, adopts }| {
        quote!(#krate::__private::RotationSpec { window: #window, adopts: #adopts })
    }));
    quote! {
        #krate::__private::RevocableSpec {
            recheck: #recheck,
            serve: #serve,
            groups: &[#(#groups),*],
            max_logins: #max_logins,
            rotation: #rotation,
        }
    }
}

/// `Spec::login`: what the login of another session passes on.
pub(super) fn of(frame: &Frame<'_>, login: &Login, max_age: Option<u64>) -> TokenStream {
    let krate = &frame.krate;
    let ends = login.ends;
    let inherited = quote!(#krate::__private::login_of::<Self>(#ends));
    if frame.model.is_generic() {
        let (fits, bound) = (fits(frame, &quote!(Self), login, max_age), bound(frame, &quote!(Self)));
        let bound = bound.map(|(bound, _)| quote!(#bound;));
        return quote!({
            #fits;
            #bound
            #inherited
        });
    }
    inherited
}

/// Checks the login when the program is checked, so that one which ends earlier is reported at its name, and once. For a
/// generic struct, [`of`] does it.
pub(super) fn check(frame: &Frame<'_>, validated: &Validated) -> Option<TokenStream> {
    let (Some(path), Some(login), false) = (frame.login, &validated.login, frame.model.is_generic()) else {
        return None;
    };
    let fits = at(path.span(), fits(frame, &frame.ty, login, validated.max_age));
    let bound = bound(frame, &frame.ty).map(|(bound, bind)| {
        let bound = at(bind.span(), bound);
        quote!(const _: () = #bound;)
    });
    Some(quote!(const _: () = #fits; #bound))
}

fn fits(frame: &Frame<'_>, session: &TokenStream, login: &Login, max_age: Option<u64>) -> TokenStream {
    let (krate, max_age, ends) = (&frame.krate, option(max_age), login.ends);
    quote!(#krate::__private::check_login::<#session>(#max_age, #ends))
}

/// The check of a login that is bound to a device, and the word that binds it.
fn bound<'a>(frame: &Frame<'a>, session: &TokenStream) -> Option<(TokenStream, &'a LitStr)> {
    let krate = &frame.krate;
    frame.bind.map(|bind| (quote!(#krate::__private::check_bound::<#session>()), bind))
}

/// The tokens with the caret there.
fn at(span: Span, tokens: TokenStream) -> TokenStream {
    let tokens = tokens.into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    TokenStream::from_iter(tokens)
}

/// `Session::__from_login`, unless a hook makes the session.
pub(super) fn from_login(frame: &Frame<'_>) -> Option<TokenStream> {
    let (krate, path) = (&frame.krate, frame.login?);
    if frame.is_fallback || frame.hooks.iter().any(|(name, _)| *name == "renew") {
        return None;
    }
    let made = quote_spanned!(path.span()=> #krate::__private::from_login::<#path, Self>);
    Some(quote! {
        fn __from_login(__login: &Self::Login) -> ::core::option::Option<Self> {
            ::core::option::Option::Some(#made(__login))
        }
    })
}

/// `Session::OwnSignIn`: what tokens state about the sign-in, of what the login states if that is another session.
pub(super) fn sign_in(frame: &Frame<'_>) -> TokenStream {
    let krate = &frame.krate;
    if frame.is_fallback {
        return quote!(#krate::__private::Ending);
    }
    let is_whole = frame.login.is_some() && frame.ends;
    match (frame.asks_store || is_whole, frame.has_absolute || frame.login.is_some()) {
        (true, _) => quote!(#krate::__private::Ending),
        (false, true) => quote!(#krate::__private::Dated),
        (false, false) => quote!(#krate::__private::NoSignIn),
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
