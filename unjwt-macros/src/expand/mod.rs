//! The generated code: thin, absolute paths only, and every piece in its own file.

mod extract;
mod login;
mod merge;
mod openapi;
mod patch;
mod session;
mod spec;
mod version;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{ExprPath, Generics, Type, TypePath, WherePredicate, parse_quote};

use crate::model::{Field, Model};
use crate::names;
use crate::parse::SessionAttr;
use crate::parse::hooks::Hook;
use crate::parse::protection::Protection;
use crate::validate::Validated;

/// The expansion of a struct that passed every check.
pub(crate) fn derive(model: &Model<'_>, attr: &SessionAttr, validated: &Validated) -> TokenStream {
    let frame = Frame::new(model, attr);
    let spec = spec::expand(&frame, validated);
    let merge = merge::expand(&frame);
    let markers =
        frame.markers(&Markers { writable: !validated.read_only, lists_logins: !frame.groups.is_empty() });
    let check = login::check(&frame, validated);
    let versions = version::versions(&frame);
    frame.assemble(&spec, &merge, &quote!(#markers #versions #check))
}

/// The expansion that keeps the uses of a struct with mistakes free of further errors.
pub(crate) fn fallback(model: &Model<'_>, attr: &SessionAttr) -> TokenStream {
    if !model.can_implement {
        return TokenStream::new();
    }
    let frame = Frame { asks_store: false, is_fallback: true, ..Frame::new(model, attr) };
    let spec = spec::permissive(&frame);
    let markers = frame.markers(&Markers::ALL);
    let versions = version::versions(&frame);
    frame.assemble(&spec, &quote!(::core::unreachable!()), &quote!(#markers #versions))
}

/// serde's traits for a struct that serde refuses for `untagged`, or leaves without them for `remote`: that
/// one error is enough.
pub(crate) fn serde_stand_ins(model: &Model<'_>, attr: &SessionAttr) -> TokenStream {
    let is_struct = matches!(model.input.data, syn::Data::Struct(_));
    let refused = model.serde.untagged.is_present() || model.serde.remote.is_some();
    if !refused || !is_struct || model.is_generic() || !model.can_implement {
        return TokenStream::new();
    }
    let Frame { krate, ty, .. } = Frame::new(model, attr);
    quote! {
        const _: () = {
            impl #krate::__private::Serialize for #ty {
                fn serialize<S: #krate::__private::Serializer>(
                    &self,
                    _: S,
                ) -> ::core::result::Result<S::Ok, S::Error> {
                    ::core::unreachable!()
                }
            }
            impl<'de> #krate::__private::Deserialize<'de> for #ty {
                fn deserialize<D: #krate::__private::Deserializer<'de>>(
                    _: D,
                ) -> ::core::result::Result<Self, D::Error> {
                    ::core::unreachable!()
                }
            }
        };
    }
}

/// The family of the session's key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Jwe,
    Jws,
}

/// The traits that tell what the session can do, beside that of its family.
struct Markers {
    writable: bool,
    lists_logins: bool,
}

impl Markers {
    const ALL: Self = Self { writable: true, lists_logins: true };
}

/// The parts that the sound and the fallback expansion have in common.
struct Frame<'a> {
    model: &'a Model<'a>,
    krate: TokenStream,
    ty: TokenStream,
    patch: Ident,
    /// `None` only in a fallback.
    family: Option<Family>,
    limited: bool,
    /// `true` for the tokens of identity providers.
    elsewhere: bool,
    /// The fields in `by(..)` with the words that name them; in a fallback, those that could be found.
    groups: Vec<(&'a Ident, &'a Field<'a>)>,
    /// `true` if the session's configuration needs a store.
    asks_store: bool,
    /// The value of `bind`.
    bind: Option<&'a syn::LitStr>,
    /// `true` if the attribute has the word, whatever its value: code that needs the session to be bound has no mistake.
    names_bind: bool,
    has_absolute: bool,
    /// The session of `login = ..`.
    login: Option<&'a TypePath>,
    /// `false` with `revocable = false`.
    ends: bool,
    is_fallback: bool,
    state: Option<&'a Type>,
    hooks: Vec<(&'a Ident, &'a Hook)>,
    /// The structs of `migrate(..)`.
    migrate: &'a [Type],
    id: Option<&'a ExprPath>,
    extract: bool,
}

