//! `#[derive(SessionState)]`: which handles a state holds, and that their sessions do not collide.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DataStruct, DeriveInput, GenericArgument, Index, Member, Path, PathArguments, Type,
    parse_quote,
};

use crate::errors::Errors;
use crate::model::{argument_of, last_segment, mentions_parameter};
use crate::parse::attribute_entries;
use crate::parse::value::{self, Slot};

/// A field of the type `SessionHandle<X>`.
struct Handle<'a> {
    member: Member,
    session: &'a Type,
    /// It was reported; the impl only keeps its uses free of further errors.
    broken: bool,
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
        for entry in attribute_entries(attr, "crate", "crate = ::path::to::unjwt", errors) {
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
            let fields = data.fields.named.iter();
            let handles = fields.filter_map(|field| {
                let session = argument_of(wrapped(&field.ty).unwrap_or(&field.ty), "SessionHandle")?;
                Some(Handle { member: Member::Named(field.ident.clone()?), session, broken: true })
            });
            return handles.collect();
        }
    };
    let mut handles: Vec<Handle<'a>> = Vec::new();
    let mut named = false;
    for (index, field) in data.fields.iter().enumerate() {
        if let Some(attr) = field.attrs.iter().find(|attr| attr.path().is_ident("session_state")) {
            errors.push(attr, "`#[session_state(..)]` belongs on the struct: every field of the type `SessionHandle<..>` is found without it\nhelp: remove it");
        }
        let Some(segment) = last_segment(&field.ty) else { continue };
        if segment.ident != "SessionHandle" {
            if let Some(inner) = wrapped(&field.ty) {
                named = true;
                let wrapper = &segment.ident;
                errors.push(&field.ty, format!("a handle in `{wrapper}<..>` is not found: handlers need the handle itself\nhelp: write `{}`, which is a cheap clone", shown(inner)));
                let session = argument_of(inner, "SessionHandle")
                    .filter(|session| !handles.iter().any(|other| other.session == *session));
                handles.extend(session.map(|session| Handle {
                    member: Member::from(index),
                    session,
                    broken: true,
                }));
            }
            continue;
        }
        named = true;
        // Without its argument the type is an error that rustc reports.
        let Some(session) = argument_of(&field.ty, "SessionHandle") else { continue };
        if handles.iter().any(|other| other.session == session) {
            let shown = shown(session);
            errors.push(&field.ty, format!("the state holds two handles of `{shown}`: a handler could get either of them\nhelp: remove one of the fields"));
            continue;
        }
        let member = field.ident.clone().map_or_else(|| Member::Unnamed(Index::from(index)), Member::Named);
        handles.push(Handle { member, session, broken: false });
    }
    if !named {
        named = buried(data, &mut handles, errors);
    }
    if !named {
        errors.push(
            &input.ident,
            format!("`{}` holds no session\nhelp: add a field for each session: `access: SessionHandle<AccessToken>`; a type alias of a handle is not recognized", input.ident),
        );
    }
    handles
}

/// Of a state without a handle of its own: the fields that hide one, or hold something else of a session.
fn buried<'a>(data: &'a DataStruct, handles: &mut Vec<Handle<'a>>, errors: &mut Errors) -> bool {
    let before = handles.len();
    for (index, field) in data.fields.iter().enumerate() {
        let (session, message) = if let Some(handle) = handle_within(&field.ty) {
            let session = argument_of(handle, "SessionHandle");
            (
                session,
                format!(
                    "this handle is not found: handlers need a field that is the handle itself\nhelp: write `{}`, which is a cheap clone",
                    shown(handle)
                ),
            )
        } else if let Some((name, session)) = ["SessionManager", "Tokens", "Config"]
            .into_iter()
            .find_map(|name| Some((name, argument_of(&field.ty, name)?)))
        {
            (
                Some(session),
                format!(
                    "`{name}` does not belong in a state: handlers find a session by its handle\nhelp: write `SessionHandle<{}>`, which `install` creates",
                    shown(session)
                ),
            )
        } else {
            continue;
        };
        let Some(session) = session.filter(|session| handles.iter().all(|other| other.session != *session))
        else {
            continue;
        };
        errors.push(&field.ty, message);
        handles.push(Handle { member: Member::from(index), session, broken: true });
    }
    handles.len() > before
}

/// The first handle in a reference, an array, a tuple or the arguments of a type.
fn handle_within(ty: &Type) -> Option<&Type> {
    if argument_of(ty, "SessionHandle").is_some() {
        return Some(ty);
    }
    match ty {
        Type::Reference(reference) => handle_within(&reference.elem),
        Type::Array(array) => handle_within(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(handle_within),
        _ => match &last_segment(ty)?.arguments {
            PathArguments::AngleBracketed(arguments) => {
                arguments.args.iter().find_map(|argument| match argument {
                    GenericArgument::Type(ty) => handle_within(ty),
                    _ => None,
                })
            }
            _ => None,
        },
    }
}

/// The handle in an `Option`, `Arc` or the like.
fn wrapped(ty: &Type) -> Option<&Type> {
    let inner = ["Option", "Arc", "Rc", "Box", "Vec", "Mutex", "RwLock", "OnceLock", "ManuallyDrop"]
        .into_iter()
        .find_map(|wrapper| argument_of(ty, wrapper))?;
    argument_of(inner, "SessionHandle").map(|_| inner)
}

fn has_session(input: &DeriveInput, krate: &TokenStream, handle: &Handle<'_>) -> TokenStream {
    let Handle { member, session, broken } = handle;
    let mut generics = input.generics.clone();
    if mentions_parameter(&input.generics, session) {
        // Where the struct itself lacks the bound, its field is the one error.
        generics.make_where_clause().predicates.push(parse_quote!(#session: #krate::Session));
    }
    let (params, _, predicates) = generics.split_for_impl();
    let (_, arguments, _) = input.generics.split_for_impl();
    let body = if *broken { quote!(::core::unreachable!()) } else { quote!(&self.#member) };
    let ident = &input.ident;
    quote! {
        #[automatically_derived]
        #[allow(deprecated, unused_qualifications)]
        impl #params #krate::HasSession<#session> for #ident #arguments #predicates {
            fn handle(&self) -> &#krate::SessionHandle<#session> {
                #body
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
                    "sessions `{}` and `{}` share a {what}: give one of them another `{key} = \"..\"`",
                    shown(a),
                    shown(b)
                );
                let message = message.replace('{', "{{").replace('}', "}}");
                // A default header follows from the name: one name twice is one mistake.
                let known = (what == "header").then(
                    || quote!(<#a as #krate::Session>::SPEC.cookies_clash(&<#b as #krate::Session>::SPEC) ||),
                );
                assertions.extend(quote_spanned! {span=>
                    #[allow(deprecated, unused_qualifications)]
                    const _: () = ::core::assert!(
                        #known !<#a as #krate::Session>::SPEC.#method(&<#b as #krate::Session>::SPEC),
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
