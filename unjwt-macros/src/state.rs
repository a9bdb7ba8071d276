//! `#[derive(SessionState)]`: which handles a state holds, and that their sessions do not collide.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Index, Member, Path, Type};

use crate::errors::Errors;
use crate::model::{argument_of, last_segment, mentions_parameter};
use crate::parse::attribute_entries;
use crate::parse::value::{self, Slot};

/// A field of the type `SessionHandle<X>`.
struct Handle<'a> {
    member: Member,
    session: &'a Type,
}

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let krate = crate_path(&input.attrs, &mut errors);
    let krate = krate.map_or_else(|| quote!(::unjwt), |path| path.to_token_stream());
    let handles = handles(input, &mut errors);
    let impls = handles.iter().map(|handle| has_session(input, &krate, handle));
    let assertions = clashes(input, &krate, &handles);
    let errors = errors.finish().map(|error| error.to_compile_error());
    quote! {
        #errors
        #(#impls)*
        #assertions
    }
}

/// `#[session_state(crate = path)]`.
fn crate_path(attrs: &[Attribute], errors: &mut Errors) -> Option<Path> {
    let mut krate = Slot::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("session_state")) {
        for entry in attribute_entries(attr, "crate = ::path::to::unjwt", errors) {
            if entry.key == "crate" {
                krate.fill(&entry, errors, value::crate_path);
            } else {
                errors.push(
                    &entry.key,
                    format!("unknown setting `{}` in `#[session_state(..)]`\nhelp: the only one is `crate = ::path::to::unjwt`", entry.key),
                );
            }
        }
    }
    krate.get().cloned()
}

fn handles<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Vec<Handle<'a>> {
    let data = match &input.data {
        Data::Struct(data) => data,
        Data::Enum(data) => {
            errors.push(data.enum_token, "an enum cannot hold a handle in every variant\nhelp: derive `SessionState` on a struct with `SessionHandle<..>` fields");
            return Vec::new();
        }
        Data::Union(data) => {
            errors.push(data.union_token, "a union cannot hold a handle\nhelp: derive `SessionState` on a struct with `SessionHandle<..>` fields");
            return Vec::new();
        }
    };
    let mut handles: Vec<Handle<'a>> = Vec::new();
    let mut named = false;
    for (index, field) in data.fields.iter().enumerate() {
        if last_segment(&field.ty).is_none_or(|segment| segment.ident != "SessionHandle") {
            continue;
        }
        named = true;
        // Without its argument the type is an error that rustc reports.
        let Some(session) = argument_of(&field.ty, "SessionHandle") else { continue };
        if handles.iter().any(|other| other.session == session) {
            let shown = shown(session);
            errors.push(&field.ty, format!("the state holds two handles of `{shown}`: which one a handler gets would be chance\nhelp: remove one of the fields"));
            continue;
        }
        let member = field.ident.clone().map_or_else(|| Member::Unnamed(Index::from(index)), Member::Named);
        handles.push(Handle { member, session });
    }
    if !named {
        errors.push(
            &input.ident,
            format!("`{}` holds no session\nhelp: add a field for each session: `access: SessionHandle<AccessToken>`", input.ident),
        );
    }
    handles
}

fn has_session(input: &DeriveInput, krate: &TokenStream, handle: &Handle<'_>) -> TokenStream {
    let (params, arguments, predicates) = input.generics.split_for_impl();
    let Handle { member, session } = handle;
    let ident = &input.ident;
    quote! {
        #[automatically_derived]
        #[allow(deprecated, unused_qualifications)]
        impl #params #krate::HasSession<#session> for #ident #arguments #predicates {
            fn handle(&self) -> &#krate::SessionHandle<#session> {
                &self.#member
            }
        }
    }
}

/// Assertions that `cargo check` evaluates, with the caret on the second session of a pair.
fn clashes(input: &DeriveInput, krate: &TokenStream, handles: &[Handle<'_>]) -> TokenStream {
    let concrete: Vec<_> =
        handles.iter().filter(|handle| !mentions_parameter(&input.generics, handle.session)).collect();
    let mut assertions = TokenStream::new();
    for (index, second) in concrete.iter().enumerate() {
        for first in concrete.iter().take(index) {
            let (a, b) = (first.session, second.session);
            let span = name_span(b);
            for (method, what, key) in
                [("cookies_clash", "cookie name", "name"), ("headers_clash", "header", "header")]
            {
                let method = proc_macro2::Ident::new(method, Span::call_site());
                let message = format!(
                    "sessions `{}` and `{}` share one {what}: give one of them another `{key} = \"..\"`",
                    shown(a),
                    shown(b)
                );
                let message = message.replace('{', "{{").replace('}', "}}");
                assertions.extend(quote_spanned! {span=>
                    #[allow(deprecated, unused_qualifications)]
                    const _: () = ::core::assert!(
                        !<#a as #krate::Session>::SPEC.#method(&<#b as #krate::Session>::SPEC),
                        #message
                    );
                });
            }
        }
    }
    assertions
}

/// The span of a type's name: on stable, that of several tokens would be the first one's.
fn name_span(ty: &Type) -> Span {
    last_segment(ty).map_or_else(|| ty.span(), |segment| segment.ident.span())
}

fn shown(ty: &Type) -> String {
    ty.to_token_stream().to_string().replace(' ', "")
}