impl<'a> Frame<'a> {
    fn new(model: &'a Model<'a>, attr: &'a SessionAttr) -> Self {
        let krate = attr.krate.get().map_or_else(|| quote!(::unjwt), |path| quote!(#path));
        let ident = &model.input.ident;
        let encrypted: Vec<_> = attr.protections.as_slice().iter().map(Protection::is_encrypted).collect();
        let family = match (encrypted.contains(&true), encrypted.contains(&false)) {
            (true, false) => Some(Family::Jwe),
            (false, true) => Some(Family::Jws),
            _ => None,
        };
        // Hooks are written for the state and the family that the attribute fails to tell.
        let callable = !attr.state.is_broken() && family.is_some();
        Self {
            model,
            krate,
            ty: model.ty(),
            patch: format_ident!("{}Patch", ident.unraw(), span = ident.span()),
            family,
            // The tokens of others are refused without an end.
            limited: attr.max_age.key().is_some() || attr.issued_elsewhere.key().is_some(),
            elsewhere: attr.issued_elsewhere.key().is_some(),
            groups: login::groups(model, attr),
            asks_store: attr.revocable.key().is_some(),
            bind: attr.bind.get(),
            names_bind: cfg!(feature = "dbsc") && attr.bind.key().is_some(),
            has_absolute: attr.absolute.key().is_some(),
            login: attr.login.get(),
            ends: attr.revocable.off().is_none(),
            is_fallback: false,
            state: attr.state.get(),
            hooks: if callable { attr.hooks.declared() } else { Vec::new() },
            id: attr.id.get(),
            migrate: attr.migrate.get().map_or(&[], Vec::as_slice),
            extract: attr.extract.get().is_none_or(|extract| extract.value),
        }
    }

    fn assemble(&self, spec: &TokenStream, merge: &TokenStream, markers: &TokenStream) -> TokenStream {
        let patch = patch::expand(self);
        let session = session::expand(self, spec, merge);
        let config = session::config(self);
        let extractors = self.extract.then(|| extract::expand(self));
        quote! {
            #patch
            #[allow(deprecated, unused_qualifications, clippy::all, clippy::pedantic, clippy::nursery)]
            const _: () = {
                #session
                #markers
                #extractors
            };
            #config
        }
    }

    fn markers(&self, markers: &Markers) -> TokenStream {
        let krate = &self.krate;
        let names = [
            (self.family != Some(Family::Jws), format_ident!("Encrypted")),
            (self.family != Some(Family::Jwe), format_ident!("Signed")),
            (markers.writable, format_ident!("Writable")),
            (markers.lists_logins, format_ident!("ListsLogins")),
        ];
        let impls = names
            .into_iter()
            .filter(|(holds, _)| *holds)
            .map(|(_, name)| self.implement(&quote!(#krate::bounds::#name), &TokenStream::new()));
        let bound = self.device_bound();
        quote!(#(#impls)* #bound)
    }

    fn device_bound(&self) -> Option<TokenStream> {
        let krate = &self.krate;
        self.names_bind.then(|| self.implement(&quote!(#krate::__private::DeviceBound), &TokenStream::new()))
    }

    /// An impl of a trait that needs the struct to be a session.
    fn implement(&self, of: &TokenStream, body: &TokenStream) -> TokenStream {
        let generics = self.session_generics();
        let (params, _, predicates) = generics.split_for_impl();
        let ty = &self.ty;
        quote! {
            #[automatically_derived]
            impl #params #of for #ty #predicates { #body }
        }
    }

    /// The struct's generics where its arguments make it a session.
    fn session_generics(&self) -> Generics {
        let (krate, ty) = (&self.krate, &self.ty);
        let sign_in = login::sign_in(self);
        self.generics_with(|| {
            if self.groups.is_empty() && !self.is_fallback {
                return vec![parse_quote!(#ty: #krate::Session)];
            }
            // Those of `by(..)` need to know that the logins end.
            let own = quote!(OwnSignIn = #sign_in, Login = #krate::__private::NoLogin);
            vec![parse_quote!(#ty: #krate::Session<#own>)]
        })
    }

    /// The struct's generics, with more predicates where there are parameters to fulfil them.
    fn generics_with(&self, predicates: impl FnOnce() -> Vec<WherePredicate>) -> Generics {
        let mut generics = self.model.input.generics.clone();
        if self.model.is_generic() {
            generics.make_where_clause().predicates.extend(predicates());
        }
        generics
    }

    fn patch_ty(&self) -> TokenStream {
        let patch = &self.patch;
        let (_, arguments, _) = self.model.input.generics.split_for_impl();
        quote!(#patch #arguments)
    }

    /// Tokens of the struct's body as they read outside of it.
    fn outside(&self, tokens: &impl quote::ToTokens) -> TokenStream {
        names::replace_self(tokens.to_token_stream(), &self.ty)
    }
}
